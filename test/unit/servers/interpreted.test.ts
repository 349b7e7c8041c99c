import { describe, expect, it } from 'vitest';
import { interpreted } from '../../../src/servers/interpreted.ts';

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
