import { describe, expect, test, vi } from 'vitest';
import { splitLine } from '../../../../src/commands/completion/split-line.ts';
import { EXAMPLES } from '../../../../src/commands/help/examples.ts';
import { Interruption } from '../../../../src/reload/interruption.ts';

// The build puts it in.
vi.stubGlobal('__VERSION__', '0.0.0-test');
const { buildProgram } = await import('../../../../src/commands/program.ts');

const build = (): ReturnType<typeof buildProgram> =>
  buildProgram({ exitCode: 0 }, { interruption: () => new Interruption() });
const names = build()
  .commands.map((command) => command.name())
  .filter((name) => !name.startsWith('__'));

describe('examples', () => {
  test.each(names)('there are some for %s, and each begins with it', (name) => {
    const lines = (EXAMPLES[name] ?? []).map(({ line }) => line);
    expect(lines, `add them to src/commands/help/examples.ts`).not.toEqual([]);
    expect(lines.filter((line) => line !== name && !line.startsWith(`${name} `))).toEqual([]);
  });

  test('there are none for what is no command', () => {
    expect(Object.keys(EXAMPLES).filter((name) => !names.includes(name))).toEqual([]);
  });

  test.each(Object.values(EXAMPLES).flatMap((examples) => examples.map(({ line }) => line)))(
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
