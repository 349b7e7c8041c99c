/** Texts that are different for each server, and what to show instead. */
export type Names = ReadonlyArray<readonly [text: string, shown: string]>;

/** Replaces what cannot be the same in two runs: directories, pids, times, lines of Python. 0 stays, for it says that there is no process. */
export function normalize(text: string, names: Names): string {
  let shown = text;
  for (const [name, placeholder] of names) shown = shown.replaceAll(name, placeholder);
  return shown
    .replace(/^[1-9]\d*$/gm, '<PID>')
    .replace(/^(supervisor> )[1-9]\d+$/gm, '$1<PID>')
    .replace(/pid \d+/g, 'pid <PID>')
    .replace(/uptime \d+:\d\d:\d\d/g, 'uptime <TIME>')
    .replace(/[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M/g, '<DATE>')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}/g, '<DATE>')
    .replace(/(?<=: file: )\S+ line: \d+/g, '<FILE> line: <N>')
    .replace(/(?<=^Traceback .*:\n)(?: .*\n)+/gm, '  <LINES>\n');
}

/** A Python exception, which is how supervisorctl shows what it has no words for; reloadctl has words of its own, on stderr. */
const EXCEPTION = /^error: <class .*\n/m;

/** What supervisorctl printed, without its exception; undefined when there was none. */
export function withoutException(stdout: string): string | undefined {
  return EXCEPTION.test(stdout) ? stdout.replace(EXCEPTION, '') : undefined;
}
