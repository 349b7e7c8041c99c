import type { Result } from '../../base/result.ts';
import type { Parse } from '../option-values.ts';
import type { CustomType } from './custom-types.ts';
import {
  parseHealthExpect,
  parseHealthHeaders,
  parseHealthHost,
  parseHealthUrls,
  parseHooks,
  parseMs,
  parseNotifyUrls,
  parseSignalName,
  parseSocket,
  parseStrategy,
  parseSurge,
  parseType,
  STRATEGIES,
  type Hooks,
} from './setting-values.ts';

/** One key of [reloadctl] and [reloadctl:NAME]: everything that is said of it anywhere. */
export interface Setting {
  /** Its name in {@link ProgramSettings}, with its unit. */
  readonly field: string;
  /** The one reader of its text, its limits included; the error follows the name of the key or option. */
  readonly parse: Parse<unknown>;
  /** Its value where nobody says it. */
  readonly fallback: unknown;
  /** The last three cells of its row in docs/configuration.md. */
  readonly type: string;
  readonly unset: string;
  readonly doc: string;
  /** The option of the command line that goes before it. */
  readonly option?: SettingOption;
  /** Whether '%' stands for itself. */
  readonly isVerbatim?: true;
  /** Where a value does not simply replace that of a weaker section. */
  readonly merge?: (weaker: never, own: never) => unknown;
}

/** An option of the command line in the place of a setting. */
interface SettingOption {
  readonly flag: `--${string}`;
  /** What stands for its value in the help. */
  readonly value: string;
  readonly help: string;
  /** 'reload': of every action that may reload, and over RPC by the name of the key; 'run': of `run` alone. */
  readonly of: 'reload' | 'run';
  /** Whether it may be given several times. */
  readonly isRepeatable?: true;
  readonly choices?: readonly string[];
}

const NO_HOOKS: Hooks = {};

/** Every setting by its key. */
export const SETTINGS = {
  type: {
    field: 'type',
    parse: parseType,
    fallback: undefined,
    type: 'the name of a type of server',
    unset: 'recognised by itself',
    doc: 'one of [servers](servers/README.md) or of [your own](#types-of-your-own); it is an error if what runs there is no such server',
    option: {
      flag: '--type',
      value: 'TYPE',
      help: 'the type of server, where it is not recognised',
      of: 'run',
    },
  },
  strategy: {
    field: 'strategy',
    parse: parseStrategy,
    fallback: undefined,
    type: STRATEGIES.map((name) => `\`${name}\``).join(', '),
    unset: '`auto`',
    doc: 'as `--strategy`; `overlap` needs `reloadctl daemon` or `run`',
    option: {
      flag: '--strategy',
      value: 'NAME',
      help: `${STRATEGIES.slice(0, -1).join(', ')} or ${STRATEGIES.at(-1) ?? ''}`,
      of: 'reload',
      choices: STRATEGIES,
    },
  },
  surge: {
    field: 'surge',
    parse: parseSurge,
    fallback: undefined,
    type: 'a number of workers, or 1% to 100%',
    unset: 'all workers',
    doc: 'as `--surge`; where it is set, `auto` means rolling, and for job runners that the successor starts first',
    option: {
      flag: '--surge',
      value: 'N|P%',
      help: 'rolling: how many more workers at a time; job runners: the successor starts first',
      of: 'reload',
    },
    // '50%' is the natural way to write it, and there is nothing to fill in.
    isVerbatim: true,
  },
  health_url: {
    field: 'healthUrls',
    parse: parseHealthUrls,
    fallback: [] as readonly string[],
    type: 'URLs between white space',
    unset: 'none',
    doc: 'as `--health-url`: `http://…`, `https://…` or `unix:/path/to.sock:/uri` (without `:/uri`: `/`); redirects are not followed',
    option: {
      flag: '--health-url',
      value: 'URL',
      help: 'must answer 2xx afterwards (repeatable)',
      of: 'reload',
      isRepeatable: true,
    },
  },
  health_host: {
    field: 'healthHost',
    parse: parseHealthHost,
    fallback: undefined,
    type: 'a host, `www.example.org` or `127.0.0.1:8000`',
    unset: 'that of the URL; `localhost` over a unix socket',
    doc: 'as `--health-host`: the `Host` header that the health check sends; Django answers 400 to one that is not in `ALLOWED_HOSTS`',
    option: {
      flag: '--health-host',
      value: 'HOST',
      help: 'the Host header of the health check, where the URL has another',
      of: 'reload',
    },
  },
  health_headers: {
    field: 'healthHeaders',
    parse: parseHealthHeaders,
    fallback: undefined,
    type: 'headers between commas: `X-A: b, X-C: d`',
    unset: 'none',
    doc: 'as `--health-headers`: what else the health check sends; values are never shown, and secrets are better kept out of a command line',
    option: {
      flag: '--health-headers',
      value: 'HEADERS',
      help: 'more headers of the health check: "X-A: b, X-C: d" (repeatable)',
      of: 'reload',
      isRepeatable: true,
    },
  },
  health_expect: {
    field: 'healthExpect',
    parse: parseHealthExpect,
    fallback: undefined,
    type: 'statuses between commas: `200, 204, 300-399`',
    unset: '200-299',
    doc: 'as `--health-expect`: which answers count as healthy',
    option: {
      flag: '--health-expect',
      value: 'STATUSES',
      help: 'which statuses count as healthy: 200, 204, 300-399 (2xx)',
      of: 'reload',
    },
  },
  settle: {
    field: 'settleMs',
    parse: parseMs(0),
    fallback: undefined,
    type: 'seconds, 0 to 86400',
    unset: '1.5 for a bridge or canary, 1 at the end',
    doc: 'as `--settle`; sets both',
    option: {
      flag: '--settle',
      value: 'SECS',
      help: 'how long the new version has to hold before it counts',
      of: 'reload',
    },
  },
  timeout: {
    field: 'timeoutMs',
    parse: parseMs(100),
    fallback: undefined,
    type: 'seconds, 0.1 to 86400',
    unset: "gunicorn's `timeout` + 2",
    doc: 'as `--timeout`: for one boot of the new version',
    option: {
      flag: '--timeout',
      value: 'SECS',
      help: 'limit for one boot of the new version (gunicorn: its timeout)',
      of: 'reload',
    },
  },
  reload_signal: {
    field: 'reloadSignal',
    parse: parseSignalName,
    fallback: undefined,
    type: 'a signal',
    unset: 'none',
    doc: 'the signal that reloads a server which is not gunicorn',
    option: {
      flag: '--reload-signal',
      value: 'SIGNAL',
      help: 'what reloads it, where its type does not say',
      of: 'run',
    },
  },
  hooks: {
    field: 'hooks',
    parse: parseHooks,
    fallback: NO_HOOKS,
    type: 'lines `moment = command`',
    unset: 'none',
    doc: '[below](#hooks)',
    merge: (weaker: Hooks, own: Hooks): Hooks =>
      Object.fromEntries(
        Object.entries({ ...weaker, ...own }).filter(([, command]) => command !== ''),
      ),
  },
  notify: {
    field: 'notifyUrls',
    parse: parseNotifyUrls,
    fallback: [] as readonly string[],
    type: 'URLs between commas, `http://…` or `https://…`',
    unset: 'none',
    doc: '[below](#notify)',
  },
  socket: {
    field: 'socket',
    parse: parseSocket,
    fallback: undefined,
    type: '`off`, or addresses between commas: `127.0.0.1:8000`, `[::]:80`, `unix:/run/app.sock`',
    unset: "those of gunicorn's own settings",
    doc: 'the listening sockets that [the daemon](daemon.md#sockets) holds for the program; `off`: none',
    option: {
      flag: '--socket',
      value: 'ADDRESS',
      help: 'hold this address open for it, or off (what its settings say)',
      of: 'run',
    },
  },
} as const satisfies Readonly<Record<string, Setting>>;

type Settings = typeof SETTINGS;

/** The key of a setting. */
export type SettingKey = keyof Settings;

type ValueOf<Row extends Setting> =
  (ReturnType<Row['parse']> extends Result<infer Value, string> ? Value : never) | Row['fallback'];

/** The settings of a program, and the types of servers that the file describes, which are the same for all. */
export type ProgramSettings = {
  readonly [Key in SettingKey as Settings[Key]['field']]: ValueOf<Settings[Key]>;
} & { readonly customTypes?: readonly CustomType[] };

/** The settings that every action has as options, and RPC by their keys. */
export type SharedKey = {
  [Key in SettingKey]: Settings[Key] extends { readonly option: { readonly of: 'reload' } }
    ? Key
    : never;
}[SettingKey];

type CamelCase<Key extends string> = Key extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Key;

/** The texts of those options, by the names that commander gives them. */
export type SettingFlags = {
  readonly [Key in SharedKey as CamelCase<Key>]?: Settings[Key]['option'] extends {
    readonly isRepeatable: true;
  }
    ? readonly string[]
    : string;
};

/** Every {@link SharedKey}. */
export const SHARED_KEYS = (Object.keys(SETTINGS) as SettingKey[]).filter(isShared);

function isShared(key: SettingKey): key is SharedKey {
  const { option }: Setting = SETTINGS[key];
  return option?.of === 'reload';
}

/** The settings where nobody says any. */
export const NO_SETTINGS = Object.fromEntries(
  Object.values(SETTINGS).map(({ field, fallback }) => [field, fallback]),
) as ProgramSettings;
