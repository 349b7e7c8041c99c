import { describe, expect, it } from 'vitest';
import { Report } from '../../../../src/commands/supervisorctl/report.ts';
import { fakeDeps, type FakeDeps } from './fake-deps.ts';

function story(deps: FakeDeps): number {
  const report = new Report(deps, 'clear');
  report.done('a', 'cleared');
  report.failed('b: ERROR (no such process)', 1, 'b');
  report.failed('already', 0);
  report.done(undefined, 'Shut down');
  return report.end({ more: 1 });
}

describe('Report', () => {
  it('prints lines and exits with the last failure', () => {
    const deps = fakeDeps({});
    expect(story(deps)).toBe(1);
    expect(deps.printed).toEqual([
      'a: cleared',
      'b: ERROR (no such process)',
      'already',
      'Shut down',
    ]);
  });

  it('prints what went wrong and nothing else with --quiet', () => {
    const deps = fakeDeps({}, { quiet: true });
    expect(story(deps)).toBe(1);
    expect(deps.printed).toEqual(['b: ERROR (no such process)', 'already']);
  });

  it('prints an event a line with --json', () => {
    const deps = fakeDeps({}, { json: true, quiet: true });
    expect(story(deps)).toBe(1);
    expect(deps.printed.map((line) => JSON.parse(line) as unknown)).toEqual([
      { event: 'done', name: 'a', what: 'cleared' },
      { event: 'error', name: 'b', message: 'b: ERROR (no such process)', exitCode: 1 },
      { event: 'error', message: 'already', exitCode: 0 },
      { event: 'done', what: 'Shut down' },
      { event: 'result', outcome: 'failed', exitCode: 1, action: 'clear', more: 1 },
    ]);
  });

  it('lets the last failure decide', () => {
    const report = new Report(fakeDeps({}), 'signal');
    report.failed('a', 7);
    report.failed('b', 1);
    report.failed('c', 0);
    report.done('d', 'signalled');
    expect(report.exitCode).toBe(1);
  });

  it('escapes what the supervisor says, but keeps its lines', () => {
    const deps = fakeDeps({});
    const report = new Report(deps, 'reread');
    report.done('a\u001b[1m', 'x');
    report.failed('ERROR: one\n\ttwo\u0007', 1);
    expect(deps.printed).toEqual(['a\\x1b[1m: x', 'ERROR: one\n\ttwo\\x07']);
  });

  it.each([
    [[], undefined, []],
    [['  '], undefined, []],
    [['x'], 1, ['Error: avail accepts no arguments', 'help']],
  ])('refuses arguments %j', (args, code, printed) => {
    const deps = fakeDeps({});
    expect(new Report(deps, 'avail').refuseArguments(args, ['help'])).toBe(code);
    expect(deps.printed).toEqual(printed);
  });
});
