import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { siteForTest } from '../../rig/site-for-test.ts';
import { eventsOf } from './support/events.ts';
import { missingPythons } from './support/missing-pythons.ts';

const missing = await missingPythons();

/** A webhook on loopback; every document that it was sent. */
async function openWebhook(
  answer: RequestListener,
): Promise<{ readonly url: string; readonly documents: unknown[] }> {
  const documents: unknown[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      documents.push({ path: request.url, ...(JSON.parse(body) as object) });
      answer(request, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/services/T0/SECRETPATH`, documents };
}

describe.skipIf(missing.has('newest'))('the outcome of a reload', () => {
  test('reaches the hooks, in variables and as JSON', async () => {
    const hook = (name: string): string =>
      `${name} = sh -c 'env | grep ^RELOADCTL_ | sort >%(here)s/${name}.env; cat >%(here)s/${name}.json'`;
    const site = await siteForTest({
      mailer: false,
      releases: true,
      environment: { PWD: '%(here)s/current' },
      extraConf: `\n[reloadctl:usercenter]\nhooks = ${['before_reload', 'after_reload', 'on_failure'].map(hook).join('\n  ')}\n`,
    });
    const told = (name: string): { readonly env: string; readonly document: unknown } => ({
      env: readFileSync(join(site.directory, `${name}.env`), 'utf8'),
      document: JSON.parse(readFileSync(join(site.directory, `${name}.json`), 'utf8')),
    });
    site.deployRelease('r2', 'v2', { broken: 'import-error' });
    const refused = await site.reloadctl(['--json', 'reload', 'usercenter']);
    expect(refused.code, site.report()).toBe(10);
    const { outcome, failure } = eventsOf(refused).at(-1) ?? { outcome: '', failure: '' };
    const result = { event: 'result', exitCode: 10, outcome, failure };
    expect(told('on_failure').document).toMatchObject(result);
    expect(told('on_failure').env).toContain('RELOADCTL_EXIT_CODE=10\n');
    expect(told('on_failure').env).toContain('RELOADCTL_OUTCOME=refused\n');
    expect(told('on_failure').env).toContain(`/releases/r1\n`);

    site.deployRelease('r3', 'v3');
    const reloaded = await site.reloadctl(['reload', 'usercenter']);
    expect(reloaded.code, site.report()).toBe(0);
    expect(told('before_reload').document).toMatchObject({ event: 'begun', action: 'reload' });
    expect(told('before_reload').env).toContain('RELOADCTL_OUTCOME=\n');
    const after = told('after_reload');
    expect(after.document).toMatchObject({ event: 'result', outcome: 'done', exitCode: 0 });
    expect(after.env).toContain('RELOADCTL_OUTCOME=done\n');
    expect(after.env).toMatch(/^RELOADCTL_FROM=.*\/releases\/r1$/mu);
    expect(after.env).toMatch(/^RELOADCTL_TO=.*\/releases\/r3$/mu);
  });

  test('is posted to webhooks, which can neither fail nor hold up a reload', async () => {
    const good = await openWebhook((_, response) => response.end('ok'));
    const moved = await openWebhook((_, response) =>
      response.writeHead(302, { location: good.url }).end(),
    );
    const silent = await openWebhook(() => undefined);
    const notify = (urls: readonly string[]): string =>
      `\n[reloadctl:usercenter]\nnotify = ${urls.join(', ')}\n`;
    const site = await siteForTest({ mailer: false, extraConf: notify([good.url]) });
    site.setVersion('v2');
    const reloaded = await site.reloadctl(['--json', 'reload', 'usercenter']);
    expect(reloaded.code, site.report()).toBe(0);
    expect(good.documents).toEqual([
      {
        path: '/services/T0/SECRETPATH',
        text: expect.stringMatching(/^usercenter: reloaded \(/u) as string,
        ...eventsOf(reloaded).at(-1),
      },
    ]);

    site.editConfiguration((text) =>
      text.replace(notify([good.url]), notify([moved.url, silent.url, 'http://127.0.0.1:1/x'])),
    );
    site.setVersion('v3', { broken: 'import-error' });
    const began = performance.now();
    const refused = await site.reloadctl(['--json', 'reload', 'usercenter']);
    const elapsedMs = performance.now() - began;
    expect(refused.code, site.report()).toBe(10);
    const result = eventsOf(refused).at(-1);
    expect(elapsedMs - Number(result?.elapsedMs)).toBeLessThan(10_000);
    for (const [url, observed] of [
      [moved.url, 'status 302'],
      [silent.url, 'no answer within 5000 ms'],
      ['http://127.0.0.1:1/', 'connect ECONNREFUSED 127.0.0.1:1'],
    ] as const) {
      expect(refused.stderr).toContain(
        `reloadctl: warning: usercenter: could not notify ${new URL(url).origin}: ${observed}\n`,
      );
    }
    expect(refused.stderr + refused.stdout).not.toContain('SECRETPATH');
    expect(silent.documents).toHaveLength(1);
    expect(good.documents).toHaveLength(1);
  });
});
