import { describe, expect, test, vi } from 'vitest';
import { splitLine } from '../../../../src/commands/completion/split-line.ts';
import { COMMANDS } from '../../../../src/commands/records/commands.ts';
import { Interruption } from '../../../../src/reload/interruption.ts';

// The build puts it in.
vi.stubGlobal('__VERSION__', '0.0.0-test');
const { buildProgram } = await import('../../../../src/commands/program.ts');

const build = (): ReturnType<typeof buildProgram> =>
  buildProgram({ exitCode: 0 }, { interruption: () => new Interruption() });
const records = COMMANDS.filter(({ isHidden }) => isHidden !== true);

describe('examples', () => {
  test.each(records)('there are some for $name, and each begins with it', ({ name, examples }) => {
    const lines = examples.map(([line]) => line);
    expect(lines, 'add them to its record').not.toEqual([]);
    expect(lines.filter((line) => line !== name && !line.startsWith(`${name} `))).toEqual([]);
  });

  test.each(records.flatMap(({ examples }) => examples.map(([line]) => line)))(
    '%s is understood',
    async (line) => {
      const program = build();
      const called: string[] = [];
      for (const command of program.commands) {
        command.action(() => {
          called.push(command.name());
        });
      }
      const { words, current } = splitLine(line, { backslash: false });
      const all = current === '' ? words : [...words, current];
      await program.parseAsync(all, { from: 'user' });
      expect(called).toEqual([line.split(' ')[0]]);
    },
  );
});
