import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'vitest';
import { builtCli } from '../../../rig/cli.ts';
import { childrenOf, parseStat, signalProcess, type Process } from '../../../rig/processes.ts';
import { isRoot } from '../../../rig/users.ts';
import { waitFor } from '../../../rig/wait-for.ts';

/** Makes its command process 1 of a namespace of pids, as a container does, and ends all of it when it is ended itself. */
const UNSHARE = [
  'unshare',
  ...(isRoot ? [] : ['--user', '--map-root-user']),
  ...['--pid', '--fork', '--mount-proc', '--kill-child'],
];

/** Why there can be no such namespace; undefined where there can. */
export function findObstacle(): string | undefined {
  const [command = '', ...options] = UNSHARE;
  const { status, stderr, error } = spawnSync(command, [...options, 'true'], { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

/** reloadctl as process 1. */
export interface ProcessOne {
  readonly directory: string;
  /** As it is seen from outside of its namespace. */
  readonly front: Process;
  read(name: string): string;
  readonly output: () => string;
  signal(signal: NodeJS.Signals): void;
  /** The pids of those of its children that have ended and that it has not waited for. */
  zombies(): readonly number[];
  /** Runs a command in its namespace, and returns what it says on both channels, and its exit status. */
  inside(...argv: readonly string[]): { readonly text: string; readonly code: number | null };
  /** The exit status, as a shell gives it. */
  readonly ended: Promise<number>;
}

/** How to start one. */
export interface ProcessOneOptions {
  readonly files?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Executes Node with the file, and not the file. */
  readonly isNodeItself?: boolean;
}

/** Executes the file `reloadctl` itself with these words, in a directory with these files; ended with the test. */
export async function startAsProcessOne(
  context: Pick<TestContext, 'onTestFinished' | 'onTestFailed'>,
  words: readonly string[],
  { files = {}, input = '', isNodeItself = false }: ProcessOneOptions = {},
): Promise<ProcessOne> {
  const cli = await builtCli();
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-one-'));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(directory, name), text.replaceAll('%DIR%', directory));
  }
  const env = {
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
    HOME: directory,
    XDG_RUNTIME_DIR: directory,
    RELOADCTL_STATE_DIR: join(directory, 'state'),
  };
  const [command = '', ...options] = UNSHARE;
  const argv = [...(isNodeItself ? [process.execPath] : []), cli, ...words];
  const outer = spawn(command, [...options, ...argv], { cwd: directory, env, stdio: 'pipe' });
  outer.stdin.end(input);
  let said = '';
  for (const stream of [outer.stdout, outer.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  const ended = once(outer, 'close').then(([code, signal]) => {
    if (signal !== null) throw new Error(`ended by ${String(signal)}`);
    return Number(code);
  });
  ended.catch(() => undefined); // Whoever waits is told.
  context.onTestFailed(() => {
    console.error(said);
  });
  context.onTestFinished(async () => {
    outer.kill('SIGKILL');
    await ended.catch(() => undefined);
    await rm(directory, { recursive: true, force: true });
  });
  const front = await waitFor('process 1', () => childrenOf(outer.pid ?? 0)[0]);
  return {
    directory,
    front,
    ended,
    output: () => said,
    read: (name) => readFileSync(join(directory, name), 'utf8'),
    signal(signal) {
      signalProcess(front, signal);
    },
    zombies: () => zombiesOf(front.pid),
    inside(...argv) {
      const enter = [
        '--target',
        String(front.pid),
        '--pid',
        '--mount',
        ...(isRoot ? [] : ['--user', '--preserve-credentials']),
      ];
      const { stdout, stderr, status } = spawnSync('nsenter', [...enter, ...argv], {
        cwd: directory,
        env,
        encoding: 'utf8',
      });
      return { text: stdout + stderr, code: status };
    },
  };
}

function zombiesOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const stat = parseStat(readFileSync(`/proc/${entry}/stat`, 'utf8'));
        return stat?.ppid === parent && stat.state === 'Z' ? [stat.pid] : [];
      } catch {
        return []; // It has gone since.
      }
    });
}
