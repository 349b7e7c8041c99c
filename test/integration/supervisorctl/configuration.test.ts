import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonForTests } from '../../rig/python.ts';
import { withoutException } from './normalize.ts';
import type { Said } from './said.ts';
import { SETUPS, Twins } from './twins.ts';

const program = (name: string, more = ''): string =>
  `[program:${name}]\ncommand=/bin/cat\nstartsecs=0\n${more}\n`;

const BEFORE = [
  program('keep'),
  program('gone'),
  program('gonestopped', 'autostart=false'),
  program('zchanged'),
  program('changed', 'priority=5'),
  `[group:pair]\nprograms=one,two\n${program('one')}${program('two')}`,
].join('');

const AFTER = [
  program('keep'),
  program('zchanged', 'startretries=7'),
  program('changed', 'priority=5\nenvironment=A="1"'),
  program('zadded'),
  program('added', 'autostart=false\npriority=1'),
  `[group:pair]\nprograms=one\n${program('one')}${program('two')}`,
].join('');

describe.each(SETUPS)(
  "reloadctl with $server and the supervisorctl of '$python'",
  async (setup) => {
    const python = await pythonForTests(setup.python);

    describe.skipIf(python === undefined)('apply a changed configuration', () => {
      let twins: Twins;

      beforeAll(async () => {
        if (python === undefined) return;
        twins = await Twins.start('configuration', python, BEFORE, setup.server);
        await twins.both((twin) => twin.waitForStates({ 'keep:keep': 'RUNNING' }));
      });
      afterAll(async () => {
        await twins.stop();
      });

      /** Replaces the programs of both configurations. */
      async function write(before: string, after: string): Promise<void> {
        await twins.both(({ server }) => {
          const text = readFileSync(server.configuration, 'utf8');
          expect(text).toContain(before);
          writeFileSync(
            server.configuration,
            text.replace(before, () => after),
          );
        });
      }

      /** stderr, which is returned, is ours alone: there it says what has changed. */
      async function expectSame(words: string, stdout: string, code = 0): Promise<string> {
        const { theirs, ours } = await twins.run(words.split(' '));
        expect({ ...ours, stderr: '' }).toEqual(inOwnWay(theirs));
        expect({ ...ours, stderr: '' }).toEqual(
          inOwnWay({ stdout, stderr: '', code } satisfies Said),
        );
        return ours.stderr;
      }

      /** The daemon changes a group in place: it is not stopped. */
      function inOwnWay(said: Said): Said {
        if (setup.server === 'supervisord') return said;
        const stdout = said.stdout.replace(/^(.*): stopped\n(?=\1: updated)/gm, '');
        return { ...said, stdout };
      }

      // One long story: each step starts from what the one before has left.
      it('check 51, 5.3 reread, 5.3 update, 5.3 add and remove: the same way', async () => {
        expect(await expectSame('reread', 'No config updates to processes\n')).toBe('');
        await write(BEFORE, AFTER);
        const all =
          'added: available\nchanged: changed\ngone: disappeared\ngonestopped: disappeared\n' +
          'pair: changed\ntwo: available\nzadded: available\nzchanged: changed\n';
        const details = await expectSame('reread', all);
        expect(details).toContain('  startretries  3 → 7\n');
        expect(details).toContain('  environment  added A\n');
        expect(details).toContain('  two: gone\n');
        expect(details).toContain('  → will be stopped and removed: gone\n');
        expect(details).toContain('  → will be removed; nothing of it runs\n');
        // Nothing was applied, and what it was before is still known.
        expect(await expectSame('reread', all)).toBe(details);
        await expectSame('update nope', 'ERROR: no such group: nope\n', 1);
        await expectSame(
          'update added nope',
          'ERROR: no such group: nope\nadded: added process group\n',
          1,
        );
        const added = await twins.run(['status', 'added']);
        expect(added.ours).toEqual(added.theirs);
        expect(added.ours.stdout).toMatch(/^added +STOPPED +Not started\n$/);
        expect(added.ours.code).toBe(3);
        await expectSame(
          'update changed keep',
          'changed: stopped\nchanged: updated process group\n',
        );
        await expectSame('add zadded', 'zadded: added process group\n');
        await expectSame('add zadded', 'ERROR: process group already active\n');
        await expectSame('remove gone', 'ERROR: process/group still running: gone\n', 1);
        await expectSame(
          'remove gonestopped nope',
          'gonestopped: removed process group\nERROR: no such process/group: nope\n',
          1,
        );
        await expectSame('remove gonestopped', 'ERROR: no such process/group: gonestopped\n', 1);
        await expectSame(
          'update all nope',
          'gone: stopped\ngone: removed process group\n' +
            'pair: stopped\npair: updated process group\nzchanged: stopped\nzchanged: updated process group\n' +
            'two: added process group\n',
        );
        expect(await expectSame('update', '')).toBe('');
        expect(await expectSame('reread', 'No config updates to processes\n')).toBe('');
        await twins.both((twin) =>
          twin.waitForStates({
            'zchanged:zchanged': 'RUNNING',
            'two:two': 'RUNNING',
            'pair:one': 'RUNNING',
          }),
        );
        const { theirs, ours } = await twins.run(['status']);
        expect(ours).toEqual(theirs);
        const available = await twins.run(['avail']);
        expect(available.ours).toEqual(available.theirs);
      });

      it('check 51, 5.3 reread: CANT_REREAD for a wrong one', async () => {
        await write('[program:keep]\n', '[program:keep]\nstartretries=many\n');
        const message =
          "CANT_REREAD: invalid literal for int() with base 10: 'many' in section 'program:keep' (file: '<D>/supervisord.conf')";
        await expectSame('reread', `ERROR: ${message}\n`, 1);
        const { theirs, ours } = await twins.run(['update']);
        expect(withoutException(theirs.stdout)).toBe('');
        expect(ours).toEqual({
          stdout: '',
          stderr: expect.stringContaining(`fault 92: ${message}`) as string,
          code: 1,
        });
        expect(theirs.code).toBe(1);
        await expectSame(
          'avail x',
          'Error: avail accepts no arguments\navail\t\t\tDisplay all configured processes\n',
          1,
        );
        // No configuration at all, which makes a message of several lines. The clients need a file that they can read.
        await twins.both(({ server }) => {
          writeFileSync(
            join(server.directory, 'client.conf'),
            `[supervisorctl]\nserverurl=${server.unixUrl}\n`,
          );
        });
        await write('[program:keep]\nstartretries=many\n', '[program:keep]\nstartretries\n');
        const broken = await twins.run(['-c', 'client.conf', 'reread']);
        expect(broken.ours).toEqual(broken.theirs);
        expect(broken.ours.stdout).toMatch(/^ERROR: CANT_REREAD: .*\n\t\[line/);
        expect(broken.ours.code).toBe(1);
      });
    });
  },
);
