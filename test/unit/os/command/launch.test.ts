import { describe, expect, it } from 'vitest';
import { launchFailure, planLaunch } from '../../../../src/os/command/launch.ts';
import type { CommandRequest } from '../../../../src/os/os.ts';

const request: CommandRequest = {
  argv: ['gunicorn', '--check-config'],
  cwd: undefined,
  env: { PATH: '/bin' },
  rights: 'ours',
  timeoutMs: 1000,
  maxOutputBytes: 1000,
};
const www = { uid: 33, gid: 34, groups: [34, 4], name: 'www-data' };
const root = { uid: 0, setpriv: '/usr/bin/setpriv', knowsDeathSignal: true };

describe('planLaunch for ourselves', () => {
  it.each([
    ['the command alone', { ...request }, root, ['gunicorn', '--check-config']],
    [
      'the user that we are: nothing to change',
      { ...request, rights: www },
      { ...root, uid: 33 },
      ['gunicorn', '--check-config'],
    ],
    [
      'ending with us: setpriv',
      { ...request, endsWithUs: true },
      root,
      ['/usr/bin/setpriv', '--pdeathsig=TERM', '--', 'gunicorn', '--check-config'],
    ],
    [
      'ending with us with a setpriv that cannot: the command alone',
      { ...request, endsWithUs: true },
      { ...root, knowsDeathSignal: false },
      ['gunicorn', '--check-config'],
    ],
  ])('%s', (_, asked, tools, words) => {
    const launch = planLaunch(asked, tools);
    expect([launch.file, ...launch.args]).toEqual(words);
    expect(launch).toMatchObject({ env: { PATH: '/bin' }, user: undefined, feed: undefined });
  });

  it('keeps values of the environment out of the command line, but for PWD and OLDPWD', () => {
    const env = { SECRET: 'hunter2', PWD: '/srv/app' };
    const launch = planLaunch({ ...request, env, listenOn: '/run/x.sock' }, root);
    expect(launch.args.join(' ')).not.toContain('hunter2');
    expect(launch.args).toContain('/srv/app');
  });
});

describe('planLaunch for another user', () => {
  const env = { PATH: '/home/www/bin', LD_PRELOAD: '/home/www/e.so', 'a.b': 'c', SECRET: "it's" };
  const asked = { ...request, rights: www, env, cwd: '/home/www' };

  it('becomes the user by numbers, in an environment and a directory of ours', () => {
    const launch = planLaunch(asked, root);
    expect(launch.file).toBe('/usr/bin/setpriv');
    expect(launch.args.slice(0, 6)).toEqual([
      ...['--reuid=33', '--regid=34', '--groups=34,4', '--', '/bin/sh', '-c'],
    ]);
    expect(launch.args.slice(-3)).toEqual(['/home/www', 'gunicorn', '--check-config']);
    expect(launch).toMatchObject({ cwd: '/', user: undefined });
    expect(Object.keys(launch.env)).toEqual(['PATH', 'a.b']);
    expect(launch.env.PATH).not.toContain('/home');
  });

  it('hands the environment over behind the change of user, and shows it to nobody', () => {
    const launch = planLaunch(asked, root);
    expect(launch.feed).toContain("export LD_PRELOAD='/home/www/e.so'\n");
    expect(launch.feed).toContain("export SECRET='it'\\''s'\n");
    expect(launch.args.join(' ')).not.toMatch(/LD_PRELOAD|it's/);
  });

  it('has no supplementary groups where there are none', () => {
    const launch = planLaunch({ ...asked, rights: { ...www, groups: [] } }, root);
    expect(launch.args).toContain('--clear-groups');
  });

  it('ends with us after the change of user', () => {
    const { args } = planLaunch({ ...asked, endsWithUs: true }, root);
    expect(args.indexOf('--pdeathsig=TERM')).toBeGreaterThan(args.indexOf('--groups=34,4'));
  });

  it('lets Node change user and group without setpriv', () => {
    const launch = planLaunch(asked, { ...root, setpriv: undefined });
    expect(launch).toMatchObject({ file: '/bin/sh', user: { uid: 33, gid: 34 }, cwd: '/' });
  });

  it('tells of a socket in the environment', () => {
    const launch = planLaunch({ ...asked, listenOn: '/run/x.sock' }, root);
    expect(launch.feed).toContain("export LISTEN_FDS='1'\n");
  });

  it('is never nobody', () => {
    expect(() => planLaunch({ ...asked, rights: 'nobody' }, root)).toThrow('Internal error');
  });
});

describe('launchFailure', () => {
  const asUser = planLaunch({ ...request, rights: www }, root);
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
