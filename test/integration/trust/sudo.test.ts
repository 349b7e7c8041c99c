import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { NO_ACCOUNTS, testAccounts } from '../../rig/accounts.ts';
import { builtCli } from '../../rig/cli.ts';
import { runCommand, type CommandResult } from '../../rig/command.ts';
import { endProcesses, processesWithEnvironment } from '../../rig/processes.ts';
import { hasSudo } from '../../rig/sudo.ts';

const accounts = testAccounts();
const isThere = accounts !== undefined && (await hasSudo());
if (accounts !== undefined && !isThere && process.env.CI === 'true') {
  throw new Error('sudo is not installed');
}

interface Place {
  /** A directory of alice's. */
  readonly home: string;
  readonly reloadctl: string;
  readonly configuration: string;
  /** What an attack makes where it has root. */
  readonly trophy: string;
  /** A program of alice's that makes the trophy. */
  readonly payload: string;
  readonly sudo: (
    words: readonly string[],
    options?: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> },
  ) => Promise<CommandResult>;
}

let places = 0;

/** The recipe of docs/security.md for alice; `words` follow -c FILE. `%CONF%` of a rule is the configuration. */
async function makePlace(rule = '-c %CONF% reload web'): Promise<Place> {
  const { alice } = accounts ?? { alice: { name: '', uid: 0, gid: 0 } };
  const directory = mkdtempSync(join(tmpdir(), 'reloadctl-sudo-'));
  chmodSync(directory, 0o755);
  const home = join(directory, 'home');
  const reloadctl = join(directory, 'reloadctl');
  const configuration = join(directory, 'supervisord.conf');
  const trophy = join(directory, 'trophy');
  const payload = join(home, 'payload');
  mkdirSync(home);
  writeFileSync(payload, `#!/bin/sh\n[ "$(id -u)" = 0 ] && touch ${trophy}\n`, { mode: 0o755 });
  chmodSync(payload, 0o755);
  for (const path of [home, payload]) chownSync(path, alice.uid, alice.gid);
  const cli = await builtCli();
  // As npm installs it, but for where things are.
  writeFileSync(reloadctl, `#!/bin/sh\nexec node ${cli} "$@"\n`, { mode: 0o755 });
  chmodSync(reloadctl, 0o755);
  writeFileSync(
    configuration,
    `[unix_http_server]\nfile=${directory}/s.sock\n[supervisord]\npidfile=${directory}/s.pid\nlogfile=${directory}/s.log\n` +
      `[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n` +
      `[supervisorctl]\nserverurl=unix://${directory}/s.sock\n[program:web]\ncommand=/bin/sleep 60\nuser=${alice.name}\n` +
      `stdout_logfile=none\nstderr_logfile=none\n`,
  );
  const sudoers = `/etc/sudoers.d/reloadctl-test-${process.pid}-${directory.slice(-6)}`;
  const isNamed = rule.includes('-c');
  const alias = `RELOADCTL_TEST_${process.pid}_${(places += 1)}`;
  const command = `${reloadctl} ${rule.replace('%CONF%', configuration)}`;
  const path = `${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`;
  writeFileSync(
    `${sudoers}~`, // sudo passes over names with a ~ at their end.
    `Cmnd_Alias ${alias} = ${command}\n` +
      `Defaults!${alias} env_reset, !env_keep, !env_check, !setenv, secure_path="${path}"\n` +
      `${alice.name} ALL=(root) ${isNamed ? 'CWD=/ ' : ''}NOPASSWD: ${alias}\n`,
    { mode: 0o440 },
  );
  execFileSync('visudo', ['-c', '-q', '-f', `${sudoers}~`]);
  execFileSync('mv', [`${sudoers}~`, sudoers]);
  onTestFinished(async () => {
    rmSync(sudoers, { force: true });
    await endProcesses(processesWithEnvironment('RELOADCTL_TEST_SUDO', directory), 500);
    rmSync(directory, { recursive: true, force: true });
  });
  const sudo: Place['sudo'] = (words, { cwd = home, env = {} } = {}) =>
    runCommand(['/usr/bin/sudo', '-n', ...words], {
      cwd,
      env: { PATH: '/usr/bin:/bin', RELOADCTL_TEST_SUDO: directory, ...env },
      user: alice,
      timeoutMs: 20_000,
    });
  return { home, reloadctl, configuration, trophy, payload, sudo };
}

describe.skipIf(accounts === undefined || !isThere)(
  `a deploy user with sudo (${NO_ACCOUNTS}, and sudo)`,
  () => {
    test('may reload the program of the recipe', async () => {
      const { sudo, reloadctl, configuration } = await makePlace();
      const result = await sudo([reloadctl, '-c', configuration, 'reload', 'web']);
      // It ran: there is no supervisor here, and it says so.
      expect(result).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('s.sock no such file') as string,
      });
    });

    test('and nothing else', async () => {
      const place = await makePlace();
      const { sudo, reloadctl, configuration, trophy, payload, home } = place;
      const evil = join(home, 'evil.conf');
      writeFileSync(evil, `[supervisord]\n[reloadctl]\nhooks = before_reload = ${payload}\n`);
      const c = ['-c', configuration];
      const attempts: ReadonlyArray<readonly string[]> = [
        [reloadctl],
        [reloadctl, 'run', '--', payload],
        [reloadctl, ...c, 'run', '--', payload],
        [reloadctl, ...c, 'reload', 'web', 'run', '--', payload],
        [reloadctl, '-c', evil, 'reload', 'web'],
        [reloadctl, ...c, '-c', evil, 'reload', 'web'],
        [reloadctl, ...c, 'reload', 'web', '-c', evil],
        [reloadctl, ...c, '-s', 'http://127.0.0.1:9', 'reload', 'web'],
        [reloadctl, ...c, 'reload', 'web', '--strategy', 'restart'],
        [reloadctl, ...c, 'reload', 'web', '--health-url', 'http://127.0.0.1:9/'],
        [reloadctl, ...c, 'reload', 'pid:1'],
        [reloadctl, ...c, 'reload', 'all'],
        [reloadctl, ...c, 'reload', ''],
        [reloadctl, ...c, 'stop', 'web'],
        [reloadctl, ...c, '-i'],
        [reloadctl, ...c, 'daemon'],
        [`${reloadctl}/../reloadctl`, ...c, 'stop', 'web'],
        ['-E', reloadctl, ...c, 'reload', 'web'],
        [`NODE_OPTIONS=--require ${payload}`, reloadctl, ...c, 'reload', 'web'],
        ['-R', home, reloadctl, ...c, 'reload', 'web'],
        [payload],
      ];
      const passed: string[] = [];
      for (const words of attempts) {
        const { code, stdout, stderr } = await sudo(words);
        const isRefused = /a password is required|not allowed|not permitted/.test(stderr);
        if (code !== 1 || !isRefused) passed.push(`${words.join(' ')}: ${code} ${stdout}${stderr}`);
      }
      expect(passed).toEqual([]);
      expect(existsSync(trophy)).toBe(false);
    });

    test('and brings nothing of an environment along', async () => {
      const { sudo, reloadctl, configuration, trophy, payload, home } = await makePlace();
      writeFileSync(
        join(home, 'evil.cjs'),
        `process.getuid() === 0 && require('fs').writeFileSync(${JSON.stringify(trophy)}, '')\n`,
      );
      const bin = join(home, 'bin');
      mkdirSync(bin);
      execFileSync('cp', [payload, join(bin, 'node')]);
      const env = {
        NODE_OPTIONS: `--require=${join(home, 'evil.cjs')}`,
        NODE_PATH: home,
        PATH: `${bin}:/usr/bin:/bin`,
        LD_PRELOAD: join(home, 'evil.so'),
        BASH_ENV: payload,
        ENV: payload,
        RELOADCTL_STATE_DIR: join(home, 'state'),
        XDG_STATE_HOME: home,
        HOME: home,
        PYTHONPATH: home,
      };
      const result = await sudo([reloadctl, '-c', configuration, 'reload', 'web'], { env });
      expect(result.stderr).toContain('s.sock no such file');
      expect(existsSync(trophy)).toBe(false);
      expect(existsSync(join(home, 'state'))).toBe(false);
      expect(existsSync(join(home, 'reloadctl'))).toBe(false);
    });

    test('nor a configuration in a directory of its own, where the rule names none', async () => {
      const { sudo, reloadctl, home, trophy, payload } = await makePlace('reload web');
      const text = `[supervisorctl]\nserverurl=http://127.0.0.1:9\n[supervisord]\n[program:web]\ncommand=${payload}\n`;
      for (const place of ['supervisord.conf', 'etc/supervisord.conf']) {
        const path = join(home, place);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
        const { code, stderr } = await sudo([reloadctl, 'reload', 'web']);
        expect(stderr).toContain(
          `${place} in ${home} is not used by root: somebody else may write ${home}`,
        );
        expect(code).toBe(2);
        rmSync(path);
      }
      expect(existsSync(trophy)).toBe(false);
    });
  },
);
