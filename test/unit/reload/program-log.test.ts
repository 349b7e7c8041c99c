import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { extractCause, ProgramLog } from '../../../src/reload/program-log.ts';
import { FakeOs } from '../../fake/fake-os.ts';
import { Site } from '../../fake/site.ts';
import { FakeSupervisor } from '../../fake/supervisord/api.ts';

/** What real gunicorns wrote about code that does not boot. */
const readLog = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'boot-logs', `${name}.txt`), 'utf8');

describe('extractCause', () => {
  it.each([
    [
      'import-error-20.1',
      /\[ERROR\] Exception in worker process$/,
      "ModuleNotFoundError: No module named 'missing_dependency'",
      ['File "/srv/app/wsgi.py", line 2, in <module>', 'import missing_dependency'],
    ],
    [
      'syntax-error-27.0',
      /\[ERROR\] Exception in worker process$/,
      "SyntaxError: '[' was never closed",
      ['File "/srv/app/wsgi.py", line 2', 'return ['],
    ],
    [
      // After it the master tells of its own end with two more tracebacks.
      'no-module-27.0',
      /\[ERROR\] Exception in worker process$/,
      "ModuleNotFoundError: No module named 'wsgi'",
      [],
    ],
    [
      'direct-cause-20.1',
      /\[ERROR\] Exception in worker process$/,
      'RuntimeError: no database configured',
      ["KeyError: 'DATABASE_URL'", 'raise RuntimeError("no database configured") from error'],
    ],
    [
      'during-handling-27.0',
      /\[ERROR\] Exception in worker process$/,
      'ZeroDivisionError: division by zero',
      ["KeyError: 'DATABASE_URL'", 'return 1 / 0'],
    ],
    [
      'configuration-20.1',
      /^Traceback \(most recent call last\):$/,
      "ValueError: invalid literal for int() with base 10: 'four'",
      ['File "/srv/app/gunicorn.conf.py", line 1, in <module>'],
    ],
  ])('finds in %s what the application says', (name, first, last, between) => {
    const lines = extractCause(readLog(name)).split('\n');
    expect(lines[0]).toMatch(first);
    expect(lines.at(-1)).toBe(last);
    for (const line of between) expect(lines.map((text) => text.trim())).toContain(line);
    expect(lines.join('\n')).not.toContain('HaltServer');
  });

  it('passes over the tracebacks of a master that halts where there is no other', () => {
    const lines = extractCause(readLog('no-attribute-20.1')).split('\n');
    expect(lines).toContain("Failed to find attribute 'app' in 'wsgi'.");
    expect(lines.join('\n')).not.toMatch(/HaltServer|Traceback|During handling|arbiter\.py/);
  });

  it('gives the last lines where nobody raised', () => {
    const lines = extractCause(readLog('exits-27.0')).split('\n');
    expect(lines.at(-1)).toBe('settings are incomplete');
  });

  it('gives the last traceback of several that are not about each other', () => {
    const log = ['First', 'Second'].map(
      (name) => `Traceback (most recent call last):\n  File "x"\n${name}Error: no\n`,
    );
    expect(extractCause(log.join('\n'))).toBe(
      'Traceback (most recent call last):\n  File "x"\nSecondError: no',
    );
  });

  it('keeps a traceback that was cut short at the end', () => {
    expect(extractCause('Traceback (most recent call last):\n  File "x"')).toBe(
      'Traceback (most recent call last):\n  File "x"',
    );
  });

  it('keeps both ends of what is long', () => {
    const frames = Array.from({ length: 100 }, (_, index) => `  File "${index}"`);
    const lines = extractCause(
      ['Traceback (most recent call last):', ...frames, 'RecursionError: deep'].join('\n'),
    ).split('\n');
    expect(lines).toHaveLength(40);
    expect(lines.slice(9, 12)).toEqual(['  File "8"', '  …', '  File "72"']);
    expect(lines.at(-1)).toBe('RecursionError: deep');
  });

  it('says nothing about nothing', () => {
    expect(extractCause('\n \n')).toBe('');
  });
});

const LOG = '/var/log/usercenter.log';

function open(files: readonly string[], viaSupervisor = false): { site: Site; log: ProgramLog } {
  const site = new Site();
  const execution = { argv: ['reloadctl'], env: {}, cwd: '/' };
  const me = site.kernel.spawn(site.kernel.init, execution, () => undefined);
  const supervisor = new FakeSupervisor(site.kernel, site.supervisord, site.wire, () => false);
  const log = new ProgramLog(new FakeOs(site.machine, me), {
    files: files.map((path) => ({ path, rights: 'ours' as const })),
    supervisor: viaSupervisor ? supervisor : undefined,
    supervisorName: viaSupervisor ? 'usercenter:usercenter' : undefined,
  });
  return { site, log };
}

describe('ProgramLog', () => {
  it('reads what was written after the mark', async () => {
    const { site, log } = open([LOG]);
    site.kernel.files.append(LOG, 'before\n');
    await site.clock.run(log.mark());
    site.kernel.files.append(LOG, 'after\n');
    expect(await site.clock.run(log.readSinceMark())).toBe('after');
  });

  it('reads a file that was rotated meanwhile from its beginning', async () => {
    const { site, log } = open([LOG]);
    site.kernel.files.append(LOG, 'a long line that was there before\n');
    await site.clock.run(log.mark());
    site.kernel.files.write(LOG, 'fresh\n');
    expect(await site.clock.run(log.readSinceMark())).toBe('fresh');
  });

  it('asks the supervisor where it may not read the file itself', async () => {
    const { site, log } = open(['/var/log/secret.log'], true);
    site.kernel.files.append(LOG, 'before\n');
    await site.clock.run(log.mark());
    site.kernel.files.append(LOG, 'after\n');
    expect(await site.clock.run(log.readSinceMark())).toBe('after');
  });

  it('says nothing where nobody can tell', async () => {
    const { site, log } = open([]);
    await site.clock.run(log.mark());
    expect(await site.clock.run(log.readSinceMark())).toBe('');
  });
});
