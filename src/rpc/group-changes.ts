import { err, ok } from '../base/result.ts';
import type { OptionChange } from '../config/changes/compare-options.ts';
import type { GroupChanges, MemberChange } from '../config/changes/group-changes.ts';
import {
  asArrayOf,
  asBoolean,
  asString,
  asStruct,
  field,
  ShapeError,
  type Shape,
} from './shapes.ts';
import type { CallOptions, RpcResult, Supervisor } from './supervisor.ts';
import type { RpcValue } from './value.ts';

/** Two hours, as for other calls that wait until processes have ended. */
const WAITING_TIMEOUT_MS = 2 * 3_600_000;

/** What the last configuration changes in an active group; undefined from a stock supervisord. */
export function describeGroup(
  supervisor: Supervisor,
  group: string,
): Promise<RpcResult<GroupChanges | undefined>> {
  return ask(supervisor, 'reloadctl.describeGroup', group);
}

/** Applies it as far as no process has to be started anew; with `replace` nothing was applied. */
export function updateGroup(
  supervisor: Supervisor,
  group: string,
): Promise<RpcResult<GroupChanges | undefined>> {
  return ask(supervisor, 'reloadctl.updateGroup', group, { timeoutMs: WAITING_TIMEOUT_MS });
}

async function ask(
  supervisor: Supervisor,
  method: string,
  group: string,
  options?: CallOptions,
): Promise<RpcResult<GroupChanges | undefined>> {
  const reply = await supervisor.call(method, [group], options);
  if (!reply.ok) {
    const isUnknown = reply.error.kind === 'fault' && reply.error.name === 'UNKNOWN_METHOD';
    return isUnknown ? ok(undefined) : reply;
  }
  try {
    // What a client returns has come through its decoder.
    return ok(asGroupChanges(reply.value as RpcValue, 'the reply'));
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const detail = `unexpected reply to ${method}: ${error.message}`;
    return err({ kind: 'protocol', url: supervisor.url, detail });
  }
}

const asGroupChanges: Shape<GroupChanges> = (value, at) => ({
  group: field(value, at, 'group', asString),
  options: field(value, at, 'options', asArrayOf(asOptionChange)),
  members: field(value, at, 'members', asArrayOf(asMemberChange)),
  replace: field(value, at, 'replace', asBoolean),
});

const asMemberChange: Shape<MemberChange> = (value, at) => ({
  name: field(value, at, 'name', asString),
  change: field(value, at, 'change', asKind),
  options: field(value, at, 'options', asArrayOf(asOptionChange)),
  restart: field(value, at, 'restart', asBoolean),
});

const KINDS: ReadonlyArray<MemberChange['change']> = ['added', 'removed', 'changed', 'same'];

const asKind: Shape<MemberChange['change']> = (value, at) => {
  const kind = KINDS.find((each) => each === value);
  if (kind === undefined) throw new ShapeError(`${at} is not one of ${KINDS.join(', ')}`);
  return kind;
};

const asOptionChange: Shape<OptionChange> = (value, at) => {
  const struct = asStruct(value, at);
  const option = field(value, at, 'option', asString);
  const names = asArrayOf(asString);
  if (struct.names !== undefined) {
    return {
      option,
      names: {
        added: field(struct.names, at, 'added', names),
        changed: field(struct.names, at, 'changed', names),
        removed: field(struct.names, at, 'removed', names),
      },
    };
  }
  return { option, old: field(value, at, 'old', asString), new: field(value, at, 'new', asString) };
};
