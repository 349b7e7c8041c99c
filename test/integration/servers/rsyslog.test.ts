import { renameSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { isAlive } from '../../rig/processes.ts';
import { rsyslogForTests } from '../../rig/servers/rsyslog.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { waitFor } from '../../rig/wait-for.ts';

const server = await rsyslogForTests();

const start = async (context: TestContext): Promise<ServerSite> => {
  const machine = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const values = { MODULES: `${server?.root ?? ''}/usr/lib/${machine}/rsyslog` };
  const options = { server, fixture: 'rsyslog', until: 'running', values } as const;
  return serverSiteForTest(options, context);
};

/** Sends messages over one connection, which stays open until the test ends. */
const send = async (site: ServerSite, context: TestContext, ...texts: readonly string[]) => {
  const socket = await waitFor(
    'rsyslog to listen',
    () =>
      new Promise<Socket>((resolve, reject) => {
        const opened = connect(site.port, '127.0.0.1', () => {
          resolve(opened);
        }).on('error', reject);
      }),
    { ceilingMs: 30_000 },
  );
  context.onTestFinished(() => {
    socket.destroy();
  });
  await new Promise((sent) => socket.write(texts.map((text) => `<13>${text}\n`).join(''), sent));
};

const waitForMessage = (site: ServerSite, text: string): Promise<unknown> =>
  waitFor(
    `the message ${text}`,
    () => site.readFile('messages.txt').split('\n').includes(text) || undefined,
    { ceilingMs: 30_000, observe: () => site.readFile('messages.txt').slice(-200) },
  );

describe.skipIf(server === undefined)('rsyslog', () => {
  test.concurrent('opens its files anew by HUP, which is no reload', async (context) => {
    const site = await start(context);
    const master = await site.master();
    await send(site, context, 'before');
    await waitForMessage(site, 'before');
    const refused = await site.reloadctl(['--json', 'reload', 'rsyslog']);
    expect(refused.code, site.report()).toBe(10);
    expect(refused.stdout).toContain('"not-offered"');
    renameSync(join(site.directory, 'messages.txt'), join(site.directory, 'messages.1'));
    const reopened = await site.reloadctl(['reopen-logs', 'rsyslog']);
    expect(reopened, site.report()).toMatchObject({ code: 0 });
    await send(site, context, 'after');
    await waitForMessage(site, 'after');
    expect(site.readFile('messages.txt')).not.toContain('before');
    expect((await site.master()).startTicks).toBe(master.startTicks);
  });

  test.concurrent('is restarted with all that has arrived written', async (context) => {
    const site = await start(context);
    const master = await site.master();
    const texts = Array.from({ length: 5000 }, (_, index) => `message-${index}`);
    await send(site, context, ...texts);
    await waitForMessage(site, 'message-0');
    const restarted = await site.reloadctl(['--json', 'restart', 'rsyslog']);
    expect(restarted, site.report()).toMatchObject({ code: 0 });
    expect(restarted.stdout).toContain('"serverType":"rsyslog"');
    expect(isAlive(master)).toBe(false);
    expect(site.readFile('messages.txt').trim().split('\n')).toEqual(texts);
  });

  test.concurrent('goes on when its configuration is bad', async (context) => {
    const site = await start(context);
    const master = await site.master();
    site.editFile('rsyslog.conf', (text) => `${text}bogus(\n`);
    const restarted = await site.reloadctl(['restart', 'rsyslog']);
    expect(restarted.code, site.report()).toBe(10);
    expect(restarted.stderr).toContain('error during parsing file');
    expect((await site.master()).startTicks).toBe(master.startTicks);
    await send(site, context, 'still here');
    await waitForMessage(site, 'still here');
  });
});
