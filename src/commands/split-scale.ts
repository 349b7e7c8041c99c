import { EXIT, ReloadctlError } from '../base/errors.ts';
import type { ScaleChange } from '../policy/facts.ts';

/** More workers than any machine has. */
const MAX_WORKERS = 10_000;

/** Takes the number off the end of the words of `scale`: '+2', '-1' or '8'. Throws 'usage'. */
export function splitScale(words: readonly string[]): {
  readonly targets: readonly string[];
  readonly scale: ScaleChange;
} {
  const text = words.at(-1) ?? '';
  const [, sign, digits] = /^([+-]?)(\d{1,5})$/.exec(text) ?? [];
  const number = Number(digits);
  const isZero = number === 0 && sign === '';
  if (digits === undefined || words.length < 2 || number > MAX_WORKERS || isZero) {
    throw new ReloadctlError(
      words.length < 2
        ? 'scale: a program and a number are needed'
        : `scale: ${text}: not a number of workers`,
      {
        code: 'usage',
        exitCode: EXIT.usage,
        hint: 'Write +2 for two workers more, -1 for one fewer, 8 for eight: reloadctl scale NAME +2.',
      },
    );
  }
  const scale: ScaleChange =
    sign === ''
      ? { kind: 'to', workers: number }
      : { kind: 'by', workers: sign === '-' ? -number : number };
  return { targets: words.slice(0, -1), scale };
}
