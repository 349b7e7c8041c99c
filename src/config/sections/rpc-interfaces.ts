import { ok, type Result } from '../../base/result.ts';
import type { ConfigError } from '../config-error.ts';
import { readerOf, type ReadContext } from '../section-reader.ts';
import { key, readKey, sectionError } from '../section-reader.ts';
import { nameInSection } from '../section-names.ts';
import type { RpcInterfaceSettings } from '../program.ts';
import { parseText } from '../option-values.ts';

const FACTORY = 'supervisor.rpcinterface_factory';
const FACTORY_KEY = key(parseText, undefined);
const OPTION_KEY = key(parseText, '');

/** Every [rpcinterface:x]. The factories are names of Python's and are not looked up. */
export function readRpcInterfaces(
  context: ReadContext,
): Result<readonly RpcInterfaceSettings[], ConfigError> {
  const { sections } = context.document;
  const interfaces: RpcInterfaceSettings[] = [];
  for (const section of sections.withPrefix('rpcinterface:')) {
    const reader = readerOf(context, section, []);
    const factory = readKey(reader, FACTORY, FACTORY_KEY);
    if (!factory.ok) return factory;
    if (factory.value === undefined) {
      return sectionError(reader, `section [${section}] does not specify a ${FACTORY}`);
    }
    const options: Record<string, string> = {};
    for (const name of sections.keys(section).filter((each) => each !== FACTORY)) {
      const option = readKey(reader, name, OPTION_KEY);
      if (!option.ok) return option;
      options[name] = option.value;
    }
    interfaces.push({ name: nameInSection(section), factory: factory.value, options });
  }
  return ok(interfaces);
}
