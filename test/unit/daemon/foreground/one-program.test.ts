import { describe, expect, test } from 'vitest';
import { splitCommand } from '../../../../src/config/split-command.ts';
import {
  configureOneProgram,
  type OneProgram,
} from '../../../../src/daemon/foreground/one-program.ts';

const PLAIN: OneProgram = {
  name: 'web',
  words: ['gunicorn', 'app:app'],
  directory: '/srv/app/current',
  stopSignal: undefined,
  stopWait: undefined,
  socket: undefined,
  type: undefined,
  reloadSignal: undefined,
  environment: {},
  controlSocket: undefined,
};

const programOf = (
  change: Partial<OneProgram> = {},
): ReturnType<typeof configureOneProgram>['groups'][number]['programs'][number] => {
  const [group, ...more] = configureOneProgram({ ...PLAIN, ...change }).groups;
  const program = group?.programs[0];
  if (program === undefined || more.length > 0) throw new Error('not one program');
  return program;
};

describe('configureOneProgram', () => {
  test('a program that is started once, and by nobody but us', () => {
    expect(programOf()).toMatchObject({
      name: 'web',
      group: 'web',
      section: 'web',
      directory: '/srv/app/current',
      autostart: false,
      autorestart: false,
      startsecs: 0,
      startretries: 0,
      stopsignal: 'SIGTERM',
      isStopwaitSet: false,
      stdout: { target: { kind: 'none' } },
    });
  });

  test.each([
    [['a b', "it's", '"x"', '\\', '', '%(here)s', ';', '#', 'ü\n', '-c']],
    [['$HOME', '`id`', '*', '\t']],
  ])('words stay what they are: %j', (words) => {
    const { command } = programOf({ words: ['cmd', ...words] });
    expect(splitCommand(command)).toEqual({ ok: true, value: ['cmd', ...words] });
  });

  test('options become settings', () => {
    const program = programOf({
      stopSignal: 'QUIT',
      stopWait: '30',
      socket: 'off',
      reloadSignal: 'USR1',
      type: 'custom',
    });
    expect(program).toMatchObject({
      stopsignal: 'SIGQUIT',
      stopwaitsecs: 30,
      isStopwaitSet: true,
      settings: { socket: false, reloadSignal: 'SIGUSR1', type: 'custom' },
    });
  });

  test('the control socket is the only server', () => {
    expect(configureOneProgram(PLAIN).httpServers).toEqual([]);
    const { httpServers } = configureOneProgram({ ...PLAIN, controlSocket: '/run/x%y/s' });
    expect(httpServers).toMatchObject([{ kind: 'unix', file: '/run/x%y/s', chmod: 0o700 }]);
  });

  test.each([
    [{ stopSignal: 'NOPE' }, '--stop-signal NOPE: there is no such signal'],
    [{ stopWait: 'x' }, '--stop-wait x: not a number of seconds'],
    [{ stopWait: '1\n[program:y]' }, '--stop-wait 1\n[program:y]: not a number of seconds'],
    [{ socket: 'nowhere' }, '--socket nowhere: not an address'],
    [{ reloadSignal: 'KILLL' }, '--reload-signal KILLL: not a signal that could reload anything'],
  ])('refuses %j', (change, message) => {
    expect(() => configureOneProgram({ ...PLAIN, ...change })).toThrow(
      expect.objectContaining({ message, code: 'usage', exitCode: 2 }),
    );
  });
});
