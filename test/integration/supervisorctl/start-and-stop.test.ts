import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { pythonForTests } from '../../rig/python.ts';
import { PROGRAMS, settle } from './programs.ts';
import type { Said } from './said.ts';
import { SETUPS, Twins } from './twins.ts';

/** With as little waiting as may be. */
const MORE = `
[reloadctl]
settle=0.1
[program:notexec]
command=/etc/passwd
autostart=false
[program:quick]
command=/bin/false
autostart=false
startsecs=1000
startretries=0
[program:endless]
command=/bin/cat
autostart=false
startsecs=100000
`;

/**
 * What both are told one after the other, and the exit code of both. Where reloadctl says more, it does so behind the words of supervisorctl or
 * on stderr: 'manual: started (2.2 s)'.
 */
const STORIES: ReadonlyArray<ReadonlyArray<readonly [words: string, code: number]>> = [
  [
    ['start', 2],
    ['stop', 1],
    ['start nope', 1],
    ['start grp', 1],
    ['start zz:*', 2],
    ['start zz:', 2],
    ['start nope zz:*', 2],
    ['start zz:* nope', 1],
    ['stop nope', 1],
    ['stop grp', 1],
    ['stop zz:*', 1],
    ['stop exit3', 0],
    ['start notexec', 1],
  ],
  [
    ['start manual', 0],
    ['start manual', 0],
    ['stop manual', 0],
    ['stop manual', 0],
    ['start cat', 0],
    ['stop slow', 0],
    ['stop slow', 0],
  ],
  [
    ['start quick', 7],
    ['start fatal', 7],
    ['stop fatal', 0],
    ['start backoff', 1],
    ['stop backoff', 0],
    ['start grp:ga', 0],
    ['stop grp:ga', 0],
    ['stop grp:ga', 0],
    ['start grp:ga', 0],
  ],
];

/** reloadctl restarts, or reloads, as one action: it does not say 'stopped' and 'started'. */
const RESTARTS: ReadonlyArray<readonly [words: string, stdout: string, code: number]> = [
  ['restart nope', 'nope: ERROR (no such process)\n', 1],
  ['restart zz:*', 'zz: ERROR (no such group)\n', 2],
  ['restart cat', 'cat: restarted (restart)\n', 0],
  ['restart manual', 'manual: restarted\n', 0],
];

describe.each(combinations(SETUPS))(
  "reloadctl with $server and the supervisorctl of '$python'",
  async (setup) => {
    const python = await pythonForTests(setup.python);

    describe.skipIf(python === undefined)('start and stop', () => {
      let twins: Twins;

      beforeAll(async () => {
        if (python === undefined) return;
        twins = await Twins.start('start-and-stop', python, PROGRAMS + MORE, setup.server);
        await twins.both(settle);
      });
      afterAll(() => twins.stop());

      /** Without the times that are told behind. */
      const plain = ({ stdout }: Said): string =>
        stdout.replace(/ \(\d+(\.\d+)? m?s\)$/gm, '').replace(/, \d+(\.\d+)? m?s\)$/gm, ')');

      it.concurrent.for(STORIES)(
        '5.3 start, 5.3 stop: say the same, and how it ended: %s',
        async (story) => {
          const title = story.map(([words]) => words).join(', ');
          for (const [words, code] of story) {
            const { theirs, ours } = await twins.run(words.split(' '), { title });
            expect([words, plain(ours), ours.code]).toEqual([words, theirs.stdout, theirs.code]);
            expect([words, theirs.code]).toEqual([words, code]);
          }
        },
      );

      it('check 50, 5.2 last error: of several failures the last one decides', async () => {
        for (const [words, code] of [
          ['start notexec quick', 7],
          ['start quick notexec', 1],
          ['start notexec cat', 1],
        ] as const) {
          const { theirs, ours } = await twins.run(words.split(' '));
          expect([words, plain(ours), ours.code]).toEqual([words, theirs.stdout, code]);
          expect(theirs.code).toBe(code);
        }
      });

      it('5.3 start: what somebody else stops meanwhile', async () => {
        const running = twins.run(['start', 'endless']);
        await twins.both(async (twin) => {
          await twin.waitForStates({ 'endless:endless': 'STARTING' });
          await twin.supervisor.stopProcess('endless', true);
        });
        const { theirs, ours } = await running;
        expect(theirs.stdout).toBe('endless: ERROR (abnormal termination)\n');
        expect(plain(ours)).toBe(theirs.stdout);
        expect([theirs.code, ours.code]).toEqual([7, 7]);
      });

      it('5.3 start: begin nothing where a name is unknown, which supervisorctl does', async () => {
        await twins.run(['stop', 'manual']);
        const { theirs, ours } = await twins.run(['start', 'nope', 'manual']);
        expect(theirs.stdout).toBe('nope: ERROR (no such process)\nmanual: started\n');
        expect(ours.stdout).toBe('nope: ERROR (no such process)\n');
        expect(ours.stderr).toContain('There is: ');
        expect([theirs.code, ours.code]).toEqual([1, 1]);
        await twins.run(['stop', 'manual']);
      });

      it('5.3 restart: in words of their own', async () => {
        for (const [words, stdout, code] of RESTARTS) {
          const { theirs, ours } = await twins.run(words.split(' '));
          expect([words, plain(ours), ours.code]).toEqual([words, stdout, code]);
          expect(theirs.code).toBe(code);
          if (code !== 0) expect(theirs.stdout).toBe(stdout + stdout);
        }
      });
    });
  },
);
