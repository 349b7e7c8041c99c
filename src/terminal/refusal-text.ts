import type { Refusal } from '../policy/refusal.ts';
import { renderOutput } from './output-block.ts';
import { shown } from './text/shown.ts';
import { wrapHanging } from './text/wrap.ts';
import type { Theme } from './theme.ts';
import { actionWords } from './words/action.ts';
import { outputOf, refusalWords, remedies, type Asked } from './words/refusal.ts';

/** What `plan` prints where the action would be refused: why, what was said, what can be done. */
export function renderRefusal(
  refusal: Refusal,
  asked: Asked,
  theme: Theme,
  width: number,
): string[] {
  const output = outputOf(refusal);
  const title = `${shown(asked.target)}: ${actionWords(asked.action)} would be refused: ${refusalWords(refusal)}`;
  return [
    ...wrapHanging('', theme.plain(title), width).map((line) => theme.paint('warn', line)),
    ...(output === undefined ? [] : renderOutput({ source: 'preflight', text: output }, theme)),
    ...remedies(refusal, asked).flatMap((remedy) =>
      wrapHanging('  - ', theme.plain(remedy), width),
    ),
  ];
}
