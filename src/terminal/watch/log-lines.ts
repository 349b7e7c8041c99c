import { escapeForTerminal } from '../text/escape.ts';
import { redactText } from '../../base/secrets/redact-text.ts';

/** A line longer than any screen is wide is not looked at further. */
const MAX_LINE = 1000;

const TAB = '        ';

/**
 * The last `most` lines of a log for a terminal: whatever a terminal could obey is shown as \xNN or \u{NNNN}. `isCut`: the text begins
 * in the middle of the log, so that its first line is likely half a line and is left out.
 */
export function logLines(text: string, isCut: boolean, most: number): readonly string[] {
  const lines = text.replace(/(?<!\n)\n+$/u, '').split('\n');
  const whole = isCut && lines.length > 1 ? lines.slice(1) : lines;
  return whole.slice(-most).map((line) =>
    escapeForTerminal(
      redactText(line.slice(0, MAX_LINE).replace(/\r$/u, '').replaceAll('\t', TAB)),
      {
        maxLength: MAX_LINE,
      },
    ),
  );
}
