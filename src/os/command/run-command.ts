import type { Readable } from 'node:stream';
import { realClock, settleWithin } from '../clock.ts';
import { canActAs } from '../credentials.ts';
import type { CommandRequest, CommandResult } from '../os.ts';
import type { ProcId } from '../proc.ts';
import { findSetpriv, knowsDeathSignal, launchFailure, planLaunch } from './launch.ts';
import type { LaunchTools } from './launch.ts';
import { openOutputChannels } from './output-channels.ts';
import { OutputTail } from './output-tail.ts';
import type { Session } from './session.ts';
import { ownerOf, startChild } from './start-child.ts';
import type { StartedChild } from './start-child.ts';
import { notStarted, superviseChild } from './supervise-child.ts';
import type { ChildEnd } from './supervise-child.ts';

/** What running a command needs to know of its system. */
export interface CommandHost {
  readonly uid: number;
  readonly session: Session;
  /** The identity of a child that has just been spawned and not been waited for. */
  identify(pid: number): ProcId | Promise<ProcId>;
}

/** When the session is over the pipes end, unless a process that left the session holds them. */
const DRAIN_MS = 250;

/** What a command came to, without the time it took. */
interface Outcome extends ChildEnd {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command in a session of its own, and ends whatever is left of the session before it
 * returns. Only a process that opened another session can outlive it.
 */
export async function runCommand(
  request: CommandRequest,
  host: CommandHost,
): Promise<CommandResult> {
  const startedAt = realClock.now();
  const outcome = await carryOut(request, host);
  return { ...outcome, elapsedMs: realClock.now() - startedAt };
}

async function carryOut(request: CommandRequest, host: CommandHost): Promise<Outcome> {
  const { rights } = request;
  if (!canActAs(rights, host)) {
    return withoutOutput(notStarted('EPERM: not permitted; only root can become another user'));
  }
  const launch = planLaunch(request, await findTools(request, host));
  const channels = await openOutputChannels(ownerOf(rights));
  const isAborted = request.abort?.aborted === true;
  const started = isAborted ? undefined : startChild(request, launch, channels);
  if (started === undefined || typeof started === 'string') {
    channels.attach(undefined).forEach((output) => output.destroy());
    return withoutOutput(
      isAborted ? { ...notStarted(undefined), end: 'aborted' } : notStarted(started),
    );
  }
  const outcome = await collect(started, request, host);
  const failure = launchFailure(launch, outcome.code, outcome.stderr);
  return failure === undefined ? outcome : withoutOutput(notStarted(failure));
}

async function collect(
  { child, outputs, socket }: StartedChild,
  request: CommandRequest,
  host: CommandHost,
): Promise<Outcome> {
  const tails = outputs.map((output) => keepTail(output, request.maxOutputBytes));
  try {
    const end = await superviseChild(child, request, host.session, (pid) => host.identify(pid));
    await settleWithin(Promise.all(tails.map((tail) => tail.ended)), DRAIN_MS, undefined);
    const [stdout = '', stderr = ''] = tails.map(({ tail }) => tail.text());
    return { ...end, stdout, stderr };
  } finally {
    outputs.forEach((output) => output.destroy());
    socket?.removeName();
  }
}

function keepTail(
  output: Readable,
  maxBytes: number,
): { readonly tail: OutputTail; readonly ended: Promise<void> } {
  const tail = new OutputTail(maxBytes);
  output.on('data', (chunk: Buffer) => {
    tail.push(chunk);
  });
  const ended = new Promise<void>((resolve) => {
    output.on('close', resolve);
    output.on('error', () => {
      resolve(); // What was read until then is kept.
    });
  });
  return { tail, ended };
}

async function findTools(
  { rights, endsWithUs }: CommandRequest,
  { uid }: CommandHost,
): Promise<LaunchTools> {
  const setpriv = rights === 'ours' && endsWithUs !== true ? undefined : findSetpriv();
  return {
    uid,
    setpriv,
    knowsDeathSignal:
      setpriv !== undefined && endsWithUs === true && (await knowsDeathSignal(setpriv)),
  };
}

function withoutOutput(end: ChildEnd): Outcome {
  return { ...end, stdout: '', stderr: '' };
}
