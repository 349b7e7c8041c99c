import { afterEach, describe, expect, it } from 'vitest';
import { forgetSecrets } from '../../../src/base/secrets/known-secrets.ts';
import { Notifier } from '../../../src/commands/notifier.ts';
import { parseNotifyUrls } from '../../../src/config/settings/setting-values.ts';
import type { HttpProbe } from '../../../src/os/os.ts';
import type { ReloadEvent } from '../../../src/reload/events.ts';

afterEach(forgetSecrets);

type Result = Extract<ReloadEvent, { event: 'result' }>;

const DONE: Result = {
  event: 'result',
  atMs: 6900,
  outcome: 'done',
  exitCode: 0,
  action: 'reload',
  strategy: 'bridge',
  target: 'usercenter',
  elapsedMs: 6900,
  refusal: undefined,
  failure: undefined,
  serving: undefined,
  killed: 0,
};

const REFUSED: Result = {
  ...DONE,
  outcome: 'refused',
  exitCode: 10,
  failure: { why: 'unhealthy', url: 'http://u:hunter2x@h/', observed: 'status 503' },
};

/** What was sent to whom, and the warnings. */
async function notify(
  result: Result,
  urls: readonly string[],
  answer: (url: string) => HttpProbe | Promise<HttpProbe> = () => ({
    ok: true,
    status: 200,
    body: '',
  }),
): Promise<{
  readonly sent: ReadonlyArray<readonly [string, unknown]>;
  readonly warnings: string[];
}> {
  const sent: Array<readonly [string, unknown]> = [];
  const warnings: string[] = [];
  const os = {
    httpPost: async (url: string, body: string) => {
      sent.push([url, JSON.parse(body)]);
      return answer(url);
    },
  };
  const notifier = new Notifier(os, new AbortController().signal, (text) => {
    warnings.push(text);
  });
  notifier.send(urls, result);
  await notifier.end();
  return { sent, warnings };
}

describe('Notifier', () => {
  it('posts the result to every address, with a sentence', async () => {
    const { sent, warnings } = await notify(DONE, ['http://a/', 'http://b/']);
    expect(sent.map(([url]) => url)).toEqual(['http://a/', 'http://b/']);
    expect(sent[0]?.[1]).toEqual({
      text: 'usercenter: reloaded (bridge, 6.9 s)',
      ...(JSON.parse(JSON.stringify(DONE)) as object),
    });
    expect(warnings).toEqual([]);
  });

  it('says why it did not succeed, without secrets', async () => {
    const { sent } = await notify(REFUSED, ['http://a/']);
    expect(sent[0]?.[1]).toMatchObject({
      text: 'usercenter: not reloaded, the old version still serves (bridge, 6.9 s): http://u:***@h/ said: status 503',
    });
    expect(JSON.stringify(sent)).not.toContain('hunter2x');
  });

  it.each(['reopen-logs', 'scale', 'check'] as const)('says nothing of %s', async (action) => {
    expect((await notify({ ...DONE, action }, ['http://a/'])).sent).toEqual([]);
  });

  it('warns where that was not taken, and shows no more of the address than its host', async () => {
    const urls = parseNotifyUrls('https://u:hunter2x@hooks.example.org/services/T0/SECRETPATH');
    const url = urls.ok ? urls.value : [];
    for (const [answer, observed] of [
      [{ ok: true, status: 302, body: '' }, 'status 302'],
      [{ ok: true, status: 404, body: '' }, 'status 404'],
      [{ ok: false, error: 'no answer within 5000 ms' }, 'no answer within 5000 ms'],
      [{ ok: false, error: 'at /services/T0/SECRETPATH' }, 'at ***'],
    ] as const) {
      const { warnings } = await notify(DONE, url, () => answer);
      expect(warnings).toEqual([
        `usercenter: could not notify https://hooks.example.org: ${observed}`,
      ]);
    }
  });

  it('outlives what goes wrong', async () => {
    const { warnings } = await notify(DONE, ['http://a/'], () =>
      Promise.reject(new Error('broken')),
    );
    expect(warnings).toEqual(['usercenter: could not notify http://a: broken']);
  });
});
