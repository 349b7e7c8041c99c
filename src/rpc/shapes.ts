import { printable } from '../base/printable.ts';
import type {
  ConfigChanges,
  LogTail,
  MemberResult,
  OverlapState,
  ProcessInfo,
  ProcessState,
} from './supervisor.ts';
import type { RpcStruct, RpcValue } from './value.ts';

/** A reply has another shape than the API promises. `message` is safe to print. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** Checks a value and takes what it needs from it; `at` says where the value stands in the reply. Throws {@link ShapeError}. */
export type Shape<T> = (value: RpcValue, at: string) => T;

/** All there are. */
export const PROCESS_STATES: readonly ProcessState[] = [
  'STOPPED',
  'STARTING',
  'RUNNING',
  'BACKOFF',
  'STOPPING',
  'EXITED',
  'FATAL',
  'UNKNOWN',
];

/** A string. */
export const asString: Shape<string> = (value, at) =>
  typeof value === 'string' ? value : mismatch(value, at, 'a string');

/** A whole number. */
export const asInteger: Shape<number> = (value, at) =>
  typeof value === 'number' && Number.isSafeInteger(value)
    ? value
    : mismatch(value, at, 'a whole number');

/** A boolean. */
export const asBoolean: Shape<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : mismatch(value, at, 'a boolean');

/** The answer of a method that only ever says true. */
export const asTrue: Shape<true> = (value, at) =>
  value === true ? value : mismatch(value, at, 'true');

/** Whatever came. */
export const asAnything: Shape<RpcValue> = (value) => value;

/** A struct. */
export const asStruct: Shape<RpcStruct> = (value, at) =>
  isStruct(value) ? value : mismatch(value, at, 'a struct');

/** An array of which every item has the shape. */
export function asArrayOf<T>(item: Shape<T>): Shape<readonly T[]> {
  return (value, at) => asArray(value, at).map((each, index) => item(each, `${at}[${index}]`));
}

/** getState. */
export const asState: Shape<{ code: number; name: string }> = (value, at) => ({
  code: field(value, at, 'statecode', asInteger),
  name: field(value, at, 'statename', asString),
});

/** getProcessInfo. */
export const asProcessInfo: Shape<ProcessInfo> = (value, at) => ({
  name: field(value, at, 'name', asString),
  group: field(value, at, 'group', asString),
  state: field(value, at, 'statename', asProcessState),
  description: field(value, at, 'description', asString),
  pid: field(value, at, 'pid', asInteger),
  start: field(value, at, 'start', asInteger),
  stop: field(value, at, 'stop', asInteger),
  now: field(value, at, 'now', asInteger),
  spawnerr: field(value, at, 'spawnerr', asString),
  exitstatus: field(value, at, 'exitstatus', asInteger),
  stdoutLogfile: field(value, at, 'stdout_logfile', asString),
  stderrLogfile: field(value, at, 'stderr_logfile', asString),
});

/** One member's outcome. */
export const asMemberResult: Shape<MemberResult> = (value, at) => ({
  name: field(value, at, 'name', asString),
  group: field(value, at, 'group', asString),
  status: field(value, at, 'status', asInteger),
  description: field(value, at, 'description', asString),
});

/** reloadConfig: three lists of names, wrapped in one more array than is needed. */
export const asConfigChanges: Shape<ConfigChanges> = (value, at) => {
  const [lists] = asTuple(value, at, 1);
  const [added, changed, removed] = asTuple(lists, `${at}[0]`, 3);
  const names = asArrayOf(asString);
  return {
    added: names(added ?? null, `${at}[0][0]`),
    changed: names(changed ?? null, `${at}[0][1]`),
    removed: names(removed ?? null, `${at}[0][2]`),
  };
};

/** reloadctl.getProcess. */
export const asOverlapState: Shape<OverlapState> = (value, at) => {
  const retired = field(value, at, 'retired', asStruct);
  return {
    group: field(value, at, 'group', asString),
    name: field(value, at, 'name', asString),
    pid: field(value, at, 'pid', asInteger),
    sockets: field(value, at, 'sockets', asArrayOf(asString)),
    socketReason: field(value, at, 'socket_reason', asString),
    adopted: field(value, at, 'adopted', asBoolean),
    successor: field(value, at, 'successor', asInteger),
    retiring: field(value, at, 'retiring', asArrayOf(asInteger)),
    retired:
      Object.keys(retired).length === 0
        ? undefined
        : {
            pid: field(retired, `${at}.retired`, 'pid', asInteger),
            killed: field(retired, `${at}.retired`, 'killed', asBoolean),
            afterMs: field(retired, `${at}.retired`, 'after_ms', asInteger),
          },
    gracefulTimeout: field(value, at, 'graceful_timeout', asInteger),
  };
};

/** The tail methods: text, size of the log, whether there was more. */
export const asLogTail: Shape<LogTail> = (value, at) => {
  const [text, offset, overflow] = asTuple(value, at, 3);
  return {
    text: asString(text ?? null, `${at}[0]`),
    offset: asInteger(offset ?? null, `${at}[1]`),
    overflow: asBoolean(overflow ?? null, `${at}[2]`),
  };
};

/** true, or the outcomes of the members of a whole group, which is what supervisord answers for 'group:*'. */
export const asTrueOrMembers: Shape<true | readonly MemberResult[]> = (value, at) =>
  Array.isArray(value) ? asArrayOf(asMemberResult)(value, at) : asTrue(value, at);

const asProcessState: Shape<ProcessState> = (value, at) => {
  const name = asString(value, at);
  return (
    PROCESS_STATES.find((state) => state === name) ?? mismatch(value, at, 'the name of a state')
  );
};

/** A member of a struct that has to be there. */
export function field<T>(value: RpcValue, at: string, name: string, shape: Shape<T>): T {
  const struct = asStruct(value, at);
  const member = struct[name];
  if (member === undefined) throw new ShapeError(`${at}.${name} is missing`);
  return shape(member, `${at}.${name}`);
}

function asArray(value: RpcValue | undefined, at: string): readonly RpcValue[] {
  return Array.isArray(value) ? (value as readonly RpcValue[]) : mismatch(value, at, 'an array');
}

function asTuple(value: RpcValue | undefined, at: string, length: number): readonly RpcValue[] {
  const items = asArray(value, at);
  if (items.length !== length) {
    throw new ShapeError(`${at} has ${items.length} items instead of ${length}`);
  }
  return items;
}

function isStruct(value: RpcValue): value is RpcStruct {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mismatch(value: RpcValue | undefined, at: string, wanted: string): never {
  throw new ShapeError(`${at} is ${describe(value)} instead of ${wanted}`);
}

function describe(value: RpcValue | undefined): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'nil';
  if (typeof value === 'string') return `the string "${printable(value, 40)}"`;
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'a struct' : String(value);
}
