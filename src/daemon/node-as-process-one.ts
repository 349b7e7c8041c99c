/**
 * What to say where Node itself is process 1, whose children become all orphans: it waits for none
 * of them (src/launch.sh).
 */
export const NODE_IS_PROCESS_ONE =
  'process 1 is Node itself, and nobody reaps the orphans of programs: execute reloadctl, not node with its file, or run the container with --init';
