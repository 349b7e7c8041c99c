import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { isAlive } from '../../rig/processes.ts';
import { waitForEstablished } from '../../rig/servers/established.ts';
import { redisForTests } from '../../rig/servers/redis.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { waitFor } from '../../rig/wait-for.ts';

const server = await redisForTests();

const cli = async (site: ServerSite, ...words: readonly string[]): Promise<string> => {
  const client = join(dirname(server?.binary ?? ''), 'redis-cli');
  const { stdout, stderr } = await site.run([client, '-p', String(site.port), ...words]);
  return (stdout + stderr).trim();
};

const start = async (
  context: TestContext,
  edit: (configuration: string) => string = (text) => text,
): Promise<ServerSite> => {
  const options = { server, fixture: 'redis', until: 'running', edit } as const;
  const site = await serverSiteForTest(options, context);
  await waitFor('redis to answer', async () => (await cli(site, 'PING')) === 'PONG' || undefined, {
    ceilingMs: 30_000,
  });
  return site;
};

describe.skipIf(server === undefined)('redis', () => {
  test.concurrent('is recognised, and has no reload', async (context) => {
    const site = await start(context);
    const master = await site.master();
    const planned = await site.reloadctl(['--json', 'plan', 'restart', 'redis']);
    expect(planned.code, site.report()).toBe(0);
    const { plan } = JSON.parse(planned.stdout) as { plan: Record<string, unknown> };
    expect(plan).toMatchObject({
      serverType: 'redis',
      strategy: 'restart',
      steps: expect.arrayContaining([
        expect.objectContaining({
          do: 'preflight',
          shown: 'redis-server with nothing to listen on',
        }),
        expect.objectContaining({ do: 'signal', signal: 'SIGTERM', to: 'master' }),
      ]) as unknown,
    });
    expect(String(plan.version)).toMatch(/^\d+\.\d+/);
    // HUP is ignored: a reload that is only sent would look done.
    for (const args of [
      ['reload', 'redis'],
      ['reload', '--strategy', 'hup', 'redis'],
    ]) {
      expect((await site.reloadctl(args)).code, site.report()).toBe(10);
    }
    expect(isAlive(master)).toBe(true);
  });

  // QUIT would end it with nothing saved.
  test.concurrent.for(['TERM', 'QUIT'])(
    'is restarted with commands in hand, which are carried out and saved, with stopsignal=%s',
    async (signal, context) => {
      const site = await start(context, (text) =>
        text.replace('stopsignal=TERM', `stopsignal=${signal}`),
      );
      const before = await site.master();
      expect(await cli(site, 'SET', 'key', 'value')).toBe('OK');
      const client = connect(site.port, '127.0.0.1');
      client.on('error', () => undefined); // Closed when redis ends.
      client.write('DEBUG SLEEP 2\r\nSET late value\r\n');
      await waitForEstablished(site.port);
      const restarted = await site.reloadctl(['restart', 'redis']);
      expect(restarted, site.report()).toMatchObject({ code: 0 });
      expect(isAlive(before)).toBe(false);
      expect(await cli(site, 'MGET', 'key', 'late')).toBe('value\nvalue');
      client.destroy();
    },
  );

  test.concurrent('goes on when its configuration is bad', async (context) => {
    const site = await start(context);
    const master = await site.master();
    site.editFile('redis.conf', (text) => `${text}maxmemory bogus\n`);
    const restarted = await site.reloadctl(['restart', 'redis']);
    expect(restarted.code, site.report()).toBe(10);
    expect(restarted.stderr).toContain('argument must be a memory value');
    expect(isAlive(master)).toBe(true);
    expect(await cli(site, 'PING')).toBe('PONG');
  });
});
