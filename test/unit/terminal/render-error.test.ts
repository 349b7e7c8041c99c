import { describe, expect, it } from 'vitest';
import { ReloadctlError } from '../../../src/base/errors.ts';
import { errorToJson, renderError } from '../../../src/terminal/render-error.ts';
import { createTheme } from '../../../src/terminal/theme.ts';
import { PLAIN } from './recorder.ts';

const view = { theme: PLAIN, width: 60, debug: false };
const refused = new ReloadctlError('http://u:pw@127.0.0.1:9001 refused connection', {
  code: 'supervisor-refused',
  exitCode: 1,
  hint: 'Is supervisord running? Another address can be given with `-s URL`.',
});

describe('renderError', () => {
  it('tells the message on one line and the hint below', () => {
    expect(renderError(refused, view)).toEqual([
      'reloadctl: http://u:***@127.0.0.1:9001 refused connection',
      '  Is supervisord running? Another address can be given with',
      '  `-s URL`.',
    ]);
  });

  it('escapes what came from outside', () => {
    const error = new ReloadctlError('fault: \u001b[2J\nx', {
      code: 'supervisor-fault',
      exitCode: 1,
    });
    expect(renderError(error, view)).toEqual(['reloadctl: fault: \\x1b[2J\\x0ax']);
  });

  it('colours only its own name', () => {
    const theme = createTheme({ color: true, unicode: true });
    expect(renderError(refused, { ...view, theme })[0]).toBe(
      '\u001b[31mreloadctl:\u001b[39m http://u:***@127.0.0.1:9001 refused connection',
    );
  });

  it('calls anything else a bug, in one line', () => {
    expect(renderError(new TypeError('x is\nundefined'), view)).toEqual([
      'reloadctl: internal error, please report it: TypeError: x is\\x0aundefined',
      '  RELOADCTL_DEBUG=1 shows where it came from.',
    ]);
    expect(renderError('text', view)[0]).toBe('reloadctl: internal error, please report it: text');
    expect(renderError({ a: 1 }, view)[0]).toBe(
      'reloadctl: internal error, please report it: thrown object',
    );
  });

  it('shows the stack and the causes only for debugging', () => {
    const cause = new Error('the root');
    const error = new ReloadctlError('above', { code: 'internal', exitCode: 1, cause });
    const lines = renderError(error, { ...view, debug: true });
    expect(lines[0]).toBe('reloadctl: above');
    expect(lines).toContain('  Error: the root');
    expect(lines.some((line) => line.includes('render-error.test'))).toBe(true);
    expect(renderError(error, view)).toHaveLength(1);
  });

  it('survives causes that go round in a ring', () => {
    const error = new Error('ring');
    error.cause = error;
    expect(renderError(error, { ...view, debug: true }).length).toBeGreaterThan(1);
  });
});

describe('errorToJson', () => {
  it('carries the stable code and the exit code', () => {
    expect(errorToJson(refused)).toMatchObject({
      event: 'error',
      code: 'supervisor-refused',
      exitCode: 1,
    });
    expect(errorToJson(new Error('x'))).toEqual({
      event: 'error',
      code: 'internal',
      message: 'Error: x',
      exitCode: 1,
    });
  });
});
