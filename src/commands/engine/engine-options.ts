import { err, ok, type Result } from '../../base/result.ts';
import { SETTINGS, SHARED_KEYS } from '../../config/settings/settings.ts';
import { PLANNED_ACTIONS, traitsOf, type PlannedAction } from '../../policy/actions.ts';
import type { RpcStruct, RpcValue } from '../../rpc/value.ts';
import { flagName, type ReloadFlags } from '../reload-options.ts';

/** What a client of reloadctl.reload and reloadctl.plan asks for. */
export interface EngineRequest {
  readonly action: PlannedAction;
  readonly flags: ReloadFlags;
  /** Wait for another run of the same program, or give up. */
  readonly wait: boolean;
}

const ACTIONS = PLANNED_ACTIONS.filter((action) => traitsOf(action).isOverWire === true);

const SWITCHES = ['allow_downtime', 'wait'] as const;

const KEYS: readonly string[] = ['action', ...SHARED_KEYS, ...SWITCHES];

/** Reads the options of a call: those of the command line, by the names of the settings. The error names the option. */
export function parseEngineOptions(options: RpcStruct): Result<EngineRequest, string> {
  const unknown = Object.keys(options).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) {
    return err(`there is no option ${unknown}; there are ${KEYS.join(', ')}`);
  }
  const { action: word = 'reload' } = options;
  const action = ACTIONS.find((name) => name === word);
  if (action === undefined) return err(`action is one of ${ACTIONS.join(', ')}`);
  const flags: Record<string, string | readonly string[]> = {};
  for (const key of SHARED_KEYS) {
    const value = options[key];
    if (value === undefined) continue;
    const { parse, option } = SETTINGS[key];
    const isRepeatable = 'isRepeatable' in option;
    const texts = isRepeatable ? textsOf(value) : textOf(value);
    if (texts === undefined) {
      return err(`${key} is a string or ${isRepeatable ? 'several' : 'a number'}`);
    }
    for (const text of [texts].flat()) {
      const read = parse(text);
      if (!read.ok) return err(`${key} ${read.error}`);
    }
    flags[flagName(key)] = texts;
  }
  for (const key of SWITCHES) {
    if (options[key] !== undefined && typeof options[key] !== 'boolean') {
      return err(`${key} is a boolean`);
    }
  }
  return ok({
    action,
    flags: {
      ...flags,
      ...(options.allow_downtime === true ? { allowDowntime: true as const } : {}),
    },
    wait: options.wait !== false,
  });
}

const textOf = (value: RpcValue): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

function textsOf(value: RpcValue): readonly string[] | undefined {
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value)) return undefined;
  const items = value as readonly RpcValue[];
  return items.every((item) => typeof item === 'string') ? items : undefined;
}
