import { describe, expect, it } from 'vitest';
import { interpreted, interpreterOf, readInterpreted } from '../../../src/servers/interpreted.ts';

const { binaries, argv } = interpreted({
  interpreter: 'python',
  scripts: ['uvicorn'],
  modules: ['uvicorn'],
  titles: ['uvicorn: master'],
});

describe('interpreted', () => {
  it.each(['python', 'python3', 'python3.11', 'pypy3'])('runs in %s', (binary) => {
    expect(binary).toMatch(binaries);
  });

  it.each(['pythonic', 'ruby', 'uvicorn', 'sh'])('does not run in %s', (binary) => {
    expect(binary).not.toMatch(binaries);
  });

  it.each([
    '/venv/bin/python /venv/bin/uvicorn app:app',
    'python -u -X dev /venv/bin/uvicorn',
    'python3 -m uvicorn app:app',
    'python3 -Wd -m uvicorn',
    'uvicorn: master [app]',
  ])('is %s', (line) => {
    expect(line).toMatch(argv ?? /never^/);
  });

  it.each([
    'python app.py uvicorn',
    'python -c import uvicorn',
    '/venv/bin/python /srv/uvicorn/run.py',
    'python -m uvicornlike app',
  ])('is not %s', (line) => {
    expect(line).not.toMatch(argv ?? /./);
  });
});

describe('readInterpreted', () => {
  const server = { scripts: ['uvicorn'], modules: ['uvicorn'] };

  it.each([
    ['/v/bin/python /v/bin/uvicorn app:app --workers 2', [], ['app:app', '--workers', '2']],
    ['python -B -X dev -m uvicorn app:app', ['-B', '-X', 'dev'], ['app:app']],
    ['python -u uvicorn', ['-u'], []],
  ])('reads %s', (line, options, args) => {
    expect(readInterpreted(line.split(' '), server)).toEqual({ options, args });
  });

  it.each(['python -m other uvicorn', 'python app.py uvicorn', 'uvicorn: master [app]', ''])(
    'finds nothing in "%s"',
    (line) => {
      expect(readInterpreted(line.split(' '), server)).toBeUndefined();
    },
  );
});

describe('interpreterOf', () => {
  const exe = '/usr/bin/python3.11';

  it.each([
    ['/venv/bin/python', '/venv/bin/python'],
    ['python3', 'python3'],
    ['../bin/python', exe],
    ['uvicorn: master', exe],
  ])('finds from %s', (name, found) => {
    expect(interpreterOf({ argv: [name], exe })).toBe(found);
  });
});
