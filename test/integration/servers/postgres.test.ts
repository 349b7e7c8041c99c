import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { postgresForTests } from '../../rig/servers/postgres.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { isRoot, ordinaryUser } from '../../rig/users.ts';
import { waitFor } from '../../rig/wait-for.ts';

const server = await postgresForTests();
// It refuses to run as root.
const user = ordinaryUser();

const psql = async (site: ServerSite, sql: string): Promise<string> => {
  const client = join(dirname(realpathSync(server?.binary ?? '')), 'psql');
  const where = ['-h', '127.0.0.1', '-p', String(site.port), '-U', 'postgres'];
  const { stdout, stderr } = await site.run([client, ...where, '-XAtq', '-c', sql]);
  return (stdout + stderr).trim();
};

const start = async (
  context: TestContext,
  edit: (configuration: string) => string = (text) => text,
): Promise<ServerSite> => {
  const runAs = user === undefined ? {} : { runAs: user };
  const options = { server, fixture: 'postgres', until: 'running', edit, ...runAs } as const;
  const site = await serverSiteForTest(options, context);
  await waitForAnswer(site);
  return site;
};

const waitForAnswer = (site: ServerSite): Promise<unknown> =>
  waitFor('postgres to answer', async () => (await psql(site, 'select 1')) === '1' || undefined, {
    ceilingMs: 60_000,
    everyMs: 200,
  });

const sleeps = (site: ServerSite): Promise<unknown> =>
  waitFor('the query to run', async () => {
    const sql = "select count(*) from pg_stat_activity where query like 'select pg_sleep%'";
    return (await psql(site, sql)) === '1' || undefined;
  });

describe.skipIf(server === undefined || (isRoot && user === undefined))('PostgreSQL', () => {
  test.concurrent('reads its configuration anew while a query goes on', async (context) => {
    const site = await start(context);
    const master = await site.master();
    const planned = await site.reloadctl(['--json', 'plan', 'reload', 'postgres']);
    const { plan } = JSON.parse(planned.stdout) as { plan: Record<string, unknown> };
    expect(plan).toMatchObject({
      serverType: 'postgres',
      strategy: 'native',
      steps: expect.arrayContaining([
        expect.objectContaining({ do: 'preflight', shown: 'postgres -C config_file' }),
        expect.objectContaining({ do: 'signal', signal: 'SIGHUP', to: 'master' }),
      ]) as unknown,
    });
    expect(String(plan.version)).toMatch(/^\d+\.\d+/);
    const query = psql(site, "select pg_sleep(3), 'slept'");
    await sleeps(site);
    site.editFile('postgresql.conf', (text) => text.replace('work_mem = 4MB', 'work_mem = 5MB'));
    const reloaded = await site.reloadctl(['reload', 'postgres']);
    expect(reloaded, site.report()).toMatchObject({ code: 0 });
    await waitFor(
      'the new setting',
      async () => (await psql(site, 'show work_mem')) === '5MB' || undefined,
    );
    expect(await query).toBe('|slept');
    expect((await site.master()).startTicks).toBe(master.startTicks);
  });

  test.concurrent('a bad configuration changes nothing', async (context) => {
    const site = await start(context);
    const master = await site.master();
    site.editFile('postgresql.conf', () => "work_mem = 'bogus'\nmax_connections = 10\n");
    for (const action of ['reload', 'restart']) {
      const refused = await site.reloadctl([action, 'postgres']);
      expect(refused.code, site.report()).toBe(10);
      expect(refused.stderr).toContain('invalid value for parameter "work_mem"');
    }
    expect(await psql(site, 'show work_mem')).toBe('4MB');
    expect((await site.master()).startTicks).toBe(master.startTicks);
  });

  // TERM waits for ever for the session, then comes the KILL.
  test.concurrent(
    'is stopped cleanly with a session open, whatever TERM means',
    async (context) => {
      const site = await start(context);
      await psql(site, 'create table kept (n int); insert into kept values (7)');
      const query = psql(site, 'select pg_sleep(120)');
      await sleeps(site);
      const stopped = await site.reloadctl(['stop', 'postgres']);
      expect(stopped, site.report()).toMatchObject({ code: 0 });
      expect(await query).toContain('terminating connection due to administrator command');
      expect(site.readFile('postgres.log')).toContain('database system is shut down');
      const started = await site.reloadctl(['start', 'postgres']);
      expect(started, site.report()).toMatchObject({ code: 0 });
      await waitForAnswer(site);
      expect(await psql(site, 'select n from kept')).toBe('7');
      expect(site.readFile('postgres.log')).not.toContain('was not properly shut down');
    },
  );
});
