import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import { runCommand } from '../../rig/command.ts';
import { pythonForTests } from '../../rig/python.ts';
import { PROGRAMS, settle } from './programs.ts';
import type { Said } from './said.ts';
import { SETUPS, Twins } from './twins.ts';

/** What both shells read from a pipe, and with which arguments they are started. */
type Row = readonly [input: string, args?: readonly string[]];

/** By line of the specification, which is what the titles begin with. */
const LINES: Readonly<Record<string, readonly Row[]>> = {
  'check 55, 5.4 status at the start': [[''], ['status\n'], ['status cat']],
  'check 55, 5.4 empty line': [['\n   \n\t\nversion\n']],
  'check 55, 5.4 unknown words': [['bogus\nbogus x y\nSTATUS\n'], ['!ls\n#comment\n;status\n-x\n']],
  'check 55, 5.4 words': [
    ['pid#x\ntail-3 cat\npid cat\n'],
    ['  version  \n  status   cat  \n'],
    ['version; pid cat\n'],
  ],
  'check 55, 5.4 help': [['help bogus\n?bogus\n? bogus\n']],
  'check 55, 5.4 end': [
    ['version\nexit\nversion\n'],
    ['version\nquit now\nversion\n'],
    ['version\nEOF\nversion\n'],
    ['pid nope\n'],
  ],
  'check 55, 5.4 questions': [
    ['shutdown x\nshutdown\nn\nversion\n'],
    ['shutdown\nNo, never\nversion\n'],
    ['shutdown\n\nversion\n'],
  ],
  '5.4 commands': [
    ['status nope\nstatus zz:*\nstatus grp:*\n'],
    ['tail cat\nclear accents\ntail nolog\npid all\navail\nversion x\n'],
    ['signal HUP nope\nsignal BOGUS cat\nclear nope\nadd nope\nremove nope\n'],
    ['open foo\nopen unix:///nowhere/s.sock\nversion\npid\n'],
  ],
  'check 54, 5.1 -i': [
    ['version\n', ['-i']],
    ['version\n', ['-i', 'pid', 'manual']],
    ['version\n', ['-i', 'pid', 'nope']],
    ['n\n', ['-i', 'shutdown']],
  ],
  'check 55, 5.4 no supervisor': [
    ['version\n', ['-s', 'unix:///nowhere/s.sock']],
    ['version\nstatus\n', ['-s', 'http://127.0.0.1:1']],
  ],
};

const ROWS = Object.entries(LINES).flatMap(([line, rows]) =>
  rows.map(([input, args = []]) => ({ line, input, args })),
);

describe.each(combinations(SETUPS))(
  "with $server and the supervisorctl of '$python'",
  async (setup) => {
    const python = await pythonForTests(setup.python);

    describe.skipIf(python === undefined)('both shells', () => {
      let twins: Twins;

      beforeAll(async () => {
        if (python === undefined) return;
        twins = await Twins.start('shell-lines', python, PROGRAMS, setup.server);
        await twins.both(settle);
      });
      afterAll(async () => {
        await twins.stop();
      });

      it.concurrent.for(ROWS)(
        '$line: the same to $input, started with $args',
        async ({ input, args }, { expect }) => {
          const title = [...args, input].join(' ');
          const { theirs, ours } = await twins.run(args, { title, input });
          expect(plain(ours)).toEqual(plain(theirs));
        },
      );

      it('check 56, 5.4 completion: complete the same words', async () => {
        if (python === undefined) return;
        const lines = [
          ...['start ', 'stop c', 'restart grp:', 'status cat:', 'clear a', 'pid x', 'start cat g'],
          ...['add ', 'update g', 'remove zz'],
        ];
        const theirs = await runCommand(
          [python.bin.python, '-c', COMPLETE, twins.ours.server.configuration, ...lines],
          { cwd: twins.ours.server.directory },
        );
        const expected = JSON.parse(theirs.stdout) as string[][];
        for (const [index, line] of lines.entries()) {
          const words = line.split(' ');
          const { stdout } = await twins.ours.reloadctl(['__complete', 'fish', '--', ...words]);
          const found = stdout.split('\n').slice(1, -1);
          const given = words.slice(1, -1);
          // Ours knows 'all', and leaves out what is there already.
          expect(found.filter((word) => word !== 'all').sort(), line).toEqual(
            (expected[index] ?? []).filter((word) => !given.includes(word)).sort(),
          );
        }
      });
    });
  },
);

/** Behind a prompt a pid is not alone on its line; our own supervisor has a version of its own. */
function plain(said: Said): Said {
  const stdout = said.stdout
    .replaceAll(/^supervisor> \d+$/gm, 'supervisor> <PID>')
    .replaceAll(/ \d+\.\d+\.\d+$/gm, ' <VERSION>');
  return { ...said, stdout };
}

/** What supervisorctl offers for each line, without the blank behind it. */
const COMPLETE = `
import json, sys
from supervisor.options import ClientOptions
from supervisor.supervisorctl import Controller
options = ClientOptions()
options.realize(['-c', sys.argv[1], 'status'])
controller = Controller(options)
def complete(line):
    words, state = [], 0
    while True:
        word = controller.complete(line.split(' ')[-1], state, line)
        if word is None:
            return words
        words.append(word.rstrip(' '))
        state += 1
print(json.dumps([complete(line) for line in sys.argv[2:]]))
`;
