import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtCli } from '../../../rig/cli.ts';

/** What a new daemon is about to say, or has just heard, when somebody dies. */
type Moment = 'hello' | 'ready' | 'taken' | 'go';

/** Who is sent a signal at a moment of the handover; KILL when not given. */
export interface Sabotage {
  readonly victim: 'old' | 'new';
  readonly at: Moment;
  readonly signal?: NodeJS.Signals;
  /** By how much later the new one says what it was about to say; 0 when not given. */
  readonly delayMs?: number;
}

/** Writes a reloadctl into `directory` that behaves as the built one, but that somebody gets a signal while it takes over. Returns its path. */
export async function writeSaboteur(
  directory: string,
  { victim, at, signal = 'SIGKILL', delayMs = 0 }: Sabotage,
): Promise<string> {
  const path = join(directory, `reloadctl-${victim}-${at}-${signal}.cjs`);
  const pid = victim === 'old' ? 'process.ppid' : 'process.pid';
  writeFileSync(
    path,
    `const kill = () => process.kill(${pid}, '${signal}');
const { send, emit } = process;
process.send = (message, ...rest) => {
  if (message.say !== ${JSON.stringify(at)}) return send.call(process, message, ...rest);
  kill();
  if (${delayMs} === 0) return send.call(process, message, ...rest);
  setTimeout(() => send.call(process, message, ...rest), ${delayMs});
  return true;
};
process.emit = (name, message, ...rest) => {
  if (name === 'message' && message.say === ${JSON.stringify(at)}) kill();
  return emit.call(process, name, message, ...rest);
};
require(${JSON.stringify(await builtCli())});
`,
  );
  return path;
}
