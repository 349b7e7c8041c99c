import type { ServerType } from '../../src/servers/server-type.ts';
import { sendWords } from './server-page.ts';

/** The table of all types, with links to their pages in `directory`. */
export function serverTable(types: readonly ServerType[], directory: string): string {
  const rows = types.map((type) => {
    const { name, title, actions, verified } = type;
    const { gracefulStop, fastStop, reopenLogs, moreWorkers, fewerWorkers, upgrade } = actions;
    const scale =
      moreWorkers === undefined && fewerWorkers === undefined
        ? '–'
        : `${sendWords(moreWorkers?.send)} / ${sendWords(fewerWorkers?.send)}`;
    const cells = [
      `[${title}](${directory}${name}.md)`,
      reloadWords(type),
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

/** What reloads it; where only one way to run the server knows that, with the name of that way. */
function reloadWords({ actions, variants = [] }: ServerType): string {
  const variant = variants.find((each) => each.actions?.reload !== undefined);
  if (actions.reload !== undefined || variant === undefined) return sendWords(actions.reload?.send);
  return `${sendWords(variant.actions?.reload?.send)} (${variant.name})`;
}
