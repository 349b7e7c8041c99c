import { mergeActions } from '../../src/servers/resolve-type.ts';
import {
  SERVER_ACTIONS,
  type Send,
  type ServerAction,
  type ServerActions,
  type ServerType,
  type ServerVariant,
  type StopWay,
  type StopSignals,
} from '../../src/servers/server-type.ts';

/** What an action is called on the pages. */
const ACTION_TITLES: Readonly<Record<ServerAction, string>> = {
  reload: 'reload',
  gracefulStop: 'graceful stop',
  fastStop: 'fast stop',
  quiet: 'take nothing new',
  reopenLogs: 'reopen logs',
  moreWorkers: 'one more worker',
  fewerWorkers: 'one worker fewer',
  upgrade: 'upgrade of the binary',
};

const shortSignal = (signal: string): string => `\`${signal.replace(/^SIG/, '')}\``;

/** A cell of a table must not end it. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

/** What is sent, in a few words; '–' where there is none. */
export function sendWords(send: Send | undefined): string {
  if (send === undefined) return '–';
  return cell(send.by === 'signal' ? shortSignal(send.signal) : send.shown);
}

/** What is sent for a whole action. */
function wayWords(way: StopWay | undefined): string {
  const words = sendWords(way?.send);
  return way?.first === undefined ? words : `${shortSignal(way.first)}, at once ${words}`;
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');

/** The page of a type, before it is formatted. */
export function serverPage(type: ServerType): string {
  return [
    '<!-- Made from src/servers/types by `npm run docs:servers`. -->',
    `# ${type.title}`,
    `${sentence(type.recognition.shown)} Where it is not recognised, \`type = ${type.name}\` in \`[reloadctl:NAME]\` asks for it by name.`,
    '## How to',
    howTo(type),
    '## What is sent to whom',
    'Everything goes to the master alone, whose identity and signal handlers are looked at just before.',
    actionTable(type.actions),
    stopTable(type.stopSignals),
    '## What clients see',
    clientList(type.actions),
    '## What is verified',
    verified(type),
    '## Gotchas',
    list(type.traps),
    ...(type.variants ?? []).map((variant) => variantSection(type, variant)),
    '## Sources',
    list(type.sources.map((source) => (source.startsWith('https://') ? `<${source}>` : source))),
    '',
  ].join('\n\n');
}

function howTo({ takesSocket, actions, stopSignals, check, variants = [] }: ServerType): string {
  const isReloaded = [...variants, { actions }].some((each) => each.actions?.reload !== undefined);
  const commands = [
    ...(!isReloaded ? ['reloadctl restart NAME'] : ['reloadctl reload NAME']),
    'reloadctl stop NAME',
    ...(actions.reopenLogs === undefined ? [] : ['reloadctl reopen-logs NAME']),
    ...(actions.moreWorkers === undefined ? [] : ['reloadctl scale NAME +1']),
    ...(actions.upgrade === undefined ? [] : ['reloadctl upgrade NAME']),
    'reloadctl plan reload NAME',
  ];
  const graceful = Object.entries(stopSignals).find(([, means]) => means === 'graceful')?.[0];
  return [
    ['```sh', ...commands, '```'].join('\n'),
    graceful === undefined
      ? 'No signal stops it gracefully: reloadctl does what it can before the supervisor sends its own.'
      : `In its section of supervisord.conf: \`stopsignal=${graceful.replace(/^SIG/, '')}\`.`,
    check === undefined
      ? 'It cannot be checked aside.'
      : `Checked aside before a reload: ${check.shown}.`,
    ...(takesSocket === undefined ? [] : [overlap(takesSocket)]),
  ].join('\n\n');
}

const overlap = (takesSocket: string): string =>
  `Under \`reloadctl daemon\` with \`socket = ADDRESS\` in \`[reloadctl:NAME]\` the daemon holds the listening socket, and the server takes it ${takesSocket}. Then \`reload\` and \`restart\` start a second instance beside the first one, which goes when the new one serves: nobody is refused, and code that does not come up changes nothing.`;

function actionTable(actions: ServerActions): string {
  const rows = SERVER_ACTIONS.filter((action) => actions[action] !== undefined).map(
    (action) => `| ${ACTION_TITLES[action]} | ${wayWords(actions[action])} |`,
  );
  return ['| action | what |', '|---|---|', ...rows].join('\n');
}

const MEANINGS = {
  graceful: 'what is in flight finishes, then it ends',
  fast: 'it ends at once',
  'no-stop': 'it does not end',
} as const;

function stopTable(signals: StopSignals): string {
  const rows = Object.entries(signals).map(
    ([signal, means]) => `| ${shortSignal(signal)} | ${MEANINGS[means]} |`,
  );
  return rows.length === 0 ? '' : ['| stop signal | means |', '|---|---|', ...rows].join('\n');
}

function clientList(actions: ServerActions): string {
  return list(
    SERVER_ACTIONS.flatMap((action) => {
      const way = actions[action];
      return way === undefined ? [] : [`${ACTION_TITLES[action]}: ${way.clients}`];
    }),
  );
}

function verified({ ready, proof, check, actions, verified: tried }: ServerType): string {
  const { reload } = actions;
  return list([
    `Ready: ${ready}`,
    `Done: ${proof}`,
    ...(check === undefined
      ? []
      : [
          `Before: ${check.shown}, which covers ${check.covers === 'code' ? 'the new code' : 'the configuration'}; where it fails, exit 10 and nothing was touched.`,
        ]),
    ...(reload?.keepsOldWhenBad === true
      ? [
          'A reload that shows no effect was ignored by the server: exit 10, the old version serves.',
        ]
      : []),
    tried.length === 0 ? 'Not tried with a real one.' : `Tried with ${tried.join(', ')}.`,
  ]);
}

function variantSection(type: ServerType, variant: ServerVariant): string {
  const merged = mergeActions(type.actions, variant.actions);
  const changed = Object.keys(variant.actions ?? {}) as ServerAction[];
  const lines = [
    ...changed.map((action) =>
      merged[action] === undefined
        ? `${ACTION_TITLES[action]}: none`
        : `${ACTION_TITLES[action]}: ${wayWords(merged[action])}: ${merged[action].clients}`,
    ),
    ...Object.entries(variant.stopSignals ?? {}).map(
      ([signal, means]) => `${shortSignal(signal)}: ${MEANINGS[means]}`,
    ),
    ...(variant.traps ?? []),
  ];
  return [`### ${sentence(variant.name).slice(0, -1)}`, list(lines)].join('\n\n');
}
