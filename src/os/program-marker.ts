import type { Os } from './os.ts';
import type { ProcId } from './proc.ts';

/** The variables that supervisord gives to each child, by which its descendants are known after their parents are gone. */
const MARKERS = [
  'SUPERVISOR_PROCESS_NAME',
  'SUPERVISOR_GROUP_NAME',
  'SUPERVISOR_SERVER_URL',
] as const;

/** What a program's processes are recognised by when their parent is gone. */
export type ProgramMarker = Readonly<Record<(typeof MARKERS)[number], string>>;

/** Reads the marker off a process; undefined where the environment is closed to us or has none. */
export async function readProgramMarker(
  os: Pick<Os, 'environment'>,
  id: ProcId,
): Promise<ProgramMarker | undefined> {
  const environment = await os.environment(id);
  return environment.ok ? markerIn(environment.value) : undefined;
}

/** The marker in an environment; undefined where one of its variables is not set. */
export function markerIn(
  environment: Readonly<Record<string, string | undefined>>,
): ProgramMarker | undefined {
  const entries = MARKERS.map((name) => [name, environment[name]] as const);
  return entries.every(([, value]) => value !== undefined)
    ? (Object.fromEntries(entries) as ProgramMarker)
    : undefined;
}

/** Whether a process bears exactly this marker. */
export async function bearsMarker(
  os: Pick<Os, 'environment'>,
  id: ProcId,
  marker: ProgramMarker,
): Promise<boolean> {
  const own = await readProgramMarker(os, id);
  return own !== undefined && MARKERS.every((name) => own[name] === marker[name]);
}
