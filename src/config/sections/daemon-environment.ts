import { err, ok, type Result } from '../../base/result.ts';
import { invalid, type ConfigError } from '../config-error.ts';
import { parseEnvironment } from '../environment.ts';
import { expand } from '../expansion.ts';
import type { SectionReader } from '../section-reader.ts';

/**
 * environment= of [supervisord]. Up to 4.3 the value is expanded twice, so '%%%%' is needed for one
 * '%'; the first time without host_node_name.
 */
export function readDaemonEnvironment(
  reader: SectionReader,
): Result<ReadonlyMap<string, string>, ConfigError> {
  const entry = reader.sections.get(reader.section, 'environment');
  if (entry === undefined) return ok(new Map());
  const once: Result<string, string> =
    reader.host.dialect === 'head'
      ? ok(entry.value)
      : expand(entry.value, reader.names, `${reader.section}.environment`);
  const names = reader.names.under(new Map([['host_node_name', reader.host.hostname]]));
  const expanded = once.ok ? expand(once.value, names, 'environment') : once;
  const pairs = expanded.ok ? parseEnvironment(expanded.value, reader.host.dialect) : expanded;
  return pairs.ok ? pairs : err(invalid(pairs.error, entry.position));
}
