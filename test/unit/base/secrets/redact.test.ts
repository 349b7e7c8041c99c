import { describe, expect, it } from 'vitest';
import { processorMs } from '../../../rig/processor-ms.ts';
import { redactArgv, redactCommand } from '../../../../src/base/secrets/redact-command.ts';
import { redactText } from '../../../../src/base/secrets/redact-text.ts';
import { hideKnownSecrets, rememberSecret } from '../../../../src/base/secrets/known-secrets.ts';
import { isSecretName } from '../../../../src/base/secrets/secret-name.ts';
import { redactUrls } from '../../../../src/base/secrets/redact-urls.ts';

describe('redactUrls', () => {
  it.each([
    ['http://admin:hunter2@127.0.0.1:9001/x', 'http://admin:***@127.0.0.1:9001/x'],
    ['postgresql://u:p@ss@db/users', 'postgresql://u:***@db/users'],
    ['redis://:secret@cache:6379', 'redis://:***@cache:6379'],
    ['http://127.0.0.1:9001/a@b', 'http://127.0.0.1:9001/a@b'],
    ['mail me at a:b@c', 'mail me at a:b@c'],
    ['http://u:pa/ss@h:1/x', 'http://u:***@h:1/x'],
    ['http://u:a@b/c@@h:9', 'http://u:***@h:9'],
    ['mysql://a:%40b%2F@h/', 'mysql://a:***@h/'],
    [`amqp://u:${'x'.repeat(5000)}@h/v`, 'amqp://u:***@h/v'],
    ['jdbc:postgresql://u:pw@h/x', 'jdbc:postgresql://u:***@h/x'],
    ['https://ghp_abcdefghijklmnopqrst@github.com/x', 'https://***@github.com/x'],
    ['http://admin@host/', 'http://admin@host/'],
    ["'http://u:pw@h', 'http://v:pw@h'", "'http://u:***@h', 'http://v:***@h'"],
    ['http://a:1/,http://u:pw@h', 'http://a:1/,http://u:***@h'],
    [`http://u:pa"ss@h`, 'http://u:***@h'],
    ['http://localhost:8000/p?mail=a@b', 'http://localhost:8000/p?mail=a@b'],
    ['http://[::1]:8000/a@b', 'http://[::1]:8000/a@b'],
  ])('shows %j as %j', (text, expected) => {
    expect(redactUrls(text)).toBe(expected);
  });

  it('takes time in proportion to the text, even when it is hostile', () => {
    const takenMs = processorMs(() => {
      redactUrls('a'.repeat(200_000) + '://' + 'b:'.repeat(50_000));
    });
    expect(takenMs).toBeLessThan(2_000);
  });
});

describe('redactText', () => {
  it.each([
    ['password=pw', 'password=***'],
    ['the line "password: pw x"', 'the line "password: *** x"'],
    [`{"token": "a b", "x": 1}`, `{"token": "***", "x": 1}`],
    [`environment=A="1",DB_PASSWORD="a,b c"`, `environment=A="1",DB_PASSWORD="***"`],
    [`sh -c "KEY=1 run --auth-token pw; x"`, `sh -c "KEY=1 run --auth-token ***; x"`],
    [`'password pw\\n'`, `'password ***\\n'`],
    ['{SHA}da39a3ee5e6b4b0d3255', '{SHA}***'],
    ['Authorization: Bearer abcdef.ghi', 'Authorization: *** ***'],
    ['-H "X: Basic dXNlcjpwYXNz"', '-H "X: Basic ***"'],
    ['mysql -uroot -ppw1 db', 'mysql -uroot -p*** db'],
    ['reloadctl -u me -p pw status', 'reloadctl -u me -p *** status'],
    ['host=h password=pw&sslmode=on', 'host=h password=***&sslmode=on'],
    ["unknown option '--pasword=pw'", "unknown option '--pasword=***'"],
    ['set username and password, or use', 'set username and password, or use'],
    ['the password: it has to be', 'the password: it has to be'],
    ['gunicorn -p8000 -p/run/x.pid', 'gunicorn -p8000 -p/run/x.pid'],
    ['token_file=/run/t', 'token_file=/run/t'],
    ['PWD=/srv/app', 'PWD=/srv/app'],
  ])('shows %j as %j', (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it.each(['password="', '--token ', 'a=', 'http://u:', '-p ', 'password ', '"', 'Basic '])(
    'takes time in proportion to the text, also to many of %j',
    (piece) => {
      const takenMs = processorMs(() => {
        redactText(piece.repeat(200_000 / piece.length));
      });
      expect(takenMs).toBeLessThan(2_000);
    },
  );
});

describe('hideKnownSecrets', () => {
  it('hides what was read as a secret wherever it stands, the longest first, and no ordinary words', () => {
    for (const value of ['Xy-123456', 'Xy-123456789', 'usercenter', '1234567', 'aB1']) {
      rememberSecret(value);
    }
    expect(hideKnownSecrets('a Xy-123456789b, Xy-123456; usercenter 1234567 aB1')).toBe(
      'a ***b, ***; usercenter 1234567 aB1',
    );
  });
});

describe('isSecretName', () => {
  it.each([
    'DB_PASSWORD',
    '--api-token',
    'pasword',
    'SECRET_KEY',
    'requirepass',
    'db.dsn',
    'x-auth',
  ])('%s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });
  it.each(['PWD', 'token-file', 'author', 'key', 'compass', 'bypass', 'PASSWORD_FILE', 'keyfile'])(
    'not %s',
    (name) => {
      expect(isSecretName(name)).toBe(false);
    },
  );
});

describe('redactArgv', () => {
  it.each([
    [
      ['mysqldump', '-uroot', '-phunter2'],
      ['mysqldump', '-uroot', '-p***'],
    ],
    [
      ['tool', '-p', 'hunter2'],
      ['tool', '-p', '***'],
    ],
    [
      ['tool', '-p', '8000', '-p', '127.0.0.1:1', '-p8080'],
      ['tool', '-p', '8000', '-p', '127.0.0.1:1', '-p8080'],
    ],
    [
      ['gunicorn', '-p', 'app.pid'],
      ['gunicorn', '-p', 'app.pid'],
    ],
    [
      ['curl', '-u', 'me:pw', '-H', 'Authorization: Bearer abcdefg'],
      ['curl', '-u', 'me:***', '-H', 'Authorization: *** ***'],
    ],
    [
      ['redis-cli', '-a', 'pw'],
      ['redis-cli', '-a', '***'],
    ],
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
    const takenMs = processorMs(() => {
      redactCommand(`"'`.repeat(100_000) + 'x'.repeat(100_000));
    });
    expect(takenMs).toBeLessThan(2_000);
  });
});
