import { describe, expect, it } from 'vitest';
import { Report } from '../../../../src/commands/supervisorctl/report.ts';
import { fakeSurroundings, type FakeSurroundings } from './fake-surroundings.ts';

function story(surroundings: FakeSurroundings): number {
  const report = new Report(surroundings, 'clear');
  report.done('a', 'cleared');
  report.failed('b: ERROR (no such process)', 1, 'b');
  report.failed('already', 0);
  report.done(undefined, 'Shut down');
  return report.end({ more: 1 });
}

describe('Report', () => {
  it('prints lines and exits with the last failure', () => {
    const surroundings = fakeSurroundings({});
    expect(story(surroundings)).toBe(1);
    expect(surroundings.printed).toEqual([
      'a: cleared',
      'b: ERROR (no such process)',
      'already',
      'Shut down',
    ]);
  });

  it('prints what went wrong and nothing else with --quiet', () => {
    const surroundings = fakeSurroundings({}, { quiet: true });
    expect(story(surroundings)).toBe(1);
    expect(surroundings.printed).toEqual(['b: ERROR (no such process)', 'already']);
  });

  it('prints an event a line with --json', () => {
    const surroundings = fakeSurroundings({}, { json: true, quiet: true });
    expect(story(surroundings)).toBe(1);
    expect(surroundings.printed.map((line) => JSON.parse(line) as unknown)).toEqual([
      { event: 'done', name: 'a', what: 'cleared' },
      { event: 'error', name: 'b', message: 'b: ERROR (no such process)', exitCode: 1 },
      { event: 'error', message: 'already', exitCode: 0 },
      { event: 'done', what: 'Shut down' },
      { event: 'result', outcome: 'failed', exitCode: 1, action: 'clear', more: 1 },
    ]);
  });

  it('lets the last failure decide', () => {
    const report = new Report(fakeSurroundings({}), 'signal');
    report.failed('a', 7);
    report.failed('b', 1);
    report.failed('c', 0);
    report.done('d', 'signalled');
    expect(report.exitCode).toBe(1);
  });

  it('escapes what the supervisor says, but keeps its lines', () => {
    const surroundings = fakeSurroundings({});
    const report = new Report(surroundings, 'reread');
    report.done('a\u001b[1m', 'x');
    report.failed('ERROR: one\n\ttwo\u0007', 1);
    expect(surroundings.printed).toEqual(['a\\x1b[1m: x', 'ERROR: one\n\ttwo\\x07']);
  });

  it.each([
    [[], undefined, []],
    [['  '], undefined, []],
    [['x'], 1, ['Error: avail accepts no arguments', 'help']],
  ])('refuses arguments %j', (args, code, printed) => {
    const surroundings = fakeSurroundings({});
    expect(new Report(surroundings, 'avail').refuseArguments(args, ['help'])).toBe(code);
    expect(surroundings.printed).toEqual(printed);
  });
});
