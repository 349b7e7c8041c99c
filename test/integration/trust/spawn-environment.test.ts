import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import {
  mkdtempSync,
  openSync,
  closeSync,
  rmSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { spawnChild } from '../../../src/daemon/spawn/spawn-child.ts';
import { createOs } from '../../../src/os/create-os.ts';
import { openTestDaemon, valueOf, type TestDaemon } from '../daemon/support/open-daemon.ts';
import { NO_ACCOUNTS, testAccounts } from '../../rig/accounts.ts';
import { waitFor } from '../../rig/wait-for.ts';

const accounts = testAccounts();
if (accounts === undefined)
  console.error(`skipped: what programs are started with: ${NO_ACCOUNTS}`);

const ONCE = 'startsecs=0\nautorestart=false\nautostart=false\n';

/** A directory of alice's below that of the daemon. */
function homeOf(test: TestDaemon): string {
  const { alice } = accounts ?? { alice: { uid: 0, gid: 0 } };
  chmodSync(test.directory, 0o755);
  const home = join(test.directory, 'home');
  mkdirSync(home);
  chownSync(home, alice.uid, alice.gid);
  return home;
}

function textOf(path: string, end = 'end\n'): Promise<string> {
  return waitFor(`${path} to be complete`, () => {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    return text.endsWith(end) ? text : undefined;
  });
}

/** A library that writes down as whom it is loaded, one line for each process. */
function makeLibrary(home: string): string {
  const source = join(home, 'spy.c');
  const library = join(home, 'spy.so');
  writeFileSync(
    source,
    `#include <stdio.h>
#include <unistd.h>
__attribute__((constructor)) static void spy(void) {
  FILE *out = fopen("${home}/seen", "a");
  if (out) { fprintf(out, "%d\\n", (int)geteuid()); fclose(out); }
}`,
  );
  execFileSync('cc', ['-shared', '-fPIC', '-o', library, source]);
  chmodSync(library, 0o755);
  writeFileSync(join(home, 'seen'), '');
  chmodSync(join(home, 'seen'), 0o666);
  return library;
}

function hasCompiler(): boolean {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // Then nobody can make a library here.
  }
}

describe.skipIf(accounts === undefined)(`a program of another user (${NO_ACCOUNTS})`, () => {
  const alice = accounts?.alice ?? { name: '', uid: 0, gid: 0 };
  const bob = accounts?.bob ?? alice;

  describe.skipIf(!hasCompiler())('whose environment preloads a library (needs cc)', () => {
    it.for([
      { what: 'alone', more: '' },
      { what: 'with a socket of ours', more: '\n[reloadctl:p]\nsocket=unix:%DIR%/home/s.sock\n' },
      { what: 'in a directory of its own', more: '', directory: true },
    ])('$what: nothing of it is loaded as root', async ({ more, directory }, context) => {
      const test = await openTestDaemon(
        context,
        `[program:p]\ncommand=/bin/sh -c "id -u; echo end"\nuser=${alice.name}\nstdout_logfile=%DIR%/p.log\n${ONCE}` +
          `environment=LD_PRELOAD="%DIR%/home/spy.so"\n${directory === true ? 'directory=%DIR%/home\n' : ''}${more}`,
      );
      makeLibrary(homeOf(test));
      valueOf(test.daemon.groups.find('p', 'p')).start();
      expect(await textOf(join(test.directory, 'p.log'))).toBe(`${alice.uid}\nend\n`);
      const seen = new Set(
        readFileSync(join(test.directory, 'home/seen'), 'utf8').trim().split('\n'),
      );
      expect([...seen]).toEqual([String(alice.uid)]);
    });
  });

  it('enters its directory with its own rights', async (context) => {
    const test = await openTestDaemon(
      context,
      `[program:p]\ncommand=/bin/sh -c "cat secret; echo end"\nuser=${alice.name}\ndirectory=%DIR%/home/in\n` +
        `redirect_stderr=true\nstdout_logfile=%DIR%/p.log\n${ONCE}`,
    );
    const home = homeOf(test);
    const closed = join(test.directory, 'closed');
    mkdirSync(join(closed, 'open'), { recursive: true });
    writeFileSync(join(closed, 'open/secret'), 'precious\n', { mode: 0o644 });
    chmodSync(join(closed, 'open'), 0o755);
    chmodSync(closed, 0o700);
    symlinkSync(join(closed, 'open'), join(home, 'in'));
    valueOf(test.daemon.groups.find('p', 'p')).start();
    const said = await textOf(join(test.directory, 'p.log'), '\n');
    expect(said).not.toContain('precious');
    expect(await textOf(join(test.directory, 'p.log'), 'not spawned\n')).toContain(
      `supervisor: couldn't chdir to ${home}/in: `,
    );
  });

  it.for([
    { what: 'as it is', more: '' },
    { what: 'with a socket of ours', more: '\n[reloadctl:p]\nsocket=unix:%DIR%/home/s.sock\n' },
    { what: 'in a directory of its own', more: '', directory: true },
  ])(
    '$what: has exactly the environment that it was given',
    async ({ more, directory }, context) => {
      const strange = `a.b="1",IFS="x",OPTIND="5",PPID="3",PS1="p",PWD="/there",OLDPWD="/where",SHLVL="7",_="/u",QUOTE="it's $HOME \`x\`",LD_LIBRARY_PATH="/nowhere"`;
      const test = await openTestDaemon(
        context,
        `[program:p]\ncommand=/usr/bin/env -0\nuser=${alice.name}\nstdout_logfile=%DIR%/p.log\n${ONCE}` +
          `environment=${strange}\n${directory === true ? 'directory=%DIR%/home\n' : ''}${more}`,
        { LINES: 'one\ntwo\n', EMPTY: '' },
      );
      homeOf(test);
      valueOf(test.daemon.groups.find('p', 'p')).start();
      const text = await textOf(join(test.directory, 'p.log'), '\0');
      const given = Object.fromEntries(
        text
          .split('\0')
          .filter((line) => line !== '')
          .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      );
      const expected: Record<string, string | undefined> = {
        ...process.env,
        LINES: 'one\ntwo\n',
        EMPTY: '',
        'a.b': '1',
        IFS: 'x',
        OPTIND: '5',
        PPID: '3',
        PS1: 'p',
        PWD: '/there',
        OLDPWD: '/where',
        SHLVL: '7',
        _: '/u',
        QUOTE: "it's $HOME `x`",
        LD_LIBRARY_PATH: '/nowhere',
      };
      for (const [name, value] of Object.entries(expected))
        expect([name, given[name]]).toEqual([name, value]);
      const extra = Object.keys(given).filter(
        (name) => !(name in expected) && !/^(SUPERVISOR_|LISTEN_|RELOADCTL_)/.test(name),
      );
      expect(extra).toEqual([]);
    },
  );

  it('has its supplementary groups, and its environment only as itself', async ({
    onTestFinished,
  }) => {
    const directory = mkdtempSync(join(tmpdir(), 'reloadctl-trust-'));
    onTestFinished(() => {
      rmSync(directory, { recursive: true, force: true });
    });
    chmodSync(directory, 0o755);
    const out = openSync(join(directory, 'out'), 'w+');
    const os = await createOs();
    const groups = [alice.gid, bob.gid];
    const library = hasCompiler() ? makeLibrary(directory) : '/nowhere.so';
    const env = { LD_PRELOAD: library, 'a.b': '1', TEXT: "it's\n$HOME", SHLVL: '7', PWD: '/there' };
    const child = valueOf(
      await spawnChild(
        { ...os, rightsOf: () => Promise.resolve({ ...alice, groups }) },
        {
          name: 'p',
          command: { file: '/bin/sh', argv: ['sh', '-c', 'id -G; ulimit -Sn; exec /usr/bin/env'] },
          env,
          cwd: '/',
          umask: 0o027,
          user: alice,
          fds: [out, out, out],
          kept: [out],
          softFiles: 300,
          rawVariables: [Buffer.from('RAW=\xff', 'latin1')],
        },
      ),
    );
    expect(await child.exited).toEqual({ kind: 'code', code: 0 });
    closeSync(out);
    const said = readFileSync(join(directory, 'out'), 'latin1');
    const [ids, limit, ...lines] = said.trimEnd().split('\n');
    expect(limit).toBe('300');
    expect(lines).toContain('RAW=\xff');
    expect(ids?.split(' ').map(Number).sort()).toEqual([...groups].sort());
    // The shell of the test itself sets PWD and drops what is no identifier.
    expect(lines).toContain(`LD_PRELOAD=${library}`);
    expect(lines.join('\n')).toContain("TEXT=it's\n$HOME");
    expect(lines).toContain('SHLVL=7');
    if (hasCompiler()) {
      const seen = new Set(readFileSync(join(directory, 'seen'), 'utf8').trim().split('\n'));
      expect([...seen]).toEqual([String(alice.uid)]);
    }
  });
});
