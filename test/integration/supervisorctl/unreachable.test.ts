import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { encodeFault, encodeMethodResponse } from '../../../src/rpc/encode.ts';
import { pythonForTests } from '../../rig/python.ts';
import { reservePort, type ReservedPort } from '../../rig/site/ports.ts';
import { ordinaryUser } from '../../rig/users.ts';
import { httpAnswer, serveScript, type ScriptedServer } from '../rpc-scripted-server.ts';
import { withoutException } from './normalize.ts';
import { SETUPS, Twins, type Words } from './twins.ts';

/** Commands that ask first whether the supervisor is there, with words that are right and with none. */
const ASKING_FIRST: ReadonlyArray<readonly string[]> = [
  ['pid'],
  ['tail', 'cat'],
  ['tail'],
  ['tail', '-f', 'cat'],
  ['maintail'],
  ['clear', 'all'],
  ['version'],
  ['signal', 'HUP', 'cat'],
  ['fg', 'cat'],
  ['start', 'cat'],
  ['stop', 'all'],
  ['restart', 'nope'],
];

/** Commands that do not: supervisorctl shows Python's exception. */
const NOT_ASKING: readonly Words[] = [
  ['avail'],
  ['reread'],
  ['update'],
  ['add', 'cat'],
  ['remove', 'cat'],
  { supervisorctl: ['reload'], reloadctl: ['restart-supervisor'] },
];

/** Where nobody listens, and where something else does. */
const NOBODY = '<NOBODY>';
const OTHER = '<OTHER>';

const CAT = '[program:cat]\ncommand=/bin/cat\nstartsecs=0\n';

describe.each(combinations(SETUPS))(
  "reloadctl with $server and the supervisorctl of '$python'",
  async (setup) => {
    const python = await pythonForTests(setup.python);

    describe.skipIf(python === undefined)('and a supervisor that is not there', () => {
      let twins: Twins;
      let port: ReservedPort;
      beforeAll(async () => {
        if (python === undefined) return;
        twins = await Twins.start('unreachable', python, CAT, setup.server);
        port = await reservePort();
        twins.hide(`http://127.0.0.1:${port.port}`, NOBODY);
      });
      afterAll(async () => {
        await twins.stop();
        await port.release();
      });

      /** Both clients with the same options before the words. */
      const run = (options: readonly string[], words: Words): ReturnType<Twins['run']> => {
        const { supervisorctl, reloadctl } =
          'reloadctl' in words ? words : { supervisorctl: words, reloadctl: words };
        return twins.run({
          supervisorctl: [...options, ...supervisorctl],
          reloadctl: [...options, ...reloadctl],
        });
      };

      async function expectSame(
        options: readonly string[],
        words: Words,
        stdout: string,
        code: number,
      ): Promise<void> {
        const { theirs, ours } = await run(options, words);
        const what = JSON.stringify(words);
        expect(ours, what).toEqual(theirs);
        expect(ours, what).toEqual({ stdout, stderr: '', code });
      }

      /** supervisorctl shows an exception after `stdout`; reloadctl says `stderr`. Both exit 1. */
      async function expectWords(
        options: readonly string[],
        words: Words,
        stdout: string,
        stderr: string,
      ): Promise<void> {
        const { theirs, ours } = await run(options, words);
        const what = JSON.stringify(words);
        expect(withoutException(theirs.stdout), what).toBe(stdout);
        expect(ours.stdout, what).toBe(stdout);
        expect(ours.stderr, what).toContain(`reloadctl: ${stderr}\n`);
        expect([theirs.code, ours.code], what).toEqual([1, 1]);
      }

      it('check 52, 5.2 refused: when nobody listens on the port', async () => {
        const url = NOBODY;
        const options = ['-s', url];
        for (const words of ASKING_FIRST) {
          await expectSame(options, words, `${url} refused connection\n`, 4);
        }
        await expectSame(options, ['status'], `${url} refused connection\n`, 4);
        const gone = `ERROR: ${url} refused connection (already shut down?)\n`;
        await expectSame(options, ['shutdown'], gone, 1);
        for (const words of NOT_ASKING) {
          await expectWords(options, words, '', `${url} refused connection`);
        }
        await expectSame([], ['open', url], `${url} refused connection\n`, 0);
      });

      it('check 52, 5.2 no socket: when the socket is not there', async () => {
        const url = 'unix:///nonexistent/supervisor.sock';
        const options = ['-s', url];
        for (const words of ASKING_FIRST) {
          await expectSame(options, words, `${url} no such file\n`, 7);
        }
        await expectSame(options, ['status'], `${url} no such file\n`, 4);
        const gone = `ERROR: ${url} no such file (already shut down?)\n`;
        await expectSame(options, ['shutdown'], gone, 1);
        for (const words of NOT_ASKING)
          await expectWords(options, words, '', `${url} no such file`);
      });

      it('check 53, 5.2 authentication: when the password is wrong', async () => {
        const inet = twins.ours.server.inetUrl;
        const options = ['-s', inet, '-u', 'x', '-p', 'y'];
        const stdout = 'Server requires authentication\n';
        const stderr = '<INET> requires authentication (wrong or no password)';
        const theirs = await twins.ours.supervisorctl([...options, 'pid']);
        expect(withoutException(theirs.stdout)).toBe(stdout);
        for (const words of ['status', 'pid', 'shutdown', 'reread', 'update', 'tail cat']) {
          const ours = await twins.ours.reloadctl([...options, ...words.split(' ')]);
          expect(ours.stdout, words).toBe(stdout);
          expect(ours.stderr, words).toContain(`reloadctl: ${stderr}\n`);
          expect([ours.code, theirs.code]).toEqual([1, 1]);
        }
      });

      const user = ordinaryUser();
      it.skipIf(user === undefined)(
        '5.2 anything else: when the socket may not be opened',
        async () => {
          const { unixUrl } = twins.ours.server;
          const directory = mkdtempSync(join(tmpdir(), 'reloadctl-open-'));
          onTestFinished(() => {
            rmSync(directory, { recursive: true });
          });
          chmodSync(directory, 0o755);
          const configuration = join(directory, 'client.conf');
          writeFileSync(configuration, `[supervisorctl]\nserverurl=${unixUrl}\n`);
          const options = { cwd: directory, user };
          for (const words of ['status', 'pid', 'reread', 'shutdown', 'update', 'version']) {
            const args = ['-c', configuration, words];
            const theirs = await twins.ours.supervisorctl(args, options);
            const ours = await twins.ours.reloadctl(args, options);
            expect(withoutException(theirs.stdout), words).toBe('');
            expect(ours.stdout, words).toBe('');
            expect(ours.stderr, words).toContain('permission denied');
            expect([theirs.code, ours.code], words).toEqual([1, 1]);
          }
        },
      );

      describe('but something else', () => {
        let other: ScriptedServer;
        let answer: Buffer;
        beforeAll(async () => {
          other = await serveScript((socket) => socket.write(answer));
          twins.hide(other.url, OTHER);
        });
        afterAll(async () => {
          await other.close();
        });

        it('5.2 another version: with another version of the API', async () => {
          answer = httpAnswer(encodeMethodResponse('4.0'));
          const stdout =
            'Sorry, this version of supervisorctl expects to talk to a server with API version 3.0, but the remote version is 4.0.\n';
          for (const words of ASKING_FIRST) {
            await expectSame(['-s', OTHER], words, stdout, 5);
          }
        });

        it('5.2 unknown method: without the interface of supervisord', async () => {
          answer = httpAnswer(encodeFault(1, 'UNKNOWN_METHOD'));
          for (const words of [...ASKING_FIRST, ['status']]) {
            const { theirs, ours } = await run(['-s', OTHER], words);
            expect(ours).toEqual(theirs);
            expect(ours.stdout).toMatch(
              /^Sorry, supervisord responded but did not recognize .*\n$/,
            );
            expect(ours.code).toBe(words[0] === 'status' ? 4 : 3);
          }
          for (const words of NOT_ASKING) {
            await expectWords(
              ['-s', OTHER],
              words,
              '',
              'the supervisor answered with fault 1: UNKNOWN_METHOD',
            );
          }
        });

        it('5.2 anything else: that fails', async () => {
          answer = Buffer.from('HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno');
          for (const words of [...ASKING_FIRST, ...NOT_ASKING, ['status'], ['shutdown']]) {
            const { theirs, ours } = await run(['-s', OTHER], words);
            expect(withoutException(theirs.stdout)).toBe('');
            expect(ours.stdout).toBe('');
            expect(ours.stderr).toContain('HTTP status 500 Oh');
            expect([theirs.code, ours.code]).toEqual([1, 1]);
          }
        });
      });
    });
  },
);
