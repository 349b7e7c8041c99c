import type { Said } from '../../supervisorctl/twins.ts';

/** An answer that is meant to be another one with our own supervisor. */
interface MeantAnswer {
  readonly words: string;
  /** The heading under which docs/differences.md gives the reason. */
  readonly heading: string;
  readonly stdout: string | RegExp;
  readonly code: number;
}

/** In the order of the scenario. */
export const MEANT_ANSWERS: readonly MeantAnswer[] = [];

/** Lines of the main log that only one of the two writes, without time; `<N>` is a number. */
export const MEANT_LINES: ReadonlyArray<{ readonly line: RegExp; readonly heading: string }> = [];

/** Whether the supervisor of others said something else, and ours what it is meant to say. */
export function isMeant(words: string, real: Said, daemon: Said): boolean {
  const meant = MEANT_ANSWERS.find((each) => each.words === words);
  if (meant === undefined || real.stdout === daemon.stdout) return false;
  const { stdout, stderr, code } = daemon;
  const isSaid =
    typeof meant.stdout === 'string' ? meant.stdout === stdout : meant.stdout.test(stdout);
  return isSaid && stderr === '' && code === meant.code;
}
