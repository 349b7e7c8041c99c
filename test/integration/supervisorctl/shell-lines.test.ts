import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../rig/command.ts';
import { PYTHON_NAMES, pythonForTests } from '../../rig/python.ts';
import { PROGRAMS, settle } from './programs.ts';
import { Twins, type Said } from './twins.ts';

/** What both shells read from a pipe, and with which arguments they are started. */
type Row = readonly [input: string, args?: readonly string[]];

const ROWS: readonly Row[] = [
  [''],
  ['status\n'],
  ['status cat'],
  ['\n   \n\t\nversion\n'],
  ['status nope\nstatus zz:*\nstatus grp:*\n'],
  ['bogus\nbogus x y\nSTATUS\n'],
  ['!ls\n#comment\n;status\n-x\n'],
  ['pid#x\ntail-3 cat\npid cat\n'],
  ['help bogus\n?bogus\n? bogus\n'],
  ['version\nexit\nversion\n'],
  ['version\nquit now\nversion\n'],
  ['version\nEOF\nversion\n'],
  ['  version  \n  status   cat  \n'],
  ['tail cat\nclear cat\ntail nolog\npid all\navail\nversion x\n'],
  ['shutdown x\nshutdown\nn\nversion\n'],
  ['shutdown\nNo, never\nversion\n'],
  ['shutdown\n\nversion\n'],
  ['signal HUP nope\nsignal BOGUS cat\nclear nope\nadd nope\nremove nope\n'],
  ['open foo\nopen unix:///nowhere/s.sock\nversion\npid\n'],
  ['version\n', ['-i']],
  ['version\n', ['-i', 'pid', 'manual']],
  ['n\n', ['-i', 'shutdown']],
  ['version\n', ['-s', 'unix:///nowhere/s.sock']],
  ['version\nstatus\n', ['-s', 'http://127.0.0.1:1']],
];

describe.each(PYTHON_NAMES)("with the supervisord of '%s'", async (name) => {
  const python = await pythonForTests(name);

  describe.skipIf(python === undefined)('both shells', () => {
    let twins: Twins;

    beforeAll(async () => {
      if (python === undefined) return;
      twins = await Twins.start(python, PROGRAMS);
      await twins.both(settle);
    });
    afterAll(async () => {
      await twins.stop();
    });

    it.each(ROWS.map(([input, args = []]) => [input, args] as const))(
      'say the same to %j, started with %j',
      async (input, args) => {
        const [theirs, ours] = await Promise.all([
          twins.theirs.supervisorctl(args, { input }),
          twins.ours.reloadctl(args, { input }),
        ]);
        expect(withoutPids(ours)).toEqual(withoutPids(theirs));
      },
    );

    it('complete the same words', async () => {
      if (python === undefined) return;
      const lines = [
        ...['start ', 'stop c', 'restart grp:', 'status cat:', 'clear a', 'pid x', 'start cat g'],
        ...['add ', 'update g', 'remove zz'],
      ];
      const theirs = await runCommand(
        [python.bin.python, '-c', COMPLETE, twins.theirs.server.configuration, ...lines],
        { cwd: twins.theirs.server.directory },
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
});

/** Behind a prompt a pid is not alone on its line. */
function withoutPids(said: Said): Said {
  return { ...said, stdout: said.stdout.replaceAll(/^supervisor> \d+$/gm, 'supervisor> <PID>') };
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
