import { expect, test } from 'vitest';
import { runCommand } from '../../rig/command.ts';
import { readProcess } from '../../rig/processes.ts';

test('keeps what a command says and how it ends', async () => {
  const result = await runCommand(['sh', '-c', 'cat; echo oops >&2; exit 3'], { input: 'hello' });
  expect(result).toMatchObject({ code: 3, signal: null, stdout: 'hello', stderr: 'oops\n' });
  expect(result.hasTimedOut).toBe(false);
});

test('a command that was killed has a signal and no code', async () => {
  const result = await runCommand(['sh', '-c', 'kill -USR1 $$; read line']);
  expect(result).toMatchObject({ code: null, signal: 'SIGUSR1' });
});

test('a command that does not end is KILLed at its limit, also when a grandchild holds its output', async () => {
  const result = await runCommand(['sh', '-c', 'sleep 2 & wait'], { timeoutMs: 50 });
  expect(result).toMatchObject({ signal: 'SIGKILL', hasTimedOut: true });
  expect(result.elapsedMs).toBeLessThan(1500);
});

test('gives the pid while the command runs', async () => {
  let argv: readonly string[] | undefined;
  await runCommand(['sleep', '0.05'], { onSpawn: (pid) => (argv = readProcess(pid)?.argv) });
  expect(argv).toEqual(['sleep', '0.05']);
});

test('gives what it says while it says it', async () => {
  const pieces: string[] = [];
  await runCommand(['sh', '-c', 'echo first; sleep 0.05; echo second'], {
    onStdout: (text) => pieces.push(text),
  });
  expect(pieces).toEqual(['first\n', 'second\n']);
});

test('a command that is not there is an error that names it', async () => {
  await expect(runCommand(['/nowhere/at-all', '-x'])).rejects.toThrow(
    'cannot run /nowhere/at-all -x: spawn /nowhere/at-all ENOENT',
  );
});
