import { afterEach, describe, expect, it } from 'vitest';
import { pythonForTests } from '../../rig/python.ts';
import { withoutException } from './normalize.ts';
import { SETUPS, Twins, type Words } from './twins.ts';

/** Holds up the end of the supervisor for as long as a test needs. */
const STUCK = `
[program:stuck]
command=/bin/sh -c "trap '' TERM; printf 'ready\\n'; while read line; do :; done"
startsecs=0
stopwaitsecs=100000
`;

const CAT = '[program:cat]\ncommand=/bin/cat\nstartsecs=0\n';

const RESTART: Words = { supervisorctl: ['reload'], reloadctl: ['restart-supervisor'] };

/** While the supervisor shuts down: what both say, where supervisorctl has words for it, and the exit code of both. */
const MEANWHILE: ReadonlyArray<readonly [words: Words, stdout: string | undefined, code: number]> =
  [
    [['shutdown'], 'ERROR: already shutting down\n', 0],
    [RESTART, 'ERROR: already shutting down\n', 1],
    [['reread'], 'ERROR: supervisor shutting down\n', 1],
    [['avail'], 'ERROR: supervisor shutting down\n', 1],
    [['update'], 'ERROR: already shutting down\n', 1],
    [['add', 'x', 'y'], 'ERROR: shutting down\nERROR: shutting down\n', 1],
    [['remove', 'x'], undefined, 1],
    [['status'], undefined, 1],
    [['pid'], undefined, 1],
    [['tail', 'stuck'], undefined, 1],
    [['tail'], undefined, 1],
    [['maintail'], undefined, 1],
    [['clear', 'stuck'], undefined, 1],
    [['version'], undefined, 1],
    [['signal', 'CONT', 'stuck'], undefined, 1],
    [['fg', 'stuck'], undefined, 1],
  ];

describe.each(SETUPS)(
  "reloadctl with $server and the supervisorctl of '$python'",
  async (setup) => {
    const python = await pythonForTests(setup.python);

    describe.skipIf(python === undefined)('and a supervisor that ends', () => {
      let twins: Twins | undefined;
      afterEach(async () => {
        await twins?.stop();
      });

      it('5.3 shutdown, 5.3 during shutdown: say the same while it shuts down', async () => {
        if (python === undefined) return;
        twins = await Twins.start('shutting-down', python, STUCK, setup.server);
        await twins.both((twin) => twin.waitForLog('stuck', 'ready\n'));
        const first = await twins.run(['shutdown']);
        expect(first.ours).toEqual(first.theirs);
        expect(first.ours).toEqual({ stdout: 'Shut down\n', stderr: '', code: 0 });
        for (const [words, stdout, code] of MEANWHILE) {
          const { theirs, ours } = await twins.run(words);
          const what = JSON.stringify(words);
          if (stdout === undefined) {
            expect(withoutException(theirs.stdout), what).toBe('');
            expect({ ...ours, stderr: '' }, what).toEqual({ stdout: '', stderr: '', code });
            expect(ours.stderr, what).toContain('fault 6: SHUTDOWN_STATE');
          } else {
            expect(ours, what).toEqual(theirs);
            expect(ours, what).toEqual({ stdout, stderr: '', code });
          }
          expect(theirs.code, what).toBe(code);
        }
      });

      it('5.3 reload: restart it', async () => {
        if (python === undefined) return;
        twins = await Twins.start('restarting', python, CAT, setup.server);
        await twins.both((twin) => twin.waitForStates({ 'cat:cat': 'RUNNING' }));
        const pids = new Map<unknown, number>();
        await twins.both(async (twin) => {
          const info = await twin.supervisor.getProcessInfo('cat');
          pids.set(twin, info.ok ? info.value.pid : 0);
        });
        const { theirs, ours } = await twins.run(RESTART);
        expect(ours).toEqual(theirs);
        expect(ours).toEqual({ stdout: 'Restarted supervisord\n', stderr: '', code: 0 });
        await twins.both(async (twin) => {
          // The old one still answers for a moment.
          await twin.waitForOther('cat', pids.get(twin) ?? 0);
        });
      });
    });
  },
);
