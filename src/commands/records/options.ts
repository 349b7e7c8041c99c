import {
  SETTINGS,
  SHARED_KEYS,
  type Setting,
  type SettingKey,
} from '../../config/settings/settings.ts';
import type { ArgumentRecord, OptionRecord } from './command-record.ts';

/** What commander itself answers. */
export const VERSION_OPTION: OptionRecord = {
  flags: '-V, --version',
  doc: 'print the version of reloadctl',
};

/** What any command can be given beside it. */
export const GLOBAL_OPTIONS: readonly OptionRecord[] = [
  {
    flags: '-c, --configuration <FILE>',
    doc: 'the supervisord.conf (searched where supervisorctl does)',
    kind: 'file',
  },
  { flags: '-s, --serverurl <URL>', doc: 'the supervisor: unix:///path or http://host:port' },
  { flags: '-u, --username <USER>', doc: 'user name for the supervisor' },
  { flags: '-p, --password <PASS>', doc: 'password for the supervisor' },
  { flags: '-i, --interactive', doc: 'open the shell; with a command: ask as the shell does' },
  {
    flags: '-r, --history_file <FILE>',
    doc: 'where the shell keeps what was typed',
    kind: 'file',
  },
  { flags: '--json', doc: 'one JSON document for a query, one JSON event a line for an action' },
  { flags: '--quiet', doc: 'say nothing but what went wrong' },
  { flags: '--no-color', doc: 'no colours (NO_COLOR does the same)' },
];

const TARGET = 'name, group:name, group:*, all, pid:N or pidfile:PATH';

/** Programs, or processes that no supervisor runs. */
export const TARGETS: ArgumentRecord = { name: '[TARGET...]', doc: TARGET, kind: 'programs' };

/** {@link TARGETS}, of which there has to be one. */
export const SOME_TARGETS: ArgumentRecord = { ...TARGETS, name: '<TARGET...>' };

/** {@link TARGETS}, with more to be said of them. */
export const targetsAnd = (target: ArgumentRecord, more: string): ArgumentRecord => ({
  ...target,
  doc: `${TARGET}; ${more}`,
});

/** Programs of the supervisor. */
export const PROGRAMS: ArgumentRecord = {
  ...TARGETS,
  doc: 'name, group:name, group:* or all',
};

/** For options that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/** The option for a setting that has one. */
export function optionOf(key: SettingKey): OptionRecord {
  const { option }: Setting = SETTINGS[key];
  if (option === undefined) throw new Error(`Internal error: no option for ${key}`);
  return {
    flags: `${option.flag} <${option.value}>`,
    doc: option.help,
    ...(key === 'strategy' && { kind: key }),
    ...(option.isRepeatable === true && { collect }),
  };
}

/** How long a boot may take. */
export const TIMEOUT = optionOf('timeout');

/** How long a result has to hold. */
export const SETTLE = optionOf('settle');

/** Only to say what would be done. */
export const DRY_RUN: OptionRecord = { flags: '--dry-run', doc: 'print the plan and do nothing' };

/** How often a live view looks. */
export const INTERVAL: OptionRecord = {
  flags: '--interval <SECS>',
  doc: 'how often a live view looks (1)',
};

/** Whether to wait for others, and how many programs are worked on at a time. */
export const TURN_OPTIONS: readonly OptionRecord[] = [
  { flags: '--wait', doc: 'wait for another run on this program to end (the default)' },
  { flags: '--wait-limit <SECS>', doc: 'for how long at most (600)' },
  { flags: '--no-wait', doc: 'exit 13 when another run on this program is under way' },
  { flags: '--parallel <N>', doc: 'several programs: how many at a time (one)' },
];

const ALLOW_DOWNTIME: OptionRecord = {
  flags: '--allow-downtime',
  doc: 'stop and start where nothing gentler loads the new code',
};

/** Everything that can be said of a reload. */
export const RELOAD_OPTIONS: readonly OptionRecord[] = [
  ...SHARED_KEYS.map(optionOf),
  ...TURN_OPTIONS,
  ALLOW_DOWNTIME,
  DRY_RUN,
];

/** {@link RELOAD_OPTIONS} where each program has its turn after the other. */
export const DEPLOY_OPTIONS: readonly OptionRecord[] = RELOAD_OPTIONS.filter(
  ({ flags }) => !flags.startsWith('--parallel') && flags !== DRY_RUN.flags,
);

/** The link that programs are started through. */
export const LINK: OptionRecord = {
  flags: '--link <PATH>',
  doc: 'the link that leads to the release, where the configuration names several',
  kind: 'file',
};
