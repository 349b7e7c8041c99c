import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandResult } from '../os/os.ts';
import type { ProcId } from '../os/proc.ts';
import type { SignalName } from '../os/signals.ts';
import { HEALTH } from '../policy/limits.ts';
import type { Step } from '../policy/plan.ts';
import { ServerObserver } from '../servers/observe-server.ts';
import { askHealth } from './ask-health.ts';
import type { StepFailure, Unhealthy } from './events.ts';
import { extractCause } from './program-log.ts';
import { rehearseSignals } from './rehearse-signals.ts';
import type { Session } from './session.ts';

type PreflightStep = Extract<Step, { do: 'preflight' }>;

const MAX_OUTPUT_BYTES = 64 * 1024;

/** How often its health is asked for. */
const HEALTH_POLL_MS = 250;

/** How often a canary is looked at. */
const POLL_MS = 50;

/**
 * Boots the new code aside. The time that it took is also the best guess for how long a worker needs, where readiness cannot be seen.
 */
export async function runPreflight(
  session: Session,
  step: PreflightStep,
  abort: AbortSignal,
): Promise<StepFailure | undefined> {
  const result: CanaryResult =
    step.how === 'canary'
      ? await runCanary(session, step, abort)
      : await run(
          session,
          step,
          step.how === 'command' ? step.argv : [...step.argv, '--check-config'],
          abort,
          {},
        );
  session.serving.readyAfterMs = Math.max(session.serving.readyAfterMs, result.elapsedMs * 1.5);
  if (result.end === 'stopped' && result.unhealthy === undefined) return undefined;
  if (result.end === 'exit' && result.code === 0 && step.how !== 'canary') return undefined;
  if (result.end === 'aborted') return { why: 'interrupted' };
  const output = extractCause([result.stdout, result.stderr].join('\n'));
  if (output !== '') session.emit({ event: 'output', source: 'preflight', text: output });
  if (result.unhealthy !== undefined) return { why: 'unhealthy', ...result.unhealthy };
  return {
    why: 'preflight',
    timedOut: result.end === 'timeout',
    detail: describeEnd(result, step.limit.ms),
  };
}

function describeEnd(result: CommandResult, limitMs: number): string {
  switch (result.end) {
    case 'exit':
      return result.code === undefined
        ? 'its worker ended soon after it was ready'
        : `exit status ${result.code}`;
    case 'signal':
      return result.signal ?? 'a signal';
    case 'not-started':
      return result.error ?? 'could not be started';
    case 'timeout':
      return `still not up after ${limitMs / 1000} s`;
    case 'aborted':
    case 'stopped':
      return result.end;
  }
}

type CanaryResult = CommandResult & { readonly unhealthy?: Unhealthy };

type Extras = Pick<Parameters<Session['os']['run']>[0], 'onStart' | 'listenOn'>;

async function run(
  session: Session,
  step: PreflightStep,
  argv: readonly string[],
  abort: AbortSignal,
  extras: Extras,
): Promise<CommandResult> {
  const context = session.parts.preflightContext;
  return session.os.run({
    argv,
    cwd: step.cwd,
    env: context?.env ?? {},
    rights: context?.rights ?? 'nobody',
    timeoutMs: step.limit.ms,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    abort,
    // A kill -9 of ours must not leave a server behind that nobody knows of.
    endsWithUs: true,
    ...extras,
  });
}

/**
 * A whole instance with one worker on a private socket: it proves what a real boot proves, also that the worker stays up. gunicorn takes the
 * socket by LISTEN_FDS and leaves its own `bind` alone (gunicorn/arbiter.py, start).
 */
async function runCanary(
  session: Session,
  step: PreflightStep,
  abort: AbortSignal,
): Promise<CanaryResult> {
  const base = join(tmpdir(), `reloadctl-${randomBytes(12).toString('hex')}`);
  const argv = [
    ...step.argv,
    '--workers',
    '1',
    '--pid',
    `${base}.pid`,
    '--error-logfile',
    '-',
    ...(session.parts.hasControlSocket ? ['--no-control-socket'] : []),
  ];
  const ended = new AbortController();
  const watched: { end: CanaryEnd } = { end: 'ended' };
  try {
    const result = await run(session, step, argv, abort, {
      listenOn: `${base}.sock`,
      onStart: ({ id, stop }) => {
        const socket = `${base}.sock`;
        void watchCanary(session, { id, socket }, step, ended.signal).then((end) => {
          watched.end = end;
          if (end !== 'ended') stop();
        });
      },
    });
    // Its worker goes first when we end it.
    if (abort.aborted) return { ...result, end: 'aborted' };
    if (typeof watched.end === 'object' && 'unhealthy' in watched.end) {
      return { ...result, unhealthy: watched.end.unhealthy };
    }
    if (typeof watched.end === 'object') {
      const signal = watched.end.failedAt.replace(/^SIG/u, '');
      const error = `a hook failed after ${signal}: ${(step.hooks ?? []).join(', ')}`;
      return { ...result, end: 'not-started', error };
    }
    return watched.end === 'unsteady' ? { ...result, end: 'exit', code: undefined } : result;
  } finally {
    ended.abort();
    await session.files.unlink(`${base}.pid`);
  }
}

/** 'up': the worker stayed for the settling time. 'unsteady': it was ready and then ended. 'ended': the canary itself did. */
type CanaryEnd =
  | 'up'
  | 'unsteady'
  | 'ended'
  | { readonly failedAt: SignalName }
  | { readonly unhealthy: Unhealthy };

async function watchCanary(
  session: Session,
  { id: master, socket }: { readonly id: ProcId; readonly socket: string },
  { steadyMs, rehearse = [], health }: PreflightStep,
  ended: AbortSignal,
): Promise<CanaryEnd> {
  const { serverType } = session.parts;
  if (serverType === undefined) return 'ended';
  const observer = new ServerObserver(session.os, serverType);
  let up: { readonly pid: number; readonly since: number } | undefined;
  while (!ended.aborted) {
    const worker = (await observer.look(master))?.workers[0];
    const now = session.os.now();
    if (up !== undefined && worker?.proc.pid !== up.pid) return 'unsteady';
    if (worker?.ready === true) up ??= { pid: worker.proc.pid, since: now };
    if (up !== undefined && now - up.since >= steadyMs) {
      const unhealthy =
        health === undefined ? undefined : await seeHealth(session, health, socket, ended);
      if (unhealthy !== undefined) return unhealthy === 'ended' ? 'ended' : { unhealthy };
      const rehearsed = await rehearseSignals(session.os, observer, master, rehearse, ended);
      return rehearsed === 'done' ? 'up' : rehearsed;
    }
    try {
      await session.os.sleep(POLL_MS, ended);
    } catch {
      return 'ended'; // sleep rejects only when the canary has ended.
    }
  }
  return 'ended';
}

/** Asks each address through the canary's socket until it answers as it should; what was seen last where it has not within the limit. */
async function seeHealth(
  session: Session,
  { urls, ...terms }: NonNullable<PreflightStep['health']>,
  through: string,
  abort: AbortSignal,
): Promise<Unhealthy | 'ended' | undefined> {
  const { os, parts } = session;
  const rights = parts.preflightContext?.rights ?? 'nobody';
  const since = os.now();
  for (const url of urls) {
    for (;;) {
      const { unhealthy } = await askHealth(session, { url, terms, rights, abort, through });
      if (unhealthy === undefined) break;
      if (abort.aborted) return 'ended';
      if (os.now() - since > HEALTH.ms) return unhealthy;
      try {
        await os.sleep(HEALTH_POLL_MS, abort);
      } catch {
        return 'ended'; // sleep rejects only when the canary has ended.
      }
    }
  }
  return undefined;
}
