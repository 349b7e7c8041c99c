import { chmodSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { childrenOf, descendantsOf, environmentOf, isAlive } from '../../rig/processes.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { createPlace } from './support/place.ts';
import { describeWithAccounts } from './support/with-accounts.ts';

// Rule 5: a program that bears the marks of another one does not have that one ended in its place.

/** Starts a set-user-ID program, and executes itself once more with the marks of root's program. */
const IMPOSTOR = `import os, subprocess, sys, time
if os.environ['SUPERVISOR_PROCESS_NAME'] != 'db':
    subprocess.Popen([sys.argv[1], '1000'])
    os.environ.update(SUPERVISOR_PROCESS_NAME='db', SUPERVISOR_GROUP_NAME='db')
    os.execv(sys.executable, [sys.executable, *sys.argv])
while True: time.sleep(60)
`;

describeWithAccounts('a program with the marks of a program of root’s', ({ alice }) => {
  it.each([['stop'], ['restart', '--hard']])('is ended alone: %s', async (...action) => {
    const place = await createPlace();
    const home = place.home(alice);
    const script = place.write(join(home, 'impostor.py'), IMPOSTOR, alice);
    const suid = join(place.directory, 'suid-sleep');
    cpSync('/bin/sleep', suid);
    chmodSync(suid, 0o4755);
    const { bin } = place.python;
    const supervisor = await place.supervise(
      `[program:db]\ncommand=/bin/sleep 1000\nstartsecs=0\n\n[program:web]\ncommand=${bin.python} ${script} ${suid}\nuser=${alice.name}\nstartsecs=0\nstopwaitsecs=2`,
    );
    const children = childrenOf(supervisor.pid);
    const db = children.find(({ argv }) => argv[0] === '/bin/sleep');
    const web = children.find(({ pid }) => pid !== db?.pid);
    if (db === undefined || web === undefined) throw new Error('the programs do not run');
    await waitFor('the impostor to bear the marks', () => {
      const isMarked = environmentOf(web.pid)?.get('SUPERVISOR_PROCESS_NAME') === 'db';
      return (isMarked && descendantsOf(web.pid).length > 0) || undefined;
    });
    const { stdout, stderr } = await place.reloadctl([...action, 'web']);
    expect(isAlive(db), stdout + stderr).toBe(true);
    expect(isAlive(web)).toBe(false);
  });
});
