import { err, ok, type Result } from '../../base/result.ts';
import { invalid, type ConfigError } from '../config-error.ts';
import { expand } from '../expansion.ts';
import { parseLogTarget, type SyslogTarget } from '../option-values.ts';
import { readKey, readKeys, type SectionReader } from '../section-reader.ts';
import { LOG_OPTIONS, LOGFILE_OPTIONS, type Channel } from '../supervisord-options.ts';
import type { LogTarget } from '../option-values.ts';
import type { ConfigWarning } from '../position.ts';
import type { LogSettings } from '../program.ts';

/** What the two channels of one process are read with. */
export interface ChannelContext {
  readonly reader: SectionReader;
  readonly warnings: ConfigWarning[];
  /** redirect_stderr: then stderr has no log of its own. */
  readonly isRedirected: boolean;
}

/**
 * The log of one channel; `events` are the same for every process. The warnings are supervisord's.
 */
export function readChannel(
  context: ChannelContext,
  channel: Channel,
  events: Pick<LogSettings, 'captureMaxBytes' | 'eventsEnabled'>,
): Result<LogSettings, ConfigError> {
  const { reader, warnings } = context;
  const name = `${channel}_logfile`;
  const position = reader.sections.get(reader.section, name)?.position;
  const once = readKey(reader, name, LOGFILE_OPTIONS[channel]);
  if (!once.ok) return once;
  const written = readTarget(reader, name, once.value);
  if (!written.ok) return err(invalid(written.error, position));
  const keys = readKeys(reader, LOG_OPTIONS[channel], `${channel}_`);
  if (!keys.ok) return keys;
  const warn = (text: string): unknown =>
    warnings.push({ message: `For [${reader.section}], ${text}`, position });
  let target: LogTarget;
  if (written.value.kind === 'syslog') {
    target = { kind: 'none' };
    warn(
      `${name}=syslog but this is deprecated and will be removed.  Use ${channel}_syslog=true to enable syslog instead.`,
    );
  } else target = written.value;
  if (target.kind === 'auto' && keys.value.logfile_maxbytes === 0) {
    warn(
      `AUTO logging used for ${name} without rollover, set maxbytes > 0 to avoid filling up filesystem unintentionally`,
    );
  }
  if (channel === 'stderr' && context.isRedirected) {
    if (target.kind === 'file') {
      warn(
        'redirect_stderr=true but stderr_logfile has also been set to a filename, the filename has been ignored',
      );
    }
    target = { kind: 'none' };
  }
  const isSyslog = keys.value.syslog || written.value.kind === 'syslog';
  return ok({
    captureMaxBytes: events.captureMaxBytes,
    eventsEnabled: events.eventsEnabled,
    target,
    maxBytes: keys.value.logfile_maxbytes,
    backups: keys.value.logfile_backups,
    syslog: isSyslog,
  });
}

/** The log, whose value supervisord expands a second time: '%%%%' is needed for one '%'. */
function readTarget(
  reader: SectionReader,
  name: string,
  once: string | undefined,
): Result<LogTarget | SyslogTarget, string> {
  if (once === undefined) return ok({ kind: 'auto' });
  const twice = expand(once, reader.names, name);
  return twice.ok ? parseLogTarget(twice.value, reader.host) : twice;
}
