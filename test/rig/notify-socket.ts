import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A message as the service manager got it. */
interface Notification {
  readonly text: string;
  /** The process that sent it, by the kernel's word. */
  readonly pid: number;
}

/** A stand-in for systemd's end of NOTIFY_SOCKET. */
export interface NotifySocket {
  /** For NOTIFY_SOCKET. */
  readonly address: string;
  readonly received: readonly Notification[];
  close(): Promise<void>;
}

const RECEIVER = `
import socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
p = sys.argv[1]
s.bind('\\0' + p[1:] if p.startswith('@') else p)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
print('ready', flush=True)
while True:
    data, ancillary, _, _ = s.recvmsg(65536, 1024)
    pid = next((struct.unpack('3i', d)[0] for l, t, d in ancillary if t == socket.SCM_CREDENTIALS), 0)
    import json
    print(json.dumps({'text': data.decode(), 'pid': pid}), flush=True)
`;

/** Listens as systemd does. `python` is any Python 3. */
export async function listenForNotifications(
  python: string,
  options: { readonly abstract?: boolean } = {},
): Promise<NotifySocket> {
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-notify-'));
  const address = options.abstract === true ? `@${directory}` : join(directory, 'notify');
  const child = spawn(python, ['-c', RECEIVER, address], { stdio: ['ignore', 'pipe', 'inherit'] });
  const received: Notification[] = [];
  let rest = '';
  let isReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (isReady = resolve));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === 'ready') isReady();
      else received.push(JSON.parse(line) as Notification);
    }
  });
  await ready;
  return {
    address,
    received,
    close: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
