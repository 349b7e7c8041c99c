import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFifos } from '../../../src/daemon/spawn/make-fifos.ts';
import { createSupervisor } from '../../../src/rpc/client.ts';
import { builtCli } from '../../rig/cli.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { startServer } from '../rpc-supervisord.ts';

/** Whatever is asked, nothing takes longer than this on a busy machine. */
const CEILING_MS = 60_000;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly ms: number;
  readonly peakBytes: number;
}

/** Rule 8: every computation can be interrupted and is bounded. */
describe('work is bounded', { timeout: 240_000 }, () => {
  let directory: string;
  let cli: string;

  beforeAll(async () => {
    cli = await builtCli();
    directory = mkdtempSync(join(tmpdir(), 'reloadctl-work-'));
    await makeFifos(['pipe', 'main-pipe'].map((name) => join(directory, name)));
  });
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const base = '[supervisord]\nlogfile=%(here)s/l\npidfile=%(here)s/p\n';
  const write = (name: string, text: string): string => {
    const file = join(directory, name);
    writeFileSync(file, text);
    return file;
  };
  const sections = (count: number, head = ''): string =>
    `${base}${head}[supervisorctl]\nserverurl=unix:///nonexistent/s.sock\n` +
    Array.from({ length: count }, (_, at) => `[program:p${at}]\ncommand=/bin/sleep ${at}\n`).join(
      '',
    );
  const start = (args: readonly string[]): ReturnType<typeof spawn> =>
    spawn(process.execPath, [cli, ...args], {
      cwd: directory,
      env: { PATH: process.env.PATH, RELOADCTL_STATE_DIR: directory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  /** Runs a command to its end, and KILLs it at the ceiling. */
  const run = (args: readonly string[], ceilingMs = CEILING_MS): Promise<Ended> =>
    new Promise((resolve) => {
      const began = performance.now();
      const child = start(args);
      let output = '';
      let peakBytes = 0;
      child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
      const limit = setTimeout(() => child.kill('SIGKILL'), ceilingMs);
      const watch = setInterval(() => {
        peakBytes = Math.max(peakBytes, peakOf(child.pid));
      }, 100);
      child.on('close', (code, signal) => {
        clearTimeout(limit);
        clearInterval(watch);
        resolve({ code, signal, output, ms: performance.now() - began, peakBytes });
      });
    });

  it.each([[['doctor', '--offline']], [['plan', 'reload', 'p1']], [['status']]])(
    'reads four times the sections in about four times the time: %s',
    async (command) => {
      const small = write('small.conf', sections(5_000));
      const large = write('large.conf', sections(20_000));
      const one = await run(['-c', small, ...command]);
      const four = await run(['-c', large, ...command]);
      expect([one.signal, four.signal]).toEqual([null, null]);
      // Quadratic work would take sixteen times as long.
      expect(four.ms / one.ms).toBeLessThan(10);
    },
  );

  it('reads 100,000 sections within bounds', async () => {
    const file = write('huge.conf', sections(100_000));
    const { signal, output, peakBytes } = await run(['-c', file, 'doctor', '--offline'], 230_000);
    expect(signal).toBeNull();
    expect(output).toContain('100000 programs');
    expect(peakBytes / 2 ** 20).toBeLessThan(1024);
  });

  describe('a signal ends what reads 100,000 sections', () => {
    const commands = [
      ['doctor', '--offline'],
      ['doctor'],
      ['status'],
      ['plan', 'reload', 'p1'],
      ['reload', 'p1'],
      ['restart', 'p1'],
      ['start', 'p1'],
      ['check', 'p1'],
      ['update'],
      ['daemon', '-n'],
    ];
    it.each(
      commands.flatMap((command) => [[command, 'SIGTERM'] as const, [command, 'SIGINT'] as const]),
    )('%s with %s', async (command, signal) => {
      const file = write('huge.conf', sections(100_000));
      const daemon = await answering();
      const args =
        command[0] === 'daemon'
          ? [...command, '-c', file]
          : ['-c', file, '-s', daemon.url, ...command];
      const child = start(args);
      try {
        const ended = new Promise<number>((resolve) => {
          child.on('exit', () => {
            resolve(performance.now());
          });
        });
        // It has been loaded, and is in the midst of its work.
        await waitFor(
          'it to take memory',
          () => child.exitCode !== null || peakOf(child.pid) > 130 * 2 ** 20 || undefined,
          { ceilingMs: 30_000 },
        );
        const sent = performance.now();
        child.kill(signal);
        let endedAt: number | undefined;
        void ended.then((at) => (endedAt = at));
        const over = await waitFor('it to end', () => endedAt, {
          ceilingMs: 30_000,
        });
        expect(over - sent).toBeLessThan(5000);
      } finally {
        child.kill('SIGKILL');
        daemon.close();
      }
    });
  });

  // Difference: What would take for ever is refused.
  describe('an input that would take for ever is told', () => {
    const include = (pattern: string): string => `${base}[include]\nfiles=${pattern}\n`;
    const program = (lines: string): string => `${base}[program:x]\ncommand=/bin/true\n${lines}\n`;
    const inputs: ReadonlyArray<readonly [string, () => string, RegExp]> = [
      [
        'a glob of many stars',
        () => {
          mkdirSync(join(directory, 'globs'), { recursive: true });
          writeFileSync(join(directory, 'globs', 'a'.repeat(200)), '');
          return include(`globs/${'*a'.repeat(40)}b`);
        },
        /./,
      ],
      [
        'a glob of everything',
        () => include('/*/*/*/*/*/*/*/*/*/*/*/*/*/*'),
        /too many directories|./,
      ],
      [
        'a FIFO as an include',
        () => {
          return include('pipe');
        },
        /no regular file/,
      ],
      ['/dev/zero as an include', () => include('/dev/zero'), /no regular file/],
      [
        'an include that includes itself by a link',
        () => {
          symlinkSync('cycle.conf', join(directory, 'cycle2.conf'));
          return include('cycle*.conf case-*.conf');
        },
        /./,
      ],
      [
        'a width of a billion',
        () => program('directory=%(program_name)1000000000s'),
        /width too big/,
      ],
      [
        'a precision of a billion',
        () => program('directory=%(numprocs).1000000000d'),
        /precision too big/,
      ],
      [
        'widths that add up',
        () => program(`directory=${'%(program_name)99999s'.repeat(10_000)}`),
        /come to more than/,
      ],
      [
        'variables that double',
        () =>
          program(
            'process_name=%(process_num)d\nnumprocs=60\nenvironment=A="%(ENV_PATH)s",B="%(ENV_A)s%(ENV_A)s"'.replace(
              'B=',
              'A=',
            ),
          ),
        /come to more than|too long|cannot be expanded/,
      ],
      [
        'a billion processes',
        () => program('process_name=%(process_num)d\nnumprocs=1000000000'),
        /numprocs=1000000000 is too much/,
      ],
      [
        'many sections of many processes',
        () =>
          base +
          Array.from(
            { length: 100 },
            (_, at) =>
              `[program:q${at}]\ncommand=x\nprocess_name=%(process_num)d\nnumprocs=100000\n`,
          ).join(''),
        /is too much/,
      ],
      [
        'processes numbered beyond what can be counted',
        () => program('process_name=%(process_num)d\nnumprocs=3\nnumprocs_start=9007199254740993'),
        /./,
      ],
      [
        'a number of a million digits',
        () => program(`priority=${'1'.repeat(1_000_000)}`),
        /Exceeds the limit \(4300 digits\)/,
      ],
      [
        'a million spaces within a line',
        () => program(`stdout_logfile=a${' '.repeat(1_000_000)}b`),
        /./,
      ],
      ['a million quotes', () => program(`environment=A=x${"'".repeat(300_001)}x`), /./],
      ['a million slashes', () => program(`stdout_logfile=/a${'/'.repeat(1_000_000)}b/c`), /./],
      [
        'a hundred thousand variables',
        () =>
          program(
            `environment=${Array.from({ length: 100_000 }, (_, at) => `K${at}=v`).join(',')}`,
          ),
        /./,
      ],
      [
        'a hundred thousand unknown keys',
        () => program(Array.from({ length: 100_000 }, (_, at) => `k${at}y=v`).join('\n')),
        /./,
      ],
      [
        'a setting for nobody beside many',
        () => `${sections(20_000)}[reloadctl:${'z'.repeat(100_000)}]\ntype=gunicorn\n`,
        /config-invalid .*\[reloadctl:z/,
      ],
      [
        'a million lines of something else',
        () => base + 'what\n'.repeat(1_000_000),
        /parsing errors/,
      ],
    ];
    it.each(inputs)('%s', async (name, text, expected) => {
      const file = write(`case-${name.replaceAll(/\W+/g, '-')}.conf`, text());
      const { signal, output, peakBytes } = await run(['-c', file, 'doctor', '--offline']);
      expect(signal).toBeNull();
      expect(output.replaceAll(/\s+/g, ' ')).toMatch(expected);
      expect(output).not.toMatch(/Internal error|RangeError|heap/);
      expect(peakBytes / 2 ** 20).toBeLessThan(1024);
    });

    it.each([
      [
        'a FIFO',
        (): string => {
          return join(directory, 'main-pipe');
        },
      ],
      ['/dev/zero', (): string => '/dev/zero'],
      ['a directory', (): string => directory],
    ] as const)('%s as the configuration', async (_, file) => {
      const { code, signal } = await run(['-c', file(), 'status']);
      expect([code, signal]).toEqual([2, null]);
    });
  });

  it('answers others, and TERM, while the daemon reads 100,000 sections anew', async (context) => {
    const daemon = await startServer(
      [process.execPath, cli, 'daemon', '-n'],
      dirname(process.execPath),
      '',
    );
    context.onTestFinished(() => daemon.stop());
    const before = readFileSync(daemon.configuration, 'utf8');
    writeFileSync(
      daemon.configuration,
      `${before}\n${sections(100_000).replace(/^[^]*?(?=\[program)/, '')}`,
    );
    const reader = createSupervisor({ url: daemon.unixUrl });
    const other = createSupervisor({ url: daemon.unixUrl });
    context.onTestFinished(() => {
      reader.close();
      other.close();
    });
    let isOver = false as boolean;
    const reread = reader.reloadConfig({ timeoutMs: CEILING_MS }).then((result) => {
      isOver = true;
      return result;
    });
    let answered = 0;
    while (!isOver && answered < 5) {
      if ((await other.getPid({ timeoutMs: 10_000 })).ok) answered += 1;
    }
    // It would have waited for the end otherwise.
    expect([isOver, answered]).toEqual([false, 5]);
    process.kill(daemon.pid, 'SIGTERM');
    await waitFor('it to end', () => peakOf(daemon.pid) === 0 || undefined, { ceilingMs: 10_000 });
    await reread;
  });
});

/** A supervisor that answers everything as if it were one whose pid is this process. */
async function answering(): Promise<{ readonly url: string; readonly close: () => void }> {
  const { createServer } = await import('node:http');
  const server = createServer((_, response) => {
    response.end(
      `<?xml version="1.0"?><methodResponse><params><param><value><int>${process.pid}</int></value></param></params></methodResponse>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The most memory that a process has had; 0 when there is none. */
function peakOf(pid: number | undefined): number {
  try {
    return (
      Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
    );
  } catch {
    return 0; // It has ended.
  }
}
