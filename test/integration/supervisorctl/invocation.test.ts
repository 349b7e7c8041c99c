import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonForTests } from '../../rig/python.ts';
import { CREDENTIALS } from '../rpc-supervisord.ts';
import { withoutException } from './normalize.ts';
import type { Said } from './said.ts';
import { SETUPS, Twins } from './twins.ts';

const CAT = '[program:cat]\ncommand=/bin/cat\nstartsecs=0\n';

/** Configurations for clients, by name. */
const FILES: Readonly<Record<string, string>> = {
  'servers.conf': '[supervisord]\n[unix_http_server]\nfile=%(here)s/s.sock\n',
  'broken.conf': '[supervisorctl]\nserverurl\n',
  'password.conf': `[supervisorctl]\nserverurl=http://127.0.0.1:1\nusername=${CREDENTIALS.username}\npassword=${CREDENTIALS.password}\n`,
};

/** What both refuse with 2 on stderr, and a part of what both say. */
const REFUSED: ReadonlyArray<readonly [args: readonly string[], message: string]> = [
  [['-s', 'foo', 'status'], "invalid value for -s 'foo': value 'foo' is not a URL"],
  [['-s', 'http://', 'status'], "invalid value for -s 'http://': value 'http://' is not a URL"],
  [['-c', 'missing.conf', 'status'], 'could not find config file missing.conf'],
  [['-c'], '-c'],
  [['--nope'], '--nope'],
];

describe.each(SETUPS)("with $server and the supervisorctl of '$python'", async (setup) => {
  const python = await pythonForTests(setup.python);

  describe.skipIf(python === undefined)('both clients', () => {
    let twins: Twins;

    beforeAll(async () => {
      if (python === undefined) return;
      twins = await Twins.start('invocation', python, CAT, setup.server);
      await twins.both(({ server }) => {
        for (const [name, text] of Object.entries(FILES)) {
          writeFileSync(join(server.directory, name), text);
        }
      });
      await twins.both((twin) => twin.waitForStates({ 'cat:cat': 'RUNNING' }));
    });
    afterAll(() => twins.stop());

    it.each(REFUSED)('check 57, 5.1 options: refuse %j with 2', async (args, message) => {
      const { theirs, ours } = await twins.run(args);
      for (const { stdout, stderr, code } of [theirs, ours]) {
        expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
        expect(stderr).toContain(message);
      }
    });

    it('check 57, 5.1 options: a configuration without [supervisorctl] is enough for reloadctl, where it tells of the server', async () => {
      const { theirs, ours } = await twins.run(['-c', 'servers.conf', 'status']);
      expect(theirs.stderr).toContain('.ini file does not include supervisorctl section');
      expect(theirs.code).toBe(2);
      expect(ours).toEqual({
        stdout: expect.stringMatching(/^cat +RUNNING/) as string,
        stderr: '',
        code: 0,
      });
    });

    it('5.1 options: what supervisorctl ends with an exception is refused in words', async () => {
      const broken = await twins.run(['-c', 'broken.conf', 'status']);
      expect(broken.theirs).toMatchObject({ stdout: '', code: 1 });
      expect(broken.theirs.stderr).toContain('Traceback');
      expect(broken.ours).toMatchObject({ stdout: '', code: 2 });
      expect(broken.ours.stderr).toContain("Source contains parsing errors: 'broken.conf'");
      const scheme = await twins.run(['-s', 'ftp://localhost:1', 'status']);
      expect(withoutException(scheme.theirs.stdout)).toBe('');
      expect(scheme.theirs.code).toBe(1);
      expect(scheme.ours).toMatchObject({ stdout: '', code: 2 });
      expect(scheme.ours.stderr).toContain("'ftp://localhost:1'");
    });

    it('5.1 options: the password of the configuration is for the server of -s as well', async () => {
      const status = async (...args: readonly string[]): Promise<readonly Said[]> => {
        const { theirs, ours } = await twins.run(['-s', '<INET>', ...args, 'status']);
        return [theirs, ours];
      };
      const { username, password } = CREDENTIALS;
      const asked = await status('-u', username, '-p', password);
      expect(asked.map(({ code }) => code)).toEqual([0, 0]);
      expect(asked[1]).toEqual(asked[0]);
      const { theirs, ours } = await twins.run(['-c', 'password.conf', '-s', '<INET>', 'status']);
      expect([theirs, ours]).toEqual(asked);
    });

    it('5.3 unknown command: neither knows it, and reloadctl says so on stderr with 2', async () => {
      const { theirs, ours } = await twins.run(['nope', 'x']);
      expect(theirs).toEqual({ stdout: '*** Unknown syntax: nope x\n', stderr: '', code: 1 });
      expect(ours).toMatchObject({ stdout: '', code: 2 });
      expect(ours.stderr).toContain("unknown command 'nope'");
    });

    it('5.4 exit, 5.4 help: outside the shell', async () => {
      for (const args of [['exit'], ['quit'], ['help', 'nope']]) {
        const { theirs, ours } = await twins.run(args);
        expect([args, ours]).toEqual([args, theirs]);
      }
      // The commands, and what each can do, are told in words of our own.
      for (const args of [['help'], ['help', 'status']]) {
        const { theirs, ours } = await twins.run(args);
        expect([theirs.code, ours.code]).toEqual([0, 0]);
        expect(ours.stdout).toMatch(/^Usage: reloadctl/);
        expect(theirs.stdout).not.toContain('reloadctl');
      }
    });
  });
});
