import type { CustomType } from '../config/settings/custom-types.ts';
import type { SignalName } from '../os/signals.ts';
import { binaryName } from './live-process.ts';
import type {
  ReloadWay,
  Send,
  ServerActions,
  ServerType,
  StopSignals,
  Way,
  WorkerRules,
} from './server-type.ts';

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&');

/** A name of a file in which '*' stands for anything. */
const glob = (name: string): string => name.split('*').map(escape).join('.*');

/** The type that a section of the configuration describes, with what is usual where it says nothing. */
export function customServerType(custom: CustomType): ServerType {
  const { name, binary, argv } = custom;
  const actions = actionsOf(custom);
  const workers = workersOf(custom);
  return {
    name,
    title: name,
    kind: custom.kind,
    recognition: {
      shown: `runs a file named ${binary.join(' or ')}`,
      binaries: new RegExp(`^(?:${binary.map(glob).join('|')})$`, 'u'),
      ...(argv === undefined || argv === ''
        ? {}
        : { argv: new RegExp(`(?:^|[ /])${escape(argv)}(?: |$)`, 'u') }),
      catches: signalsOf(actions),
    },
    actions,
    stopSignals: stopSignalsOf(custom),
    ...(workers === undefined ? {} : { workers }),
    ready: 'As the configuration says.',
    proof: 'As the configuration says.',
    ...checkOf(custom),
    traps: [],
    sources: [],
    verified: [],
  };
}

const UNKNOWN = 'what the configuration does not say';

const way = (signal: SignalName): Way & { readonly send: { readonly by: 'signal' } } => ({
  send: { by: 'signal', signal },
  clients: UNKNOWN,
});

function actionsOf(custom: CustomType): ServerActions {
  const reload = reloadOf(custom);
  const { graceful_stop: graceful, grace_secs: graceSecs } = custom;
  const ways = {
    fastStop: custom.fast_stop,
    quiet: custom.quiet,
    reopenLogs: custom.reopen_logs,
    moreWorkers: custom.more_workers,
    fewerWorkers: custom.fewer_workers,
  };
  const given = Object.entries(ways).flatMap(([action, signal]) =>
    signal === undefined ? [] : [[action, way(signal)] as const],
  );
  return {
    ...(reload === undefined ? {} : { reload }),
    ...(graceful === undefined
      ? {}
      : {
          gracefulStop: { ...way(graceful), ...(graceSecs === undefined ? {} : { graceSecs }) },
        }),
    ...Object.fromEntries(given),
    ...(custom.upgrade === undefined
      ? {}
      : { upgrade: { ...way(custom.upgrade), pid: custom.upgrade_pid } }),
  };
}

function reloadOf(custom: CustomType): ReloadWay | undefined {
  const send = sendOf(custom);
  if (send === undefined) return undefined;
  return {
    send,
    clients: CLIENTS[custom.cost],
    loads: custom.loads,
    proof: 'workers-replaced',
    effectSecs: custom.effect_secs ?? 30,
    bootSecs: custom.boot_secs ?? 60,
    drainSecs: custom.drain_secs ?? 60,
    afterDrain: custom.old_workers,
    keepsOldWhenBad: custom.keeps_old,
    ...(custom.cost === 'none' ? {} : { cost: custom.cost }),
  };
}

const CLIENTS = {
  none: 'nothing',
  stall: 'requests wait',
  gap: 'requests are refused for a moment',
} as const;

function sendOf({ reload, reload_command: command }: CustomType): Send | undefined {
  if (reload !== undefined) return { by: 'signal', signal: reload };
  if (command === undefined) return undefined;
  return {
    by: 'command',
    shown: command.join(' '),
    argv: ({ proc }) => command.map((word) => word.replaceAll('{pid}', String(proc.pid))),
  };
}

/** What it has to catch before it is safe to send any of it; who ends by a signal need not catch it. */
function signalsOf(actions: ServerActions): readonly SignalName[] {
  const signals = Object.entries(actions).flatMap(([action, { send }]: [string, Way]) =>
    send.by === 'signal' && !action.endsWith('Stop') ? [send.signal] : [],
  );
  return [...new Set(signals)];
}

function stopSignalsOf({ graceful_stop: graceful, fast_stop: fast }: CustomType): StopSignals {
  return {
    ...(fast === undefined ? {} : { [fast]: 'fast' }),
    ...(graceful === undefined ? {} : { [graceful]: 'graceful' }),
  };
}

function workersOf({ workers, worker_ready: ready }: CustomType): WorkerRules | undefined {
  if (workers === 'none') return undefined;
  return {
    ...(workers === 'descendants' ? { anyDepth: true } : {}),
    isWorker: (child, master) => binaryName(child) === binaryName(master),
    readyWhenCatching: ready,
    retiredWhen: 'gone',
  };
}

function checkOf({ check, loads }: CustomType): Pick<ServerType, 'check'> {
  if (check === undefined) return {};
  const shown = check.join(' ');
  return { check: { shown, covers: loads, command: () => ({ argv: check, shown }) } };
}
