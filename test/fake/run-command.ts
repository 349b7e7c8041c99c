import type { CommandRequest, CommandResult } from '../../src/os/os.ts';
import type { FakeKernel, Image } from './kernel.ts';
import { ListeningSocket } from './listening-socket.ts';
import type { FakeProcess } from './process.ts';

/** Between TERM and KILL, as Os.run promises. */
const GRACE_MS = 1000;

/** How often the parent looks whether the session is empty. */
const LOOK_MS = 20;

/** Os.run on the fake kernel: a command in a session of its own, ended with its whole session. */
export async function runFakeCommand(
  kernel: FakeKernel,
  parent: FakeProcess,
  image: Image,
  request: CommandRequest,
): Promise<CommandResult> {
  const began = kernel.clock.nowMs;
  const finish = (end: Partial<CommandResult> & Pick<CommandResult, 'end'>): CommandResult => ({
    code: undefined,
    signal: undefined,
    error: undefined,
    stdout: '',
    stderr: '',
    elapsedMs: kernel.clock.nowMs - began,
    ...end,
  });
  if (request.abort?.aborted === true) return finish({ end: 'aborted' });
  let output = '';
  const child = startChild(kernel, parent, image, request, (text) => {
    output += text;
  });
  if (request.endsWithUs === true) {
    kernel.onExit((proc) => {
      if (proc === parent) kernel.kill(kernel.init, child, 'SIGTERM');
    });
  }
  const end = await waitForEnd(kernel, parent, child, request);
  await endSession(kernel, parent, child);
  kernel.reap(parent);
  const { status } = child;
  const stdout = output.slice(-request.maxOutputBytes);
  if (end !== 'exit') return finish({ end, stdout });
  return status?.by === 'signal'
    ? finish({ end: 'signal', signal: status.signal, stdout })
    : finish({ end: 'exit', code: status?.code, stdout });
}

function startChild(
  kernel: FakeKernel,
  parent: FakeProcess,
  image: Image,
  request: CommandRequest,
  print: (text: string) => void,
): FakeProcess {
  const { argv, env, cwd, rights, listenOn } = request;
  const listening = listenOn === undefined ? {} : { LISTEN_FDS: '1' };
  return kernel.spawn(
    parent,
    { argv, env: { ...env, ...listening }, cwd: cwd ?? parent.cwd },
    (host, proc) => {
      if (listenOn !== undefined) {
        const socket = new ListeningSocket(`unix:${listenOn}`, host.files.newIno());
        proc.open({ kind: 'socket', socket });
      }
      image(host, proc);
    },
    { leads: 'session', print, ...(typeof rights === 'string' ? {} : { uid: rights.uid }) },
  );
}

/** Which comes first: the command's own end, its time, an abort, or `stop`. Nobody waits any more when the parent is dead. */
function waitForEnd(
  kernel: FakeKernel,
  parent: FakeProcess,
  child: FakeProcess,
  request: CommandRequest,
): Promise<'exit' | 'timeout' | 'aborted' | 'stopped'> {
  return new Promise((resolve) => {
    kernel.onExit((proc) => {
      if (proc === child && parent.isAlive) resolve('exit');
    });
    parent.after(request.timeoutMs, () => {
      resolve('timeout');
    });
    request.abort?.addEventListener('abort', () => {
      resolve('aborted');
    });
    request.onStart?.({
      id: { pid: child.pid, startTicks: child.startTicks },
      stop: () => {
        resolve('stopped');
      },
    });
  });
}

async function endSession(
  kernel: FakeKernel,
  parent: FakeProcess,
  leader: FakeProcess,
): Promise<void> {
  const members = (): readonly FakeProcess[] =>
    kernel.living().filter(({ sid }) => sid === leader.pid);
  for (const proc of members()) kernel.kill(parent, proc, 'SIGTERM');
  for (let waited = 0; waited < GRACE_MS && members().length > 0; waited += LOOK_MS) {
    await parent.sleep(LOOK_MS);
  }
  for (const proc of members()) kernel.kill(parent, proc, 'SIGKILL');
}
