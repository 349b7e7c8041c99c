import { describe, expect, test } from 'vitest';
import { modelOf } from '../../../../src/commands/completion/command-model.ts';
import { findWanted } from '../../../../src/commands/completion/find-wanted.ts';
import { listCandidates, needsNames } from '../../../../src/commands/completion/list-candidates.ts';
import { splitLine } from '../../../../src/commands/completion/split-line.ts';
import { COMMANDS } from '../../../../src/commands/records/commands.ts';

const model = modelOf(COMMANDS);
const NAMES = {
  processes: [
    { group: 'cat', name: 'cat' },
    { group: 'web', name: 'web-0' },
    { group: 'web', name: 'web-1' },
  ],
  groups: ['cat', 'new'],
};

/** The words that complete a line. */
function complete(line: string): readonly string[] {
  const { words, current } = splitLine(line, { backslash: false });
  return listCandidates(model, findWanted(model, words, current), current, NAMES).map(
    ({ word }) => word,
  );
}

const PROGRAMS = ['cat', 'web:web-0', 'web:*', 'web:web-1', 'all'];

describe('candidates', () => {
  test.each<[string, readonly string[]]>([
    ['rel', ['reload']],
    ['re', ['reload', 'restart', 'reopen-logs', 'reread', 'remove', 'restart-supervisor']],
    ['bogus', []],
    ['bogus x', []],
    ['status ', PROGRAMS],
    ['status we', ['web:web-0', 'web:*', 'web:web-1']],
    ['status cat:', ['cat:cat', 'cat:*']],
    ['status web:web-0 web:w', ['web:web-1']],
    ['tail ', ['cat', 'web:web-0', 'web:web-1']],
    ['tail -f', ['-f']],
    ['tail -f ca', ['cat']],
    ['tail cat ', ['stdout', 'stderr']],
    ['tail cat stdout ', []],
    ['fg w', ['web:web-0', 'web:web-1']],
    ['signal US', ['USR1', 'USR2']],
    ['signal HUP c', ['cat']],
    ['plan rest', ['restart']],
    [
      'plan restart --h',
      [
        '--hard',
        '--health-url',
        '--health-host',
        '--health-headers',
        '--health-expect',
        '--help',
        '--history_file',
      ],
    ],
    ['plan restart c', ['cat']],
    ['add ', ['cat', 'web', 'new']],
    ['update cat ', ['web', 'new']],
    ['version ', []],
    ['help sh', ['shutdown']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['reload --str', ['--strategy']],
    ['reload --strategy ', ['auto', 'bridge', 'rolling', 'hup', 'overlap', 'restart']],
    ['reload --strategy=b', ['--strategy=bridge']],
    ['reload --strategy bridge c', ['cat']],
    ['reload --timeout ', []],
    ['reload --timeout 5 c', ['cat']],
    ['-s unix:///s sta', ['start', 'status']],
    ['--q', ['--quiet']],
    ['status -l', ['-l']],
    ['status --l', ['--long']],
  ])('%s', (line, expected) => {
    expect(complete(line)).toEqual(expected);
  });

  test('files for -c, directories for --directory, and the names wait for nobody then', () => {
    expect(findWanted(model, ['-c'], '')).toMatchObject({ kind: 'file' });
    expect(findWanted(model, ['check', '--directory'], '/s')).toMatchObject({ kind: 'directory' });
    expect(needsNames(findWanted(model, ['-c'], ''))).toBe(false);
    expect(needsNames(findWanted(model, ['status'], ''))).toBe(true);
  });

  test('the global options that were typed are used to find the names', () => {
    const { globals } = findWanted(model, ['-c', 'a.conf', '--serverurl=http://h:1', 'stop'], '');
    expect(globals).toEqual({ configuration: 'a.conf', serverurl: 'http://h:1' });
  });
});
