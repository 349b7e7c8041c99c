import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProcStat } from '../../../../src/os/linux/proc-stat.ts';

/** A line of Linux 6.1 with the name and the fields that are read left open. */
function statLine(comm: string, startTicks = 200073): string {
  return `17548 (${comm}) S 17547 17546 3255 34816 17547 4194304 9000 0 0 0 41 9 0 0 20 0 11 0 ${startTicks} 1082810368 21149 18446744073709551615 1 1 0 0 0 0 0 16781312 134235650 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n`;
}

describe('parseProcStat', () => {
  it('reads the fields in the units of the kernel', () => {
    expect(parseProcStat(statLine('node'))).toEqual({
      pid: 17548,
      comm: 'node',
      state: 'S',
      ppid: 17547,
      pgid: 17546,
      sid: 3255,
      cpuTicks: 50,
      startTicks: 200073,
      rssPages: 21149,
      isKernel: false,
    });
  });

  it.each([
    ['a blank', 'tmux: server'],
    ['brackets', '(sd-pam)'],
    ['what looks like the end of the field', 'a) R 1 2 3'],
    ['an opening bracket alone', '(('],
    ['a closing bracket at the end', 'x)'],
    ['a line feed', 'a\nb) S'],
    ['nothing', ''],
    ['characters of several bytes', 'žluťoučký'],
  ])('takes a name with %s', (_, comm) => {
    expect(parseProcStat(statLine(comm, 7))).toMatchObject({ comm, state: 'S', startTicks: 7 });
  });

  it('takes any name', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 15 }), (comm) => {
        expect(parseProcStat(statLine(comm))).toMatchObject({ comm, startTicks: 200073 });
      }),
    );
  });

  it.each([
    ['an empty file', ''],
    ['no brackets', '17548 node S 1 2'],
    ['a line that was cut', '17548 (node) S 17547 17546'],
    ['no pid', statLine('node').replace('17548', 'x')],
  ])('refuses %s', (_, text) => {
    expect(parseProcStat(text)).toBeUndefined();
  });
});
