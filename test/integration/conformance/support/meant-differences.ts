import { withoutException } from '../../supervisorctl/normalize.ts';
import type { Said } from '../../supervisorctl/said.ts';

/** An answer that our own supervisor gives otherwise on purpose. */
interface MeantAnswer {
  readonly words: string;
  /** What supervisorctl prints for it; its exit code is 0. */
  readonly stdout: RegExp;
  /** supervisorctl shows an exception for what supervisord answers, with exit code 1; otherwise it prints something like `stdout`, too. */
  readonly isException: boolean;
}

const unreadable = (words: string, text: string): MeantAnswer => ({
  words,
  stdout: new RegExp(`^${text}\\n\\n$`),
  isException: true,
});

/** In the order of the scenario. */
export const MEANT_ANSWERS: readonly MeantAnswer[] = [
  // Difference: Logs that supervisorctl could not read can be read.
  unreadable('tail latin1', 'caf\ufffd'),
  unreadable('tail colour', '\ufffd\\[31mred\ufffd\\[0m\\r?\\n\tdone'),
  unreadable('tail -8 accents', '\ufffdjà vu'),
  // Difference: `version` is that of reloadctl.
  { words: 'version', stdout: /^\d+\.\d+\.\d+\n$/, isException: false },
];

/** Lines of the log of the supervisor that one of the two has alone, without time; `<N>` is a number. */
export const MEANT_LINES: readonly RegExp[] = [
  // Difference: Logs that supervisorctl could not read can be read. supervisord logs its own failure.
  /^\w+ Handling XML-RPC request with data .* raised an unexpected exception/,
  // Difference: Every start and every stop is logged.
  /^INFO success: (exit\d|ended) entered RUNNING state/,
  /^INFO waiting for \w+ to stop$/,
];

/** Whether the supervisor of others and ours say what they are meant to say. */
export function isMeant(words: string, theirs: Said, ours: Said): boolean {
  const meant = MEANT_ANSWERS.find((each) => each.words === words);
  if (meant === undefined) return false;
  const isTheirs = meant.isException
    ? withoutException(theirs.stdout) === '' && theirs.code === 1
    : meant.stdout.test(theirs.stdout) && theirs.code === 0;
  return isTheirs && meant.stdout.test(ours.stdout) && ours.stderr === '' && ours.code === 0;
}
