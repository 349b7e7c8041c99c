import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readProcess } from '../../rig/processes.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { makeDaemonSite } from './support/daemon-site.ts';

const SLEEP = 'command=/bin/sleep 69\n';

function softLimit(pid: number, row: string): string | undefined {
  const text = readFileSync(`/proc/${pid}/limits`, 'utf8');
  return new RegExp(`^${row} +(\\w+)`, 'm').exec(text)?.[1];
}

describe.concurrent('options of the command line', () => {
  it('override what the file says', async (context) => {
    const site = await makeDaemonSite(
      context,
      `identifier=one\nloglevel=info\n[program:p]\n${SLEEP}`,
    );
    const inSite = (name: string): string => join(site.directory, name);
    const run = await site.daemon('-l', inSite('other.log'), '-e', 'critical', '-m', '077');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const { pid } = site.running();
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Umask:\s*0077$/m);
    expect(existsSync(inSite('s.log'))).toBe(false);
    expect(site.read('other.log')).not.toContain('INFO');
  });

  it('hold after a restart as well', async (context) => {
    const site = await makeDaemonSite(context, `[program:p]\n${SLEEP}`);
    const other = join(site.directory, 'other.log');
    await site.daemon('-l', other);
    const started = (): number => site.read('other.log').split('supervisord started').length - 1;
    await waitFor('the start', () => started() === 1 || undefined);
    site.signal('SIGHUP');
    await waitFor('the second start', () => started() === 2 || undefined);
    expect(existsSync(join(site.directory, 's.log'))).toBe(false);
  });

  it('minprocs raises the soft limit, and what it cannot raise ends with 2', async (context) => {
    const site = await makeDaemonSite(context, `[program:p]\n${SLEEP}`);
    const run = await site.daemonUnder(['prlimit', '--nproc=20000:30000'], '--minprocs', '25000');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const { pid } = site.running();
    expect(softLimit(pid, 'Max processes')).toBe('25000');
    expect(site.read('s.log')).toContain('INFO Increased RLIMIT_NPROC limit to 25000');
    const [program] = await waitFor('the program', () => {
      const found = site.programs().filter((each) => each.argv.includes('69'));
      return found.length === 1 ? found : undefined;
    });
    expect(softLimit(program?.pid ?? 0, 'Max processes')).toBe('25000');
    expect(readProcess(pid)).toBeDefined();
  });

  it('minfds that nobody can have end with 2, in the words of supervisord', async (context) => {
    const site = await makeDaemonSite(context, `[program:p]\n${SLEEP}`);
    const run = await site.daemon('-a', '2000000000');
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(
      'The minimum number of file descriptors required to run this process is 2000000000',
    );
    expect(existsSync(join(site.directory, 's.pid'))).toBe(false);
  });
});
