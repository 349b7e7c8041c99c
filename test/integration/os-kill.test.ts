import { afterEach, describe, expect, it } from 'vitest';
import type { Pid } from '../../src/os/proc.ts';
import { waitFor } from '../rig/wait-for.ts';
import { bundle, endChildren, os, startChild, untilSessionIsEmpty } from './os-children.ts';

/** Says which signals it gets. */
const LISTENER = [
  'sh',
  '-c',
  'trap "echo HUP" HUP; trap "echo USR1" USR1; echo READY; while :; do sleep 0.02; done',
];

/** The same, with a child in its process group that dies of USR1. */
const FAMILY = [
  'sh',
  '-c',
  'sleep 60 & trap "echo USR1" USR1; echo READY; while :; do sleep 0.02; done',
];

afterEach(endChildren);

describe('kill', () => {
  it('sends a signal to the process that was meant', async () => {
    const child = await startChild(LISTENER);
    expect(await os.maySignal(child.id)).toBe(true);
    expect(await os.kill(child.id, 'SIGHUP')).toBe('sent');
    await waitFor('HUP', () => child.output().includes('HUP') || undefined);
  });

  it('sends no signal to another process that has got the pid', async () => {
    const child = await startChild(LISTENER);
    const before = { pid: child.id.pid, startTicks: child.id.startTicks - 1 };
    expect(await os.kill(before, 'SIGHUP')).toBe('gone');
    expect(await os.kill(before, 'SIGKILL', { group: true })).toBe('gone');
    expect(await os.kill(child.id, 'SIGUSR1')).toBe('sent');
    await waitFor('USR1', () => child.output().includes('USR1') || undefined);
    expect(child.output()).not.toContain('HUP');
  });

  it('says gone for a process that is no more', async () => {
    const child = await startChild(LISTENER);
    expect(await os.kill(child.id, 'SIGKILL')).toBe('sent');
    await child.exited;
    expect(await os.kill(child.id, 'SIGTERM')).toBe('gone');
    expect(await os.maySignal(child.id)).toBe(false);
  });

  it('reaches the group of a process that leads one', async () => {
    const child = await startChild(FAMILY, { detached: true });
    expect(await os.kill(child.id, 'SIGKILL', { group: true })).toBe('sent');
    await untilSessionIsEmpty(child.id.pid);
  });

  it('leaves the group alone when it was not asked for', async () => {
    const child = await startChild(FAMILY, { detached: true });
    expect(await os.kill(child.id, 'SIGKILL')).toBe('sent');
    await child.exited;
    const members = (await os.processes()).filter(({ sid }) => sid === child.id.pid);
    expect(members.map(({ comm }) => comm)).toContain('sleep');
    for (const member of members) await os.kill(member, 'SIGKILL');
    await untilSessionIsEmpty(child.id.pid);
  });

  it('reaches the process alone when it leads no group: its group is ours', async () => {
    const child = await startChild(LISTENER);
    expect(await os.kill(child.id, 'SIGHUP', { group: true })).toBe('sent');
    await waitFor('HUP', () => child.output().includes('HUP') || undefined);
  });

  it('spares us when we are in the group: its leader gets the signal alone', async () => {
    const program = await bundle(`
      import { createLinuxOs } from './src/os/linux/linux-os.ts';
      const os = createLinuxOs();
      const leader = await os.process(process.ppid);
      console.log(leader.pgid === leader.pid, await os.kill(leader, 'SIGHUP', { group: true }));
      setTimeout(() => console.log('ALIVE'), 100);`);
    try {
      const script = 'trap "echo HUP" HUP; "$0" "$1"; echo ended $?; echo READY; sleep 60';
      const child = await startChild(['sh', '-c', script, process.execPath, program.file], {
        detached: true,
      });
      expect(child.output()).toBe('true sent\nALIVE\nHUP\nended 0\nREADY\n');
      await os.kill(child.id, 'SIGKILL', { group: true });
      await untilSessionIsEmpty(child.id.pid);
    } finally {
      program.remove();
    }
  });

  it.each([0, 1, -1, process.pid, NaN])('throws for pid %d', async (pid) => {
    const startTicks = (await os.process(pid))?.startTicks ?? 1;
    const id = { pid: pid as Pid, startTicks };
    await expect(os.kill(id, 'SIGCONT')).rejects.toThrow('Internal error');
  });
});
