import { err, ok, type Result } from '../../base/result.ts';
import { SHARED_SETTINGS } from '../../config/shared-settings.ts';
import { PLANNED_ACTIONS, traitsOf, type PlannedAction } from '../../policy/actions.ts';
import type { RpcStruct, RpcValue } from '../../rpc/value.ts';
import type { ReloadFlags } from '../reload-options.ts';

/** What a client of reloadctl.reload and reloadctl.plan asks for. */
export interface EngineRequest {
  readonly action: PlannedAction;
  readonly flags: ReloadFlags;
  /** Wait for another run of the same program, or give up. */
  readonly wait: boolean;
}

const ACTIONS = PLANNED_ACTIONS.filter((action) => traitsOf(action).isOverWire === true);

const KEYS = [
  'action',
  ...(Object.keys(SHARED_SETTINGS) as ReadonlyArray<keyof typeof SHARED_SETTINGS>),
  'allow_downtime',
  'wait',
] as const;

/** Reads the options of a call: those of the command line, by the names of the settings. The error names the option. */
export function parseEngineOptions(options: RpcStruct): Result<EngineRequest, string> {
  const unknown = Object.keys(options).find((key) => !KEYS.some((known) => known === key));
  if (unknown !== undefined) {
    return err(`there is no option ${unknown}; there are ${KEYS.join(', ')}`);
  }
  const { action: word = 'reload', health_url: urls } = options;
  const action = ACTIONS.find((name) => name === word);
  if (action === undefined) return err(`action is one of ${ACTIONS.join(', ')}`);
  const healthUrl = urls === undefined ? undefined : textsOf(urls);
  if (urls !== undefined && healthUrl === undefined)
    return err('health_url is a string or several');
  for (const url of healthUrl ?? []) {
    const read = SHARED_SETTINGS.health_url.parse(url);
    if (!read.ok) return err(`health_url ${read.error}`);
  }
  const texts: Record<string, string> = {};
  for (const key of ['strategy', 'surge', 'settle', 'timeout'] as const) {
    const value = options[key];
    if (value === undefined) continue;
    if (typeof value !== 'string' && typeof value !== 'number') {
      return err(`${key} is a string or a number`);
    }
    const read = SHARED_SETTINGS[key].parse(String(value));
    if (!read.ok) return err(`${key} ${read.error}`);
    texts[key] = String(value);
  }
  for (const key of ['allow_downtime', 'wait'] as const) {
    if (options[key] !== undefined && typeof options[key] !== 'boolean') {
      return err(`${key} is a boolean`);
    }
  }
  return ok({
    action,
    flags: {
      ...texts,
      ...(healthUrl === undefined ? {} : { healthUrl }),
      ...(options.allow_downtime === true ? { allowDowntime: true as const } : {}),
    },
    wait: options.wait !== false,
  });
}

function textsOf(value: RpcValue): readonly string[] | undefined {
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value)) return undefined;
  const items = value as readonly RpcValue[];
  return items.every((item) => typeof item === 'string') ? items : undefined;
}
