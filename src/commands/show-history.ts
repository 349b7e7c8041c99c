import { EXIT, ReloadctlError, type ExitCode } from '../base/errors.ts';
import { openStateDirectory } from '../os/state-files.ts';
import { readHistory } from '../reload/read-history.ts';
import { renderHistory } from '../terminal/history-table.ts';
import { toJsonLine } from '../base/json.ts';
import { columnsOf } from '../terminal/output-stream.ts';
import type { Context } from './context.ts';

/** Flags of `history`. */
export interface HistoryFlags {
  readonly last?: string;
}

const DEFAULT_LINES = 20;

/** Shows what was done, oldest first. */
export async function runHistory(
  context: Context,
  words: readonly string[],
  { last }: HistoryFlags,
): Promise<ExitCode> {
  if (last !== undefined && !/^[1-9]\d{0,5}$/u.test(last)) {
    throw new ReloadctlError(`--last ${last}: not a number of lines`, {
      code: 'usage',
      exitCode: EXIT.usage,
      hint: 'Write how many, from 1.',
    });
  }
  const state = await openStateDirectory({ uid: process.getuid?.() ?? 0, env: process.env });
  const entries = await readHistory(state.ok ? state.value : undefined, undefined);
  const named = entries.filter(({ program }) => isNamed(words, program));
  const shown = named.slice(-Number(last ?? DEFAULT_LINES));
  if (context.options.json === true) {
    context.printAll(shown.map((entry) => toJsonLine(entry).trimEnd()));
    return EXIT.ok;
  }
  const { out, err } = await context.openOutputs();
  if (shown.length === 0) {
    const whose = words.length === 0 || words.includes('all') ? '' : ` to ${words.join(', ')}`;
    err.stream.write(`${err.theme.plain(`nothing is recorded that was done${whose}`)}\n`);
    return EXIT.ok;
  }
  context.printAll(renderHistory(shown, out.theme, columnsOf(out.stream)));
  return EXIT.ok;
}

/** 'name', 'group:name', 'group:*', 'all'; nothing means all. */
function isNamed(words: readonly string[], program: string): boolean {
  if (words.length === 0) return true;
  return words.some((word) => {
    if (word === 'all' || word === program) return true;
    const group = /^(.+):\*?$/u.exec(word)?.[1];
    return group !== undefined && program.startsWith(`${group}:`);
  });
}
