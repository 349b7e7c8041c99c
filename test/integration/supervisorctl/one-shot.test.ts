import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { pythonForTests } from '../../rig/python.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { PROGRAMS, settle } from './programs.ts';
import { SETUPS, Twins, type Words } from './twins.ts';

/** What both are told, and the exit code of both. */
type Row = readonly [words: string, code: number];

/** Programs whose logs are trouble: one is a directory from the start, the other is made one by a test. */
const MORE = `
[program:dirlog]
command=/bin/cat
autostart=false
stdout_logfile=%(here)s
[program:faillog]
command=/bin/cat
startsecs=0
stdout_logfile=%(here)s/fail.log
`;

const LONG = 'averyveryveryverylongprogramnamethatexceedsthirty';

/** By line of the specification, which is what the titles begin with. */
const READING: Readonly<Record<string, readonly Row[]>> = {
  'check 48, 5.3 status': [
    ['status', 3],
    ['status cat', 0],
    ['status nope cat', 4],
    ['status nope manual', 3],
    ['status zz:*', 4],
    ['status grp', 4],
    ['status grp:*', 0],
    ['status grp:', 0],
    ['status grp:gb grp:ga grp:gb', 0],
    ['status cat all nope', 3],
    ['status backoff slow stuck', 0],
    ['status fatal', 3],
    ['status exit0', 3],
    [`status ${LONG} cat`, 0],
  ],
  '5.3 pid': [
    ['pid', 0],
    ['pid cat', 0],
    ['pid manual', 7],
    ['pid nope', 1],
    ['pid grp:ga', 0],
    ['pid grp:*', 1],
    ['pid cat nope exit3', 7],
    ['pid exit3 nope', 1],
    ['pid all', 0],
    ['pid cat all nope', 0],
    ['pid -x', 1],
  ],
  '5.3 tail': [
    ['tail cat', 0],
    ['tail -3 cat', 0],
    ['tail -0 cat', 0],
    ['tail -1_0 cat', 0],
    ['tail --4 cat', 0],
    ['tail -1000000 cat', 0],
    ['tail cat stderr', 0],
    ['tail cat STDOUT', 0],
    ['tail -2 cat stderr', 0],
    ['tail manual', 0],
    ['tail nolog', 1],
    ['tail nolog stderr', 1],
    ['tail notyet', 1],
    ['tail dirlog', 1],
    ['tail nope', 1],
    ['tail grp:*', 1],
    ['tail grp:ga', 0],
    ['tail cat foo', 1],
    ["tail cat it's", 1],
    ['tail -x cat', 1],
    ['tail - cat', 1],
    ['tail -1.5 cat', 1],
    ['tail cat -f', 1],
    ['tail cat manual stderr', 0],
    ['tail', 1],
    ['tail -5', 1],
    ['tail -5 cat stdout more', 1],
    ['tail accents', 0],
  ],
  '5.3 maintail': [
    ['maintail 5', 1],
    ['maintail -x', 1],
    ['maintail -5 -6', 1],
  ],
  '5.3 avail': [['avail', 0]],
  '5.3 no arguments': [
    ['avail x', 1],
    ['version x', 1],
    ['reread x', 1],
    ['shutdown x', 1],
  ],
  '5.3 fg': [
    ['fg', 1],
    ['fg cat manual', 1],
    ['fg nope', 1],
    ['fg manual', 1],
    ['fg grp:*', 1],
  ],
  '5.1 open': [
    ['open', 1],
    ['open localhost:9001', 1],
    ['open ftp://localhost', 1],
    ['open unix://<D>/s.sock', 0],
    ['open unix:///nonexistent/s.sock', 0],
  ],
  '5.3 add and remove': [
    ['add', 0],
    ['add cat', 0],
    ['add nope', 1],
    ['add nope cat', 1],
    ['remove', 0],
    ['remove cat nope', 1],
    ['remove slow', 1],
  ],
  '5.3 update': [
    ['update', 0],
    ['update nope', 1],
    ['update nope all', 0],
    ['update cat', 0],
  ],
  '5.3 signal': [
    ['signal', 1],
    ['signal HUP', 1],
    ['signal 0 cat nope manual', 7],
    ['signal 0 manual nope cat', 1],
    ['signal BOGUS cat', 1],
    ['signal BOGUS nope manual', 1],
    ['signal 65 cat', 1],
    ['signal CONT fatal', 7],
    ['signal sigcont cat grp:ga', 0],
    ['signal 18 slow', 0],
    ['signal CONT grp:*', 0],
    ['signal CONT zz:* grp', 1],
  ],
  '5.3 clear': [
    ['clear', 1],
    ['clear nope', 1],
    ['clear grp:*', 1],
    ['clear grp:ga manual nolog', 0],
    ['clear nope manual', 1],
  ],
  '5.3 reread': [['reread', 0]],
};

const ROWS = Object.entries(READING).flatMap(([line, rows]) =>
  rows.map(([words, code]) => ({ line, words, code })),
);

describe.each(combinations(SETUPS))(
  "reloadctl with $server and the supervisorctl of '$python'",
  async (setup) => {
    const python = await pythonForTests(setup.python);

    describe.skipIf(python === undefined)('say the same', () => {
      let twins: Twins;

      beforeAll(async () => {
        if (python === undefined) return;
        twins = await Twins.start('one-shot', python, PROGRAMS + MORE, setup.server);
        await twins.both(settle);
      });
      afterAll(async () => {
        await twins.stop();
      });

      async function expectSame(words: Words, code: number): Promise<string> {
        const { theirs, ours } = await twins.run(words);
        expect(ours).toEqual(theirs);
        expect(ours.code).toBe(code);
        return ours.stdout;
      }

      it.concurrent.for(ROWS)('$line: $words', async ({ line, words, code }, { expect }) => {
        const { theirs, ours } = await twins.run(words.split(' '), { title: `${line}: ${words}` });
        expect(ours).toEqual(theirs);
        expect(ours.code).toBe(code);
      });

      it('5.1 arguments: split at blanks', async () => {
        const stdout = await expectSame(['tail', '-4 cat', ' stderr'], 0);
        expect(stdout).toBe('ops\n\n');
        await expectSame(['pid', 'cat manual'], 7);
        await expectSame(['status', 'cat nope'], 4);
      });

      it('5.3 version: tell that of the supervisor, which is another one in the daemon', async () => {
        const { theirs, ours } = await twins.run(['version']);
        if (setup.server === 'supervisord') expect(ours).toEqual(theirs);
        expect(ours).toMatchObject({
          stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
        });
        expect([theirs.code, ours.code]).toEqual([0, 0]);
      });

      it('5.3 no arguments: the restart of the supervisor has another name', async () => {
        const { theirs, ours } = await twins.run({
          supervisorctl: ['reload', 'x'],
          reloadctl: ['restart-supervisor', 'x'],
        });
        expect(ours).toEqual({
          ...theirs,
          stdout: theirs.stdout.replaceAll('reload', 'restart-supervisor'),
        });
        expect(ours.code).toBe(1);
      });

      it('5.3 status: while a program is being stopped', async () => {
        await twins.both(async ({ supervisor }) => {
          await supervisor.stopProcess('stuck', false);
        });
        await twins.both((twin) => twin.waitForStates({ 'stuck:stuck': 'STOPPING' }));
        await expectSame(['status', 'stuck'], 0);
        await expectSame(['pid', 'stuck'], 0);
        await expectSame(['signal', 'CONT', 'stuck'], 0);
        await expectSame(['remove', 'stuck'], 1);
        await expectSame(['fg', 'stuck'], 1);
      });

      it('5.3 clear: and what is left', async () => {
        expect((await twins.run(['tail', 'cat'])).ours.stdout).toContain('three');
        expect(await expectSame(['clear', 'cat', 'stuck'], 0)).toBe(
          'cat: cleared\nstuck: cleared\n',
        );
        expect(await expectSame(['tail', 'cat'], 0)).toBe('\n');
        expect(await expectSame(['clear', 'all'], 0)).toMatch(/^(?:.+: cleared\n){18}$/);
      });

      it('5.3 clear: what cannot be cleared', async () => {
        await twins.both(async (twin) => {
          await twin.waitForStates({ 'faillog:faillog': 'RUNNING' });
          const path = join(twin.server.directory, 'fail.log');
          rmSync(path);
          mkdirSync(path);
        });
        expect(await expectSame(['clear', 'cat', 'faillog', 'stuck'], 1)).toBe(
          'cat: cleared\nfaillog: ERROR (failed)\nstuck: cleared\n',
        );
      });

      it('5.3 maintail: the same text, until there is none', async () => {
        const { ours } = twins;
        // Between the two, the log may have grown.
        await waitFor('both to print the same', async () => {
          const theirs = await ours.supervisorctl(['maintail', '-300']);
          const own = await ours.reloadctl(['maintail', '-300']);
          return (own.stdout.length > 100 && isDeepStrictEqual(own, theirs)) || undefined;
        });
        await twins.both(({ server }) => {
          rmSync(join(server.directory, 'supervisord.log'));
        });
        expect(await expectSame(['maintail'], 1)).toBe('supervisord: ERROR (no log file)\n');
      });
    });
  },
);
