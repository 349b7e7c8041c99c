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

/**
 * The marker of a program that does not run now: its name, and the address that the supervisor gives to its other children; without any,
 * the one that we reach it by.
 */
export async function deriveProgramMarker(
  os: Os,
  supervisorName: string,
  supervisorUrl: string,
  siblings: readonly ProcId[],
): Promise<ProgramMarker> {
  const colon = supervisorName.indexOf(':');
  let url = supervisorUrl;
  for (const sibling of siblings) {
    const marker = await readProgramMarker(os, sibling);
    if (marker !== undefined) url = marker.SUPERVISOR_SERVER_URL;
  }
  return {
    SUPERVISOR_GROUP_NAME: supervisorName.slice(0, colon),
    SUPERVISOR_PROCESS_NAME: supervisorName.slice(colon + 1),
    SUPERVISOR_SERVER_URL: url,
  };
}
