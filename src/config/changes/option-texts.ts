import { constants } from 'node:os';
import { signalName } from '../../os/signals.ts';
import type { LogSettings, LogTarget, Program } from '../program.ts';

/**
 * The options of a process as the file could have them, without environment=, which holds secrets.
 */
export type OptionTexts = ReadonlyMap<string, string>;

/** What the file could say where an option is not set. */
const NOT_SET = 'none';

/** Those of a program as the configuration has it: all of them. */
export function textsOfProgram(program: Program): OptionTexts {
  return new Map([
    ['command', program.command.replaceAll('\n', ' ')],
    ['directory', program.directory ?? NOT_SET],
    ['user', program.user === undefined ? NOT_SET : String(program.user.uid)],
    ['umask', program.umask === undefined ? NOT_SET : program.umask.toString(8).padStart(3, '0')],
    ['serverurl', program.serverurl ?? NOT_SET],
    ['redirect_stderr', String(program.redirectStderr)],
    ...channelTexts('stdout', program.stdout),
    ...(program.redirectStderr ? [] : channelTexts('stderr', program.stderr)),
    ['priority', String(program.priority)],
    ['autostart', String(program.autostart)],
    ['autorestart', String(program.autorestart)],
    ['startsecs', String(program.startsecs)],
    ['startretries', String(program.startretries)],
    ['exitcodes', program.exitcodes.join(',')],
    ['stopsignal', signalText(program.stopsignalNumber)],
    ['stopwaitsecs', String(program.stopwaitsecs)],
    ['stopasgroup', String(program.stopasgroup)],
    ['killasgroup', String(program.killasgroup)],
  ]);
}

/** What getAllConfigInfo tells of a process (autorestart only since 4.3). */
export function textsOfInfo(info: Readonly<Record<string, unknown>>): OptionTexts {
  const texts = new Map<string, string>();
  const redirects = info.redirect_stderr === true;
  for (const [field, option, textOf] of INFO_FIELDS) {
    if (redirects && option.startsWith('stderr_')) continue;
    const value = info[field];
    const text = value === undefined ? undefined : textOf(value);
    if (text !== undefined) texts.set(option, text);
  }
  return texts;
}

function channelTexts(
  channel: 'stdout' | 'stderr',
  log: LogSettings,
): ReadonlyArray<readonly [string, string]> {
  return [
    [`${channel}_logfile`, targetText(log.target)],
    [`${channel}_logfile_maxbytes`, bytesText(log.maxBytes)],
    [`${channel}_logfile_backups`, String(log.backups)],
    [`${channel}_capture_maxbytes`, bytesText(log.captureMaxBytes)],
    [`${channel}_events_enabled`, String(log.eventsEnabled)],
    [`${channel}_syslog`, String(log.syslog)],
  ];
}

const targetText = (target: LogTarget): string =>
  target.kind === 'file' ? target.path : target.kind;

const signalText = (number: number): string =>
  signalName(number)?.replace(/^SIG/, '') ?? String(number);

const UNITS = [
  ['GB', 1024 ** 3],
  ['MB', 1024 ** 2],
  ['KB', 1024],
] as const;

/** As supervisord reads it: 50MB, where that is exact. */
function bytesText(bytes: number): string {
  const unit = UNITS.find(([, size]) => bytes > 0 && bytes % size === 0);
  return unit === undefined ? String(bytes) : `${bytes / unit[1]}${unit[0]}`;
}

type TextOf = (value: unknown) => string | undefined;

const asText: TextOf = (value) =>
  typeof value === 'string' ? value.replaceAll('\n', ' ') : asPlain(value);

const asPlain: TextOf = (value) =>
  typeof value === 'boolean' || typeof value === 'number' ? String(value) : undefined;

const asList: TextOf = (value) => (Array.isArray(value) ? value.map(String).join(',') : undefined);

const asBytes: TextOf = (value) => (typeof value === 'number' ? bytesText(value) : undefined);

const asSignal: TextOf = (value) =>
  typeof value === 'number' && Object.values(constants.signals).includes(value)
    ? signalText(value)
    : asPlain(value);

type InfoField = readonly [field: string, option: string, textOf: TextOf];

const channelFields = (channel: 'stdout' | 'stderr'): readonly InfoField[] => [
  [`${channel}_logfile`, `${channel}_logfile`, asText],
  [`${channel}_logfile_maxbytes`, `${channel}_logfile_maxbytes`, asBytes],
  [`${channel}_logfile_backups`, `${channel}_logfile_backups`, asPlain],
  [`${channel}_capture_maxbytes`, `${channel}_capture_maxbytes`, asBytes],
  [`${channel}_events_enabled`, `${channel}_events_enabled`, asPlain],
  [`${channel}_syslog`, `${channel}_syslog`, asPlain],
];

/** supervisor/rpcinterface.py, getAllConfigInfo. */
const INFO_FIELDS: readonly InfoField[] = [
  ['command', 'command', asText],
  ['directory', 'directory', asText],
  ['uid', 'user', asText],
  ['serverurl', 'serverurl', asText],
  ['redirect_stderr', 'redirect_stderr', asPlain],
  ...channelFields('stdout'),
  ...channelFields('stderr'),
  ['process_prio', 'priority', asPlain],
  ['autostart', 'autostart', asPlain],
  ['autorestart', 'autorestart', asText],
  ['startsecs', 'startsecs', asPlain],
  ['startretries', 'startretries', asPlain],
  ['exitcodes', 'exitcodes', asList],
  ['stopsignal', 'stopsignal', asSignal],
  ['stopwaitsecs', 'stopwaitsecs', asPlain],
  ['killasgroup', 'killasgroup', asPlain],
];
