import { describe, expect, it } from 'vitest';
import {
  parseDisposition,
  parseEnvironment,
  splitStrings,
} from '../../../../src/os/linux/process-details.ts';

describe('parseDisposition', () => {
  it('reads the masks of a gunicorn master', () => {
    const status = [
      'Name:\tSigCgt:\tffffffffffffffff',
      'SigQ:\t0/96125',
      'SigPnd:\t0000000000000000',
      'ShdPnd:\t0000000000000000',
      'SigBlk:\t0000000000000200',
      'SigIgn:\t0000000001001000',
      'SigCgt:\t0000000008314a07',
      '',
    ].join('\n');
    const { caught, ignored, blocked } = parseDisposition(status);
    expect([...caught].sort()).toEqual(
      [
        'SIGCHLD',
        'SIGHUP',
        'SIGINT',
        'SIGQUIT',
        'SIGTERM',
        'SIGTTIN',
        'SIGTTOU',
        'SIGUSR1',
        'SIGUSR2',
        'SIGWINCH',
      ].sort(),
    );
    expect([...ignored].sort()).toEqual(['SIGPIPE', 'SIGXFSZ']);
    expect([...blocked]).toEqual(['SIGUSR1']);
  });

  it('takes a status without masks as one without signals', () => {
    expect(parseDisposition('Name:\tx\n').caught.size).toBe(0);
  });
});

describe('splitStrings', () => {
  it.each([
    ['', []],
    ['gunicorn\0app:app\0', ['gunicorn', 'app:app']],
    ['cmd\0\0', ['cmd', '']],
    ['\0', ['']],
    ['gunicorn: master [app]', ['gunicorn: master [app]']],
  ])('%j', (text, strings) => {
    expect(splitStrings(text)).toEqual(strings);
  });
});

describe('parseEnvironment', () => {
  it.each([
    ['the simple case', 'A=1\0B=\0', { A: '1', B: '' }],
    ['equals signs in the value', 'A=b=c\0', { A: 'b=c' }],
    ['a line feed in the value', 'A=b\nC=d\0', { A: 'b\nC=d' }],
    ['a name that comes twice, as getenv(3) does', 'A=1\0A=2\0', { A: '1' }],
    ['strings that are no variable', 'junk\0=x\0A=1\0', { A: '1' }],
    ['nothing', '', {}],
  ])('reads %s', (_, text, variables) => {
    expect(parseEnvironment(text)).toEqual(variables);
  });

  it('takes __proto__ for a name like any other', () => {
    expect(Object.entries(parseEnvironment('__proto__=x\0'))).toEqual([['__proto__', 'x']]);
  });
});
