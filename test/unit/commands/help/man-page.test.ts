import { expect, test, vi } from 'vitest';
import { COMMANDS } from '../../../../src/commands/records/commands.ts';
import { Interruption } from '../../../../src/reload/interruption.ts';

// The build puts it in.
vi.stubGlobal('__VERSION__', '0.0.0-test');
const { renderManPage } = await import('../../../../src/commands/help/man-page.ts');
const { buildProgram } = await import('../../../../src/commands/program.ts');

const program = buildProgram({ exitCode: 0 }, { interruption: () => new Interruption() });
const lines = renderManPage(COMMANDS);

test('has every command and every option', () => {
  const plain = lines.map((line) => line.replaceAll('\\-', '-'));
  for (const command of program.commands.filter((each) => !each.name().startsWith('__'))) {
    expect(plain.some((line) => line.startsWith(`.SS ${command.name()}`))).toBe(true);
    for (const { flags } of command.options) expect(plain).toContain(`.B ${flags}`);
  }
});

test('has no line that roff could take for a request, and no bare minus sign in what is copied', () => {
  const texts = lines.filter((line) => !/^\.(TH|SH|SS|PP|TP|nh|B|I|RI|BR)( |$)/.test(line));
  expect(texts.filter((line) => /^[.']/.test(line))).toEqual([]);
  expect(lines.filter((line) => line.startsWith('.B ') && /(?<!\\)-/.test(line))).toEqual([]);
});
