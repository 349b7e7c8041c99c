import { spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { expect, it, type TestContext } from 'vitest';
import { fetchSockets } from '../../../src/daemon/spawn/fetch-sockets.ts';
import { openFilesOf, readProcess } from '../../rig/processes.ts';
import { findOnPath } from '../../rig/on-path.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { mayCopyDescriptors } from './support/may-copy-descriptors.ts';

/** Listens on a port, and says on which. */
const HOLDER = `
const server = require('node:net').createServer();
server.listen(0, '127.0.0.1', () => console.log(server.address().port + ' ' + server._handle.fd));
`;

const PYTHONS = findOnPath('python3');

/** A process of its own with a listening socket. */
async function holder({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
  const child = spawn(process.execPath, ['-e', HOLDER], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [, port = 0, fd = 0] = await waitFor('the holder', () => {
    const numbers = /^(\d+) (\d+)\n/.exec(said)?.map(Number);
    return numbers;
  });
  const pid = child.pid ?? 0;
  const inode = Number(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1]);
  return { child, pid, port, fd, inode };
}

const ours = (): number =>
  openFilesOf(process.pid).filter((name) => name.startsWith('socket:')).length;

it.runIf(mayCopyDescriptors())(
  'gets a listening socket out of another process',
  async (context) => {
    const { child, pid, port, fd, inode } = await holder(context);
    const fetched = await fetchSockets({ pid, sockets: [{ fd, inode }] }, PYTHONS);
    if (!fetched.ok) throw new Error(fetched.error);
    // It stays open when the other one has gone, and whoever listens on it is the same to clients.
    child.kill('SIGKILL');
    await waitFor('its end', () => readProcess(pid) === undefined || undefined);
    const server = createServer((connection) => connection.end('here'));
    await new Promise<void>((resolve) => server.listen({ fd: fetched.value[0] }, resolve));
    context.onTestFinished(() => {
      server.close();
    });
    expect((server.address() as AddressInfo).port).toBe(port);
    const text = await new Promise<string>((resolve, reject) => {
      const connection = connect(port, '127.0.0.1');
      connection.once('data', (chunk: Buffer) => {
        resolve(chunk.toString());
      });
      connection.once('error', reject);
    });
    expect(text).toBe('here');
  },
);

it('gives nothing, and keeps nothing open, where that is not the socket that was meant', async (context) => {
  const { pid, fd, inode } = await holder(context);
  const before = ours();
  const sockets = [
    { fd, inode },
    { fd, inode: inode + 1 },
  ];
  const error = mayCopyDescriptors()
    ? 'it has something else in the place of a socket by now'
    : 'Operation not permitted';
  expect(await fetchSockets({ pid, sockets }, PYTHONS)).toEqual({ ok: false, error });
  await waitFor('nothing to be left open', () => ours() === before || undefined);
});

it.each([
  { what: 'no such process', pid: 2 ** 22 - 1, pythons: PYTHONS, reason: 'No such process' },
  { what: 'no such Python', pid: 1, pythons: ['/nope'], reason: 'ENOENT' },
  { what: 'no Python at all', pid: 1, pythons: [], reason: 'there is no Python to do it' },
  {
    what: 'a Python that is none',
    pid: 1,
    pythons: ['/bin/false'],
    reason: '/bin/false ended with exit status 1',
  },
])('says why it gets nothing: $what', async ({ pid, pythons, reason }) => {
  const fetched = await fetchSockets({ pid, sockets: [{ fd: 3, inode: 1 }] }, pythons);
  expect(fetched).toEqual({ ok: false, error: expect.stringContaining(reason) as string });
});
