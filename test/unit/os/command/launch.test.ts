import { describe, expect, it } from 'vitest';
import { launchFailure, planLaunch } from '../../../../src/os/command/launch.ts';
import type { CommandRequest } from '../../../../src/os/os.ts';

const request: CommandRequest = {
  argv: ['gunicorn', '--check-config'],
  cwd: undefined,
  env: { PATH: '/bin' },
  user: undefined,
  timeoutMs: 1000,
  maxOutputBytes: 1000,
};
const www = { uid: 33, gid: 34, name: 'www-data' };
const root = {
  uid: 0,
  setpriv: '/usr/bin/setpriv',
  knowsDeathSignal: true,
  userIsKnown: true,
};

describe('planLaunch', () => {
  it.each([
    [
      'ourselves: the command alone',
      { ...request },
      root,
      { file: 'gunicorn', args: ['--check-config'], user: undefined },
    ],
    [
      'another user: setpriv with the groups of the database',
      { ...request, user: www },
      root,
      {
        file: '/usr/bin/setpriv',
        args: ['--reuid=33', '--regid=34', '--init-groups', '--', 'gunicorn', '--check-config'],
        user: undefined,
      },
    ],
    [
      'a number without an entry in the database has no groups',
      { ...request, user: www },
      { ...root, userIsKnown: false },
      {
        file: '/usr/bin/setpriv',
        args: ['--reuid=33', '--regid=34', '--clear-groups', '--', 'gunicorn', '--check-config'],
        user: undefined,
      },
    ],
    [
      'another user without setpriv: Node changes user and group',
      { ...request, user: www },
      { ...root, setpriv: undefined },
      { file: 'gunicorn', args: ['--check-config'], user: { uid: 33, gid: 34 } },
    ],
    [
      'the user that we are: nothing to change',
      { ...request, user: www },
      { ...root, uid: 33 },
      { file: 'gunicorn', args: ['--check-config'], user: undefined },
    ],
    [
      'ending with us: setpriv, also for ourselves',
      { ...request, endsWithUs: true },
      root,
      {
        file: '/usr/bin/setpriv',
        args: ['--pdeathsig=TERM', '--', 'gunicorn', '--check-config'],
        user: undefined,
      },
    ],
    [
      'ending with us as another user: the change of user comes first',
      { ...request, endsWithUs: true, user: www },
      root,
      {
        file: '/usr/bin/setpriv',
        args: [
          ...['--reuid=33', '--regid=34', '--init-groups', '--pdeathsig=TERM'],
          ...['--', 'gunicorn', '--check-config'],
        ],
        user: undefined,
      },
    ],
    [
      'ending with us with a setpriv that cannot: the command alone',
      { ...request, endsWithUs: true },
      { ...root, knowsDeathSignal: false },
      { file: 'gunicorn', args: ['--check-config'], user: undefined },
    ],
  ])('%s', (_, asked, tools, launch) => {
    expect(planLaunch(asked, tools)).toEqual({ ...launch, env: { PATH: '/bin' } });
  });

  it('puts the shell that knows its pid between setpriv and the command', () => {
    const launch = planLaunch({ ...request, user: www, listenOn: '/run/x.sock' }, root);
    expect(launch.file).toBe('/usr/bin/setpriv');
    expect(launch.args.slice(3, 6)).toEqual(['--', '/bin/sh', '-c']);
    expect(launch.args.slice(-2)).toEqual(['gunicorn', '--check-config']);
    expect(launch.env).toEqual({ PATH: '/bin', LISTEN_FDS: '1' });
  });

  it('keeps values of the environment out of the command line, but for PWD and OLDPWD', () => {
    const env = { SECRET: 'hunter2', PWD: '/srv/app' };
    const launch = planLaunch({ ...request, env, listenOn: '/run/x.sock' }, root);
    expect(launch.args.join(' ')).not.toContain('hunter2');
    expect(launch.args).toContain('/srv/app');
  });
});

describe('launchFailure', () => {
  const asUser = planLaunch({ ...request, user: www }, root);
  const plain = planLaunch(request, root);
  const listening = planLaunch({ ...request, listenOn: '/run/x.sock' }, root);
  it.each([
    [
      'setpriv could not',
      asUser,
      127,
      'setpriv: failed to execute x: No such file\n',
      'setpriv: failed to execute x: No such file',
    ],
    [
      'the shell could not',
      listening,
      127,
      'reloadctl-launch: 5: exec: x: not found\n',
      'reloadctl-launch: 5: exec: x: not found',
    ],
    ['the command itself says 127', asUser, 127, 'sh: 1: x: not found\n', undefined],
    ['the command itself speaks of setpriv', plain, 127, 'setpriv: failed\n', undefined],
    ['it was another exit code', asUser, 1, 'setpriv: failed\n', undefined],
    ['it was killed', asUser, undefined, 'setpriv: failed\n', undefined],
  ] as const)('%s', (_, launch, code, stderr, failure) => {
    expect(launchFailure(launch, code, stderr)).toBe(failure);
  });
});
