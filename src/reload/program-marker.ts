import type { Os } from '../os/os.ts';
import type { ProcId } from '../os/proc.ts';

/** The variables that supervisord gives to each child, by which its descendants are known after their parents are gone. */
export const MARKERS = [
  'SUPERVISOR_PROCESS_NAME',
  'SUPERVISOR_GROUP_NAME',
  'SUPERVISOR_SERVER_URL',
] as const;

/** What a program's processes are recognised by when their parent is gone. */
export type ProgramMarker = Readonly<Record<(typeof MARKERS)[number], string>>;

/** Reads the marker off a process; undefined where the environment is closed to us or has none. */
export async function readProgramMarker(os: Os, id: ProcId): Promise<ProgramMarker | undefined> {
  const environment = await os.environment(id);
  if (!environment.ok) return undefined;
  const entries = MARKERS.map((name) => [name, environment.value[name]] as const);
  return entries.every(([, value]) => value !== undefined)
    ? (Object.fromEntries(entries) as ProgramMarker)
    : undefined;
}
