import type { Os } from '../os/os.ts';
import type { ProcId } from '../os/proc.ts';
import { readProgramMarker, type ProgramMarker } from '../os/program-marker.ts';

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
