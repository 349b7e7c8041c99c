import { CUSTOM_TYPE_KEYS } from './settings/custom-types.ts';
import { SETTINGS } from './settings/settings.ts';
import {
  CLIENT_OPTIONS,
  CLIENT_PLACES,
  CREDENTIAL_OPTIONS,
  DAEMON_OPTIONS,
  FCGI_OPTIONS,
  GROUP_OPTIONS,
  INET_SERVER_OPTIONS,
  LISTENER_OPTIONS,
  PROGRAM_OPTION_NAMES,
  UNIX_SERVER_OPTIONS,
} from './supervisord-options.ts';

/** A kind of section: its keys, or undefined when it may have any. */
export interface SectionKind {
  /** 'program' of [program:a]. */
  readonly kind: string;
  /** What follows the kind in a section's name: ':NAME', nothing, or whatever one likes. */
  readonly name: 'required' | 'none' | 'any';
  readonly keys: readonly string[] | undefined;
}

/** Every kind of section that supervisord, supervisorctl and reloadctl read. */
export const SECTION_KINDS: readonly SectionKind[] = [
  {
    kind: 'supervisord',
    name: 'none',
    keys: [...Object.keys(DAEMON_OPTIONS), 'environment', 'profile_options'],
  },
  {
    kind: 'supervisorctl',
    name: 'none',
    keys: Object.keys({ ...CLIENT_OPTIONS, ...CLIENT_PLACES }),
  },
  { kind: 'include', name: 'none', keys: ['files'] },
  { kind: 'program', name: 'required', keys: PROGRAM_OPTION_NAMES },
  {
    kind: 'eventlistener',
    name: 'required',
    keys: [...PROGRAM_OPTION_NAMES, ...Object.keys(LISTENER_OPTIONS)],
  },
  {
    kind: 'fcgi-program',
    name: 'required',
    keys: [...PROGRAM_OPTION_NAMES, ...Object.keys(FCGI_OPTIONS), 'socket'],
  },
  { kind: 'group', name: 'required', keys: Object.keys(GROUP_OPTIONS) },
  { kind: 'rpcinterface', name: 'required', keys: undefined },
  { kind: 'ctlplugin', name: 'required', keys: undefined },
  {
    kind: 'unix_http_server',
    name: 'any',
    keys: ['file', ...Object.keys({ ...UNIX_SERVER_OPTIONS, ...CREDENTIAL_OPTIONS })],
  },
  {
    kind: 'inet_http_server',
    name: 'any',
    keys: Object.keys({ ...INET_SERVER_OPTIONS, ...CREDENTIAL_OPTIONS }),
  },
  { kind: 'reloadctl', name: 'none', keys: Object.keys(SETTINGS) },
  { kind: 'reloadctl', name: 'required', keys: Object.keys(SETTINGS) },
  { kind: 'reloadctl-type', name: 'required', keys: Object.keys(CUSTOM_TYPE_KEYS) },
];

/** The kind of a section; undefined when nobody reads it. [DEFAULT] may hold the keys of all. */
export function kindOfSection(section: string): SectionKind | undefined {
  if (section === 'DEFAULT') {
    const keys = SECTION_KINDS.flatMap((each) => each.keys ?? []);
    return { kind: section, name: 'none', keys: [...new Set(keys)] };
  }
  return SECTION_KINDS.find(({ kind, name }) => {
    if (name === 'none') return section === kind;
    return section.startsWith(name === 'required' ? `${kind}:` : kind);
  });
}
