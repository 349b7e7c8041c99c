import { describe, expect, test, vi } from 'vitest';
import { synopsisOf } from '../../../src/commands/records/command-record.ts';
import { COMMANDS } from '../../../src/commands/records/commands.ts';
import { Interruption } from '../../../src/reload/interruption.ts';
import { codeOf, readPage, sectionOf, tableRows } from './support/markdown.ts';

// The build puts it in.
vi.stubGlobal('__VERSION__', '0.0.0-test');
const { buildProgram } = await import('../../../src/commands/program.ts');

const program = buildProgram({ exitCode: 0 }, { interruption: () => new Interruption() });
const page = readPage('docs/commands.md');
const section = sectionOf(page, 'Commands');

/** 'reload [TARGET...]' is about the command reload. */
const wordOf = (code: string): string => code.split(' ')[0] ?? '';

const isOption = (code: string): boolean => code.startsWith('-');

const commandsOfProgram: readonly string[] = [
  // What begins with '__' is for scripts of our own.
  ...program.commands.map((command) => command.name()).filter((name) => !name.startsWith('__')),
];

/** The options of some commands by their long and short names, without their values. */
function optionsOf(names: readonly string[]): ReadonlySet<string> {
  const commands = program.commands.filter((command) => names.includes(command.name()));
  return new Set(
    commands
      .flatMap(({ options }) => options.flatMap(({ long, short }) => [long, short]))
      .filter((name) => name !== undefined),
  );
}

/** A table of the section by the words in its first heading. */
function tableOf(heading: RegExp): ReadonlyArray<readonly string[]> {
  const tables = section.prose.split('\n\n').filter((block) => block.startsWith('|'));
  const table = tables.find((block) => heading.test(block.split('\n')[0] ?? ''));
  if (table === undefined) throw new Error(`docs/commands.md has no table ${String(heading)}`);
  return tableRows({ ...section, prose: table });
}

describe('docs/commands.md and the program', () => {
  test('every command of the table is one of the program', () => {
    const rows = tableOf(/^\| command/).map(([cell = '']) => wordOf(codeOf(cell)[0] ?? ''));
    expect(rows).not.toEqual([]);
    expect(rows.filter((name) => !commandsOfProgram.includes(name))).toEqual([]);
  });

  test('the rows of the table say what the records say, and perhaps more after a semicolon', () => {
    const shown = COMMANDS.map((record) => {
      const words = synopsisOf(record).replace(/^\[(?:options|--[\w-]+)\] ?/, '');
      return [`${record.name} ${words.replaceAll(/[<>]/g, '')}`.trim(), record.description];
    });
    const wrong = tableOf(/^\| command/).filter(([cell = '', does = '']) => {
      const [use] = codeOf(cell);
      return !shown.some(
        ([words = '', description = '']) =>
          words === use && (does === description || does.startsWith(`${description}; `)),
      );
    });
    expect(wrong, 'write the record of the command into its row').toEqual([]);
  });

  test('every command of the program is told of', () => {
    const named = codeOf(section.prose).map(wordOf);
    const missing = commandsOfProgram.filter((name) => !named.includes(name));
    expect(missing, 'add a row to the table of commands in docs/commands.md').toEqual([]);
  });

  test('every option of the tables is one of the program', () => {
    const ofReload = tableOf(/^\| option of/).flatMap(([cell = '']) => codeOf(cell).map(wordOf));
    const known = optionsOf(['reload', 'restart', 'plan']);
    expect(ofReload.filter((name) => !known.has(name))).toEqual([]);
    const inRows = tableOf(/^\| command/).flatMap((cells) =>
      codeOf(cells[1] ?? '').filter(isOption),
    );
    const all = optionsOf(commandsOfProgram);
    expect(inRows.map(wordOf).filter((name) => !all.has(name))).toEqual([]);
  });

  test('every option of reload, restart and plan is in the table', () => {
    const named = tableOf(/^\| option of/).flatMap(([cell = '']) => codeOf(cell).map(wordOf));
    const known = [...optionsOf(['reload', 'restart', 'plan'])];
    expect(known.filter((name) => !named.includes(name))).toEqual([]);
  });

  test('the global options are those of the program', () => {
    const named = tableOf(/^\| global option/).flatMap(([cell = '']) => codeOf(cell).map(wordOf));
    const known = program.options
      .flatMap(({ long, short }) => [long, short])
      .filter((name) => name !== undefined && name !== '--version' && name !== '-V');
    expect([...named].sort()).toEqual([...known].sort());
  });
});

test('README.md names commands of the program by what they are for', () => {
  const rows = tableRows(sectionOf(readPage('README.md'), 'Commands'));
  const named = rows.flatMap((cells) => codeOf(cells[1] ?? ''));
  expect(named).toContain('reload');
  expect(named.filter((name) => !commandsOfProgram.includes(name))).toEqual([]);
});
