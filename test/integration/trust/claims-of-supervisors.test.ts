import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { childrenOf, isAlive, readProcess, type ProcessId } from '../../rig/processes.ts';
import { reservePort } from '../../rig/site/ports.ts';
import { REPOSITORY } from '../../rig/place.ts';
import type { User } from '../../rig/users.ts';
import { createPlace, type Place } from './support/place.ts';
import { describeWithAccounts } from './support/with-accounts.ts';

// Rule 4: what a supervisor says is checked against the kernel.

const HOSTILE = join(REPOSITORY, 'fixtures', 'hostile', 'supervisor.mjs');

/** What a supervisor says of its only program. */
const infoOf = (pid: number): object => ({
  ...{ name: 'web', group: 'web', start: 1, stop: 0, now: 100, state: 20, statename: 'RUNNING' },
  ...{ spawnerr: '', exitstatus: 0, logfile: '', stdout_logfile: '', stderr_logfile: '', pid },
  description: `pid ${pid}, uptime 0:01:39`,
});

/** Everything that an action may ask, with the pids that it claims. `own`: undefined is a fault. */
function answersOf(pid: number, own: number | '$PID' | undefined, adopted = false): object {
  const info = infoOf(pid);
  const stopped = { ...info, pid: 0, state: 0, statename: 'STOPPED' };
  return {
    $stopped: {
      'supervisor.getAllProcessInfo': [stopped],
      'supervisor.getProcessInfo': stopped,
    },
    'supervisor.getAllProcessInfo': [info],
    'supervisor.getProcessInfo': info,
    'supervisor.getAPIVersion': '3.0',
    'supervisor.getSupervisorVersion': '4.3.0',
    'supervisor.getState': { statecode: 1, statename: 'RUNNING' },
    'supervisor.getIdentification': 'supervisor',
    ...(own === undefined ? {} : { 'supervisor.getPID': own }),
    'supervisor.stopProcess': true,
    'supervisor.startProcess': true,
    'supervisor.signalProcess': true,
    'reloadctl.getProcess': {
      ...{ group: 'web', name: 'web', pid, sockets: [], socket_reason: 'x', adopted, retired: {} },
      ...{ successor: 0, retiring: [], graceful_timeout: 0 },
    },
  };
}

/** A process of root that catches TERM, so that nothing but a real KILL would end it, and that counts what it is sent. */
function startVictim(place: Place, user?: User): Promise<ProcessId & { output: () => string }> {
  const program =
    "import signal, sys, time\nfor s in (1, 2, 3, 10, 12, 15): signal.signal(s, lambda n, f: print('GOT', n, flush=True))\nprint('READY', flush=True)\nwhile True: time.sleep(60)";
  return place.start(['python3', '-u', '-c', program], {
    ready: 'READY',
    ...(user === undefined ? {} : { user }),
  });
}

async function startHostile(place: Place, user: User, answers: object): Promise<string> {
  const { output } = await place.start([process.execPath, HOSTILE, '0', JSON.stringify(answers)], {
    user,
    ready: 'READY',
  });
  const port = /READY (\d+)/.exec(output())?.[1] ?? '';
  return `http://127.0.0.1:${port}`;
}

describeWithAccounts('a supervisor that somebody else has put up', ({ alice, bob }) => {
  it.each([
    ['with the victim’s real parent for its own pid', (parent: number) => parent, false],
    ['that does not tell its own pid', () => undefined, false],
    ['that says it has adopted it', (parent: number) => parent, true],
    ['that gives its own pid', () => '$PID' as const, true],
    ['that takes pid 1 for its own', () => 1, false],
  ])('%s has no process of root signalled', async (_, ownOf, adopted) => {
    const place = await createPlace();
    const victim = await startVictim(place);
    const parent = readProcess(victim.pid)?.ppid ?? 0;
    const url = await startHostile(place, alice, answersOf(victim.pid, ownOf(parent), adopted));
    place.write(place.configuration, `[supervisord]\n[supervisorctl]\nserverurl=${url}\n`);
    for (const words of [
      ['stop', 'web'],
      ['restart', 'web'],
      ['restart', '--hard', 'web'],
      ['reload', 'web', '--allow-downtime'],
      ['signal', 'TERM', 'web'],
      ['status', '--long'],
      ['plan', 'stop', 'web'],
    ]) {
      const { stdout, stderr, code } = await place.reloadctl(words);
      const said = stdout + stderr;
      expect(said, words.join(' ')).not.toMatch(/internal error/i);
      if (words[0] === 'stop' || words[0] === 'restart') expect(code, said).toBe(1);
    }
    expect(victim.output()).toBe('READY\n');
    expect(isAlive(victim)).toBe(true);
  });

  it.each([
    ['init', 1, 0],
    ['pid 0 and init', 0, 0],
    ['a thread of the kernel', 2, 0],
    ['a negative number', -1, 1],
    ['what started reloadctl', process.pid, process.ppid],
  ])('that names %s is refused without an internal error', async (_, pid, own) => {
    const place = await createPlace();
    const url = await startHostile(place, alice, answersOf(pid, own, true));
    place.write(place.configuration, '[supervisord]\n');
    for (const words of [
      ['stop', 'web'],
      ['signal', 'TERM', 'web'],
      ['restart', '--hard', 'web'],
    ]) {
      const { stdout, stderr } = await place.reloadctl(['-s', url, ...words]);
      expect(stdout + stderr, words.join(' ')).not.toMatch(/internal error/i);
    }
    expect(
      isAlive({ pid: process.pid, startTicks: readProcess(process.pid)?.startTicks ?? 0 }),
    ).toBe(true);
  });

  it('has no process of a third user signalled either, and names a log that root alone may read in vain', async () => {
    const place = await createPlace();
    place.write(place.configuration, '[supervisord]\n');
    const victim = await startVictim(place, bob);
    const secret = place.write(
      join(place.directory, 'shadow'),
      'root:$6$secret\n',
      undefined,
      0o600,
    );
    const parent = readProcess(victim.pid)?.ppid ?? 0;
    const answers = answersOf(victim.pid, parent, true);
    const info = { ...infoOf(victim.pid), stdout_logfile: secret, stderr_logfile: secret };
    const url = await startHostile(place, alice, {
      ...answers,
      'supervisor.getProcessInfo': info,
      'supervisor.getAllProcessInfo': [info],
    });
    for (const words of [
      ['stop', 'web'],
      ['restart', '--hard', 'web'],
      ['reload', 'web'],
    ]) {
      const { stdout, stderr } = await place.reloadctl(['-s', url, ...words]);
      expect(stdout + stderr).not.toContain('$6$secret');
    }
    expect(victim.output()).toBe('READY\n');
    expect(isAlive(victim)).toBe(true);
  });

  it('at a socket in a directory that others can write is believed as little', async () => {
    const place = await createPlace();
    const home = place.home(alice);
    const victim = await startVictim(place);
    const parent = readProcess(victim.pid)?.ppid ?? 0;
    const socket = join(home, 's.sock');
    place.write(place.configuration, '[supervisord]\n');
    await place.start(
      [process.execPath, HOSTILE, socket, JSON.stringify(answersOf(victim.pid, parent, true))],
      { user: alice, ready: 'READY' },
    );
    // Root's own name for it changes nothing: who can put a socket there can answer.
    chownSync(socket, 0, 0);
    chmodSync(socket, 0o777);
    for (const words of [
      ['stop', 'web'],
      ['restart', '--hard', 'web'],
    ]) {
      const { code, stderr } = await place.reloadctl(['-s', `unix://${socket}`, ...words]);
      expect(code, stderr).toBe(1);
      expect(stderr.replaceAll(/\s+/g, ' ')).toContain('nothing was sent');
    }
    expect(victim.output()).toBe('READY\n');
  });
});

describeWithAccounts('a supervisor of root', ({ alice }) => {
  it('is believed, of the processes of its users too, at a socket and at a port', async () => {
    const place = await createPlace();
    const port = await reservePort();
    onTestFinished(() => port.release());
    const supervisor = await place.supervise(
      `[inet_http_server]\nport=127.0.0.1:${port.port}\n\n[program:web]\ncommand=sleep 1000\nuser=${alice.name}\nstartsecs=0`,
    );
    for (const url of [
      [],
      ['-s', `http://127.0.0.1:${port.port}`],
      ['-s', `http://localhost:${port.port}`],
    ]) {
      const before = childrenOf(supervisor.pid)[0]?.pid;
      const { code, stdout, stderr } = await place.reloadctl([...url, 'restart', '--hard', 'web']);
      expect(code, stdout + stderr).toBe(0);
      expect(childrenOf(supervisor.pid)[0]?.pid).not.toBe(before);
    }
  });
});
