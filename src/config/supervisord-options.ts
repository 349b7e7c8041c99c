import { parseUser } from './host-values.ts';
import { key } from './section-reader.ts';
import { SUPERVISOR_DEFAULTS } from './supervisor-defaults.ts';
import {
  parseAutorestart,
  parseBoolean,
  parseByteSize,
  parseExitCodes,
  parseInteger,
  parseOctalNumber,
  parseSignal,
  parseText,
} from './option-values.ts';

const TERM = 15;

/** The keys of [program:x], [eventlistener:x] and [fcgi-program:x] that are the same for every process of the section. */
export const SECTION_KEYS = {
  priority: key(parseInteger, SUPERVISOR_DEFAULTS.priority),
  autostart: key(parseBoolean, true),
  autorestart: key(parseAutorestart, SUPERVISOR_DEFAULTS.autorestart),
  startsecs: key(parseInteger, SUPERVISOR_DEFAULTS.startsecs),
  startretries: key(parseInteger, SUPERVISOR_DEFAULTS.startretries),
  stopsignal: key(parseSignal, TERM),
  /** What is not set is that of {@link SUPERVISOR_DEFAULTS}. */
  stopwaitsecs: key(parseInteger, undefined),
  stopasgroup: key(parseBoolean, false),
  /** What is not set is as stopasgroup. */
  killasgroup: key(parseBoolean, undefined),
  exitcodes: key(parseExitCodes, [0] as readonly number[]),
  redirect_stderr: key(parseBoolean, false),
  numprocs: key(parseInteger, 1),
  numprocs_start: key(parseInteger, 0),
  stdout_capture_maxbytes: key(parseByteSize, 0),
  stdout_events_enabled: key(parseBoolean, false),
  stderr_capture_maxbytes: key(parseByteSize, 0),
  stderr_events_enabled: key(parseBoolean, false),
  serverurl: key(parseText, undefined),
  user: key(parseUser, undefined),
  umask: key(parseOctalNumber, undefined),
};

/** directory, which like the logs and command may differ from process to process. */
export const DIRECTORY_KEY = key(parseText, undefined);

/** stdout_logfile and stderr_logfile as text: they are expanded a second time before they are parsed. */
export const LOGFILE_KEY = key(parseText, undefined);

/** The keys of one output channel that follow its log, without their prefix 'stdout_' or 'stderr_'. */
export const CHANNEL_KEYS = {
  logfile_backups: key(parseInteger, 10),
  logfile_maxbytes: key(parseByteSize, 50 * 1024 * 1024),
  syslog: key(parseBoolean, false),
};

/** The names of every key of a [program:x]. */
export const PROGRAM_KEY_NAMES: readonly string[] = [
  ...Object.keys(SECTION_KEYS),
  'command',
  'process_name',
  'environment',
  'directory',
  ...['stdout_', 'stderr_'].flatMap((prefix) =>
    ['logfile', ...Object.keys(CHANNEL_KEYS)].map((name) => prefix + name),
  ),
];
