import type { ServerAction, ServerType } from '../../src/servers/server-type.ts';
import { sendWords } from './server-page.ts';

/** The table of all types, with links to their pages beside it. */
export function serverTable(types: readonly ServerType[]): string {
  const rows = types.map((type) => {
    const more = actionWords(type, 'moreWorkers');
    const cells = [
      `[${type.title}](${type.name}.md)`,
      actionWords(type, 'reload'),
      actionWords(type, 'gracefulStop'),
      actionWords(type, 'fastStop'),
      actionWords(type, 'reopenLogs'),
      more === NONE ? NONE : `${more.split(' (')[0] ?? ''} / ${actionWords(type, 'fewerWorkers')}`,
      actionWords(type, 'upgrade'),
      type.verified.length === 0 ? 'no' : 'yes',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| server | reload | graceful stop | fast stop | reopen logs | more / fewer workers | upgrade | tried for real |',
    '|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

const NONE = '–';

/** What is sent for an action; where only one way to run the server knows that, with the name of that way. */
function actionWords({ actions, variants = [] }: ServerType, action: ServerAction): string {
  const variant = variants.findLast((each) => each.actions?.[action] !== undefined);
  if (actions[action] !== undefined || variant === undefined) {
    return sendWords(actions[action]?.send);
  }
  return `${sendWords(variant.actions?.[action]?.send)} (${variant.name})`;
}
