import type { ServerType } from '../../src/servers/server-type.ts';
import { sendWords } from './server-page.ts';

/** The table of all types, with links to their pages in `directory`. */
export function serverTable(types: readonly ServerType[], directory: string): string {
  const rows = types.map(({ name, title, actions, verified }) => {
    const { reload, gracefulStop, fastStop, reopenLogs, moreWorkers, fewerWorkers, upgrade } =
      actions;
    const scale =
      moreWorkers === undefined && fewerWorkers === undefined
        ? '–'
        : `${sendWords(moreWorkers?.send)} / ${sendWords(fewerWorkers?.send)}`;
    const cells = [
      `[${title}](${directory}${name}.md)`,
      sendWords(reload?.send),
      sendWords(gracefulStop?.send),
      sendWords(fastStop?.send),
      sendWords(reopenLogs?.send),
      scale,
      sendWords(upgrade?.send),
      verified.length === 0 ? 'no' : 'yes',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| server | reload | graceful stop | fast stop | reopen logs | more / fewer workers | upgrade | tried for real |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
