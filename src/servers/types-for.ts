import type { ProgramSettings } from '../config/settings/settings.ts';
import { customServerType } from './custom-type.ts';
import { SERVER_TYPES } from './registry.ts';
import type { ServerType } from './server-type.ts';

/**
 * The types that a program's server may be of: those that its configuration describes, and those that are known, unless one is described
 * anew. Only the one that it names, where it names one.
 */
export function serverTypesFor(
  settings: Pick<ProgramSettings, 'type' | 'customTypes'> | undefined,
): readonly ServerType[] {
  const custom = (settings?.customTypes ?? []).map(customServerType);
  const all = [
    ...custom,
    ...SERVER_TYPES.filter(({ name }) => !custom.some((each) => each.name === name)),
  ];
  const wanted = settings?.type;
  return wanted === undefined ? all : all.filter(({ name }) => name === wanted);
}
