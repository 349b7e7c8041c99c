import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { builtCli } from '../../rig/cli.ts';
import { REPOSITORY } from '../../rig/place.ts';
import { childrenOf, isAlive, readProcess, type ProcessId } from '../../rig/processes.ts';
import type { User } from '../../rig/users.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { createPlace, type Place, type Started } from './support/place.ts';
import { describeWithAccounts } from './support/with-accounts.ts';

// Rule 4: what calls itself a `reloadctl run` is believed no more than a supervisor.

const FALSE_RUN = join(REPOSITORY, 'fixtures', 'hostile', 'run.mjs');
const HOSTILE = join(REPOSITORY, 'fixtures', 'hostile', 'supervisor.mjs');

/** What it says of its only program, which it says to be `pid`. */
function answersOf(
  pid: number,
  own: number | '$PID',
  { command, directory }: { readonly command: string; readonly directory: string },
): object {
  const info = {
    ...{ name: 'web', group: 'web', start: 1, stop: 0, now: 100, state: 20, statename: 'RUNNING' },
    ...{ spawnerr: '', exitstatus: 0, logfile: '', stdout_logfile: '', stderr_logfile: '', pid },
    description: `pid ${pid}, uptime 0:01:39`,
  };
  return {
    'supervisor.getAllProcessInfo': [info],
    'supervisor.getProcessInfo': info,
    'supervisor.getAllConfigInfo': [{ name: 'web', group: 'web', command, directory }],
    'supervisor.getAPIVersion': '3.0',
    'supervisor.getSupervisorVersion': '4.3.0',
    'supervisor.getState': { statecode: 1, statename: 'RUNNING' },
    'supervisor.getIdentification': 'supervisor',
    'supervisor.getPID': own,
    'supervisor.stopProcess': true,
    'supervisor.startProcess': true,
    'supervisor.signalProcess': true,
    'reloadctl.getProcess': {
      ...{ group: 'web', name: 'web', pid, sockets: ['127.0.0.1:1'], socket_reason: '' },
      ...{ adopted: true, retired: {}, successor: 0, retiring: [], graceful_timeout: 0 },
    },
  };
}

/** A process of root that tells every signal that it gets, as a gunicorn of root's would look. */
function startVictim(place: Place, ...before: readonly string[]): Promise<Started> {
  const program = place.write(
    join(place.directory, 'gunicorn'),
    "import signal, sys, time\nfor s in (1, 2, 3, 10, 12, 15, 21, 22, 28): signal.signal(s, lambda n, f: print('GOT', n, flush=True))\nprint('READY', flush=True)\nwhile True: time.sleep(60)",
  );
  const argv = [...before, place.python.bin.python, '-u', program, 'app:app'];
  return place.start([argv[0] ?? '', ...argv.slice(1)], {
    ready: 'READY\n',
    env: { ...process.env, HOME: place.directory, XDG_RUNTIME_DIR: place.directory },
  });
}

/** What a `gunicorn` of the user's does when it is executed: it writes down as whom. */
function writeEvil(
  place: Place,
  home: string,
  user: User,
): { evil: { command: string; directory: string }; ran: string } {
  const ran = place.write(join(home, 'ran'), '', user, 0o666);
  const python = place.write(
    join(home, 'python'),
    `#!/bin/sh\n/usr/bin/id -u >> ${ran}\n`,
    user,
    0o755,
  );
  const command = place.write(
    join(home, 'gunicorn'),
    `#!${python}\nfrom gunicorn.app.wsgiapp import run\n`,
    user,
    0o755,
  );
  return { evil: { command: `${command} app:app`, directory: home }, ran };
}

/** The program of `user` under root's supervisord: a false run with these answers. */
function programOf(
  place: Place,
  home: string,
  user: User,
  { answers, forged = '' }: { answers: object; forged?: string },
): string {
  place.write(join(home, 'answers'), JSON.stringify(answers), user);
  const start = place.write(
    join(home, 'start.sh'),
    `#!/bin/sh\nexec ${process.execPath} ${FALSE_RUN} ${home}/reloadctl-run.sock '${forged}' "$(cat ${home}/answers)"\n`,
    user,
    0o755,
  );
  return `[program:t]\ncommand=${start}\ndirectory=${home}\nuser=${user.name}`;
}

const COMMANDS: ReadonlyArray<readonly string[]> = [
  ['plan', 'reload', 't'],
  ['plan', 'restart', 't'],
  ['reload', 't', '--allow-downtime'],
  ['restart', 't'],
  ['restart', '--hard', 't'],
  ['stop', 't'],
];

async function attack(place: Place, ran: string, url: readonly string[] = []): Promise<void> {
  for (const words of COMMANDS) {
    const name = url.length === 0 ? words : words.map((word) => (word === 't' ? 'web' : word));
    const { stdout, stderr } = await place.reloadctl([...url, ...name]);
    expect(stdout + stderr, words.join(' ')).not.toMatch(/internal error/i);
    expect(readFileSync(ran, 'utf8').split('\n'), words.join(' ')).not.toContain('0');
  }
}

/** Where the `reloadctl run` of root listens that was started in this place. */
function socketOfRun(place: Place): string {
  const name = readdirSync(place.directory).find((each) => each.startsWith('reloadctl-run-')) ?? '';
  return join(place.directory, name, 'reloadctl-run.sock');
}

describeWithAccounts('a process of hers that calls itself a run', ({ alice }) => {
  it.each([
    ['with its own pid', (): '$PID' => '$PID'],
    [
      'with the pid of the victim’s parent',
      (victim: ProcessId) => readProcess(victim.pid)?.ppid ?? 0,
    ],
    ['with the victim’s', ({ pid }: ProcessId) => pid],
  ])('%s has nothing executed as root, and no process of root signalled', async (_, ownOf) => {
    const place = await createPlace();
    const home = place.home(alice);
    const { evil, ran } = writeEvil(place, home, alice);
    const victim = await startVictim(place);
    const answers = answersOf(victim.pid, ownOf(victim), evil);
    await place.supervise(programOf(place, home, alice, { answers }));
    await attack(place, ran);
    expect(victim.output()).toBe('READY\n');
    expect(isAlive(victim)).toBe(true);
  });

  it.each(['by a line that it forges in the kernel’s table', 'by a supervisor of hers'])(
    'does not lead to a true run of root’s %s',
    async (how) => {
      const place = await createPlace();
      const home = place.home(alice);
      const { evil, ran } = writeEvil(place, home, alice);
      const run = await startVictim(place, process.execPath, await builtCli(), 'run', '--');
      const victim = childrenOf(run.pid)[0];
      if (victim === undefined) throw new Error('nothing runs');
      const before = run.output();
      if (how.startsWith('by a line')) {
        const answers = answersOf(victim.pid, run.pid, evil);
        const forged = socketOfRun(place);
        await place.supervise(programOf(place, home, alice, { answers, forged }));
        await attack(place, ran);
      } else {
        place.write(place.configuration, '[supervisord]\n');
        const answers = answersOf(run.pid, '$PID', evil);
        const socket = join(home, 's.sock');
        await place.start([process.execPath, HOSTILE, socket, JSON.stringify(answers)], {
          user: alice,
          ready: 'READY',
        });
        await attack(place, ran, ['-s', `unix://${socket}`]);
      }
      expect(run.output().replaceAll(/^.*workers: none\n/gm, '')).toBe(
        before.replaceAll(/^.*workers: none\n/gm, ''),
      );
      expect(isAlive(victim)).toBe(true);
    },
  );
});

describeWithAccounts('a true run', ({ alice }) => {
  it.each(['of root', 'of another user'])('%s is reloaded through it', async (whose) => {
    const place = await createPlace();
    const home = whose === 'of root' ? join(place.directory, 'site') : place.home(alice);
    if (whose === 'of root') mkdirSync(home);
    const owner = whose === 'of root' ? undefined : alice;
    place.write(
      join(home, 'wsgi.py'),
      "def app(environ, start):\n    start('200 OK', [])\n    return [b'ok']\n",
      owner,
    );
    chmodSync(home, 0o755);
    const cli = await builtCli();
    const supervisor = await place.supervise(
      `[program:t]\ncommand=${process.execPath} ${cli} run -- ${place.python.bin.gunicorn} -b unix:${home}/web.sock wsgi:app\ndirectory=${home}\nenvironment=HOME="${home}",XDG_RUNTIME_DIR="${home}"${
        owner === undefined ? '' : `\nuser=${owner.name}`
      }`,
    );
    const [run] = childrenOf(supervisor.pid);
    if (run === undefined) throw new Error('nothing runs');
    await waitFor('the run to have its program and its socket', () => {
      const isThere = readdirSync(home).some((name) => name.startsWith('reloadctl-run-'));
      return isThere && childrenOf(run.pid).length === 1 ? true : undefined;
    });
    const [before] = childrenOf(run.pid);
    const { code, stdout, stderr } = await place.reloadctl(['reload', 't']);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toContain('overlap');
    expect(isAlive(run)).toBe(true);
    expect(childrenOf(run.pid)[0]?.pid).not.toBe(before?.pid);
  });
});
