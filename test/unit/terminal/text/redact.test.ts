import { describe, expect, it } from 'vitest';
import { redactArgv, redactCommand, redactUrls } from '../../../../src/terminal/text/redact.ts';

describe('redactUrls', () => {
  it.each([
    ['http://admin:hunter2@127.0.0.1:9001/x', 'http://admin:***@127.0.0.1:9001/x'],
    ['postgresql://u:p@ss@db/users', 'postgresql://u:***@db/users'],
    ['redis://:secret@cache:6379', 'redis://:***@cache:6379'],
    ['http://127.0.0.1:9001/a@b', 'http://127.0.0.1:9001/a@b'],
    ['mail me at a:b@c', 'mail me at a:b@c'],
  ])('shows %j as %j', (text, expected) => {
    expect(redactUrls(text)).toBe(expected);
  });

  it('takes time in proportion to the text, even when it is hostile', () => {
    const started = performance.now();
    redactUrls('a'.repeat(200_000) + '://' + 'b:'.repeat(50_000));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('redactArgv', () => {
  it.each([
    [
      ['gunicorn', '-w', '4', 'app:app'],
      ['gunicorn', '-w', '4', 'app:app'],
    ],
    [
      ['-e', 'KEY=abc'],
      ['-e', 'KEY=***'],
    ],
    [
      ['--env', 'KEY=abc'],
      ['--env', 'KEY=***'],
    ],
    [['--env=KEY=abc'], ['--env=KEY=***']],
    [['-eKEY=abc'], ['-eKEY=***']],
    [['--db-password=abc'], ['--db-password=***']],
    [['API_KEY=abc'], ['API_KEY=***']],
    [
      ['--statsd', 'http://u:p@h'],
      ['--statsd', 'http://u:***@h'],
    ],
    [
      ['--db-password', 'abc', '--token', '-v', '--token-file', '/run/token'],
      ['--db-password', '***', '--token', '-v', '--token-file', '/run/token'],
    ],
    [
      ['-e', 'file.py'],
      ['-e', 'file.py'],
    ],
  ])('shows %j as %j', (argv, expected) => {
    expect(redactArgv(argv)).toEqual(expected);
  });
});

describe('redactCommand', () => {
  it.each([
    ['gunicorn  -w 4 -e KEY="a b"', 'gunicorn  -w 4 -e KEY=***'],
    ['worker --password "a b" -v', 'worker --password *** -v'],
    [
      `sh -c "API_KEY=a exec python -m worker --token 'x y'"`,
      `sh -c "API_KEY=*** exec python -m worker --token ***"`,
    ],
    [`echo "unfinished --password=a`, `echo "unfinished --password=***`],
    ['', ''],
  ])('shows %j as %j', (text, expected) => {
    expect(redactCommand(text)).toBe(expected);
  });

  it('takes time in proportion to the text, even when it is hostile', () => {
    const started = performance.now();
    redactCommand(`"'`.repeat(100_000) + 'x'.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
