import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import {
  childrenOf,
  endProcesses,
  environmentOf,
  isAlive,
  parseStat,
  processesWithEnvironment,
  readProcess,
  signalProcess,
  type Process,
} from '../../rig/processes.ts';
import { waitFor } from '../../rig/wait-for.ts';

test.for([
  {
    name: 'a plain name',
    line: '42 (gunicorn) S 7 42 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 100 200',
    stat: { pid: 42, comm: 'gunicorn', state: 'S', ppid: 7, pgid: 42, sid: 40, startTicks: 987654 },
  },
  {
    name: 'a name with spaces and brackets',
    line: '42 (a) R (b) Z 7 42 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 5 100 200',
    stat: { pid: 42, comm: 'a) R (b', state: 'Z', ppid: 7, pgid: 42, sid: 40, startTicks: 5 },
  },
  { name: 'nothing', line: '', stat: undefined },
])('reads a stat line with $name', ({ line, stat }) => {
  expect(parseStat(line)).toEqual(stat);
});

async function spawnForTest(script: string, env: Record<string, string> = {}): Promise<Process> {
  const child = spawn('sh', ['-c', script], { env: { ...process.env, ...env }, stdio: 'pipe' });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  await once(child.stdout, 'data');
  const found = readProcess(child.pid ?? 0);
  if (found === undefined) throw new Error('sh has ended already');
  return found;
}

test('finds a process by a variable of its environment, and as a child of its parent', async () => {
  const found = await spawnForTest('echo ready; read line', { RIG_UNIT: 'a=b' });
  expect(processesWithEnvironment('RIG_UNIT', 'a=b').map(({ pid }) => pid)).toEqual([found.pid]);
  expect(environmentOf(found.pid)?.get('RIG_UNIT')).toBe('a=b');
  expect(childrenOf(process.pid).map(({ pid }) => pid)).toContain(found.pid);
});

test('ends a process by TERM, and one that ignores it by KILL', async () => {
  const willing = await spawnForTest('echo ready; read line');
  const stubborn = await spawnForTest("trap '' TERM; echo ready; read line");
  expect(await endProcesses([willing, stubborn], 200)).toEqual([stubborn]);
  expect(isAlive(willing)).toBe(false);
  expect(isAlive(stubborn)).toBe(false);
});

test('signals nothing when the pid belongs to another process by now', async () => {
  const found = await spawnForTest('echo ready; read line');
  const earlier = { pid: found.pid, startTicks: found.startTicks - 1 };
  expect(signalProcess(earlier, 'SIGKILL')).toBe(false);
  expect(isAlive(found)).toBe(true);
  expect(signalProcess(found, 'SIGKILL')).toBe(true);
  await waitFor('the end', () => !isAlive(found) || undefined);
});
