import { expect, test } from 'vitest';
import { parseProgramStates } from '../../../rig/site/supervisor-state.ts';

const member = (name: string, value: string): string =>
  `<member>\n<name>${name}</name>\n<value>${value}</value>\n</member>\n`;
const program = (name: string, state: string, pid: number): string =>
  `<value><struct>\n${member('name', `<string>${name}</string>`)}${member('group', '<string>g</string>')}${member('statename', `<string>${state}</string>`)}${member('pid', `<int>${pid}</int>`)}</struct></value>`;

test('reads the programs from an answer of supervisord', () => {
  const xml = `<methodResponse><params><param><value><array><data>${program('a', 'RUNNING', 12)}${program('b', 'FATAL', 0)}</data></array></value></param></params></methodResponse>`;
  expect(parseProgramStates(xml)).toEqual([
    { name: 'a', group: 'g', state: 'RUNNING', pid: 12 },
    { name: 'b', group: 'g', state: 'FATAL', pid: 0 },
  ]);
});

test('no programs', () => {
  expect(parseProgramStates('<methodResponse/>')).toEqual([]);
});
