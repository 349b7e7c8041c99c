import { expect, test, vi } from 'vitest';
import { Interruption } from '../../../src/reload/interruption.ts';
import { codeOf, readPage, sectionOf, tableRows } from './support/markdown.ts';

// The build puts it in.
vi.stubGlobal('__VERSION__', '0.0.0-test');
const { buildProgram } = await import('../../../src/commands/program.ts');

test('docs/run.md has the options of run', () => {
  const program = buildProgram({ exitCode: 0 }, { interruption: () => new Interruption() });
  const run = program.commands.find((command) => command.name() === 'run');
  const rows = tableRows(sectionOf(readPage('docs/run.md'), 'Options'));
  const told = rows.map(([cell = '']) => codeOf(cell)[0]?.split(' ')[0]);
  expect(told.sort()).toEqual(run?.options.map(({ long }) => long).sort());
});
