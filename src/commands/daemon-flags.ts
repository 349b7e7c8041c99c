import { parseOverrides } from '../config/sections/daemon-overrides.ts';
import { thisHost } from '../config/host.ts';
import type { DaemonSettings } from '../config/program.ts';
import { repr } from '../config/python/repr.ts';
import { spell, usageError, type DaemonFlags } from './daemon-options.ts';

/** What the command line has in the place of [supervisord]. Throws 'usage' in supervisord's words for values that cannot be read. */
export function overridesOf(flags: DaemonFlags): Partial<DaemonSettings> {
  const read = parseOverrides(flags, thisHost());
  if (!read.ok) {
    const { setting, message } = read.error;
    if (setting === 'user') throw usageError(message);
    throw usageError(
      `invalid value for ${spell(setting)} ${repr(flags[setting] ?? '')}: ${message}`,
    );
  }
  return {
    ...read.value,
    ...(flags.nodaemon === true ? { nodaemon: true } : {}),
    ...(flags.silent === true ? { silent: true } : {}),
    ...(flags.nocleanup === true ? { nocleanup: true } : {}),
    ...(flags.stripAnsi === true ? { stripAnsi: true } : {}),
  };
}

/** supervisord's words for what is no option. */
export function refuseOperands(operands: readonly string[]): void {
  if (operands.length === 0) return;
  const list = operands.map((word) => repr(word)).join(', ');
  throw usageError(`positional arguments are not supported: [${list}]`);
}
