import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createSupervisor } from '../../../src/rpc/client.ts';
import type { RpcResult, Supervisor } from '../../../src/rpc/supervisor.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { Site } from '../../rig/site.ts';
import { startWatchedLoad } from '../reload/support/under-load.ts';

interface ReloadAnswer {
  readonly exitCode: number;
  readonly outcome: string;
  readonly plan: { readonly strategy: string };
  readonly events: ReadonlyArray<Readonly<Record<string, unknown>>>;
}

const clientOf = (site: Site): Supervisor =>
  createSupervisor({
    url: `unix://${join(site.directory, 'supervisor.sock')}`,
    username: undefined,
    password: undefined,
  });

/** Some calls take as long as a reload. */
const LONG = { timeoutMs: 60_000 };

function valueOf(result: RpcResult<unknown>): unknown {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

describe('the reloadctl.* namespace of the daemon', () => {
  test('reloads as the command line does, and remembers it', async () => {
    const site = await siteForTest({ supervisor: 'reloadctl', bootSeconds: 0.5 });
    const client = clientOf(site);
    const load = await startWatchedLoad(site);

    const plan = valueOf(await client.call('reloadctl.plan', ['usercenter'], LONG)) as {
      plan: { steps: unknown[] };
    };
    expect(plan.plan.steps.length).toBeGreaterThan(4);
    expect(await client.call('reloadctl.history', ['usercenter'])).toMatchObject({ value: [] });

    site.setVersion('v2', { bootSeconds: 0.5 });
    const options = { settle: 0.5, wait: true };
    const answer = valueOf(
      await client.call('reloadctl.reload', ['usercenter', options], LONG),
    ) as ReloadAnswer;
    expect(answer, site.report()).toMatchObject({ exitCode: 0, outcome: 'done' });
    expect(answer.events.at(0)).toMatchObject({ event: 'plan' });
    expect(answer.events.at(-1)).toMatchObject({ event: 'result', outcome: 'done' });
    expect((await site.get()).version).toBe('v2');
    await load.stopWithoutFailure();

    const workers = valueOf(await client.call('reloadctl.workers', ['usercenter'])) as {
      workers: unknown[];
    };
    expect(workers).toMatchObject({ type: 'gunicorn', masterPid: (await site.master()).pid });
    expect(workers.workers).toHaveLength(2);
    const history = valueOf(await client.call('reloadctl.history', []));
    expect(history).toMatchObject([{ program: 'usercenter', action: 'reload', outcome: 'done' }]);
    client.close();

    const status = await site.reloadctl(['--json', 'status', '--long', 'usercenter']);
    expect(JSON.parse(status.stdout)).toMatchObject([{ reloaded: { outcome: 'done' } }]);
  });

  test('leaves the old version where the new one does not boot, and shows why', async () => {
    const site = await siteForTest({ supervisor: 'reloadctl' });
    const client = clientOf(site);
    site.setVersion('v2', { broken: 'import-error' });
    const answer = valueOf(
      await client.call('reloadctl.reload', ['usercenter'], LONG),
    ) as ReloadAnswer;
    expect(answer).toMatchObject({ exitCode: 10, outcome: 'refused' });
    const text = expect.stringContaining('ModuleNotFoundError') as string;
    expect(answer.events).toContainEqual(expect.objectContaining({ event: 'output', text }));
    expect((await site.get()).version).toBe('v1');
    client.close();
  });

  test('tells what it cannot understand by faults', async () => {
    const site = await siteForTest({ supervisor: 'reloadctl' });
    const client = clientOf(site);
    const faultOf = async (method: string, params: readonly unknown[]): Promise<unknown> => {
      const result = await client.call(method, params);
      return result.ok ? result.value : result.error;
    };
    expect(await faultOf('reloadctl.reload', ['nobody'])).toMatchObject({ name: 'BAD_NAME' });
    expect(await faultOf('reloadctl.workers', ['usercenter:*'])).toMatchObject({
      name: 'BAD_NAME',
    });
    expect(await faultOf('reloadctl.reload', [])).toMatchObject({ name: 'INCORRECT_PARAMETERS' });
    for (const options of [
      { strateggy: 'hup' },
      { strategy: 'fast' },
      { surge: 'many' },
      { settle: -1 },
      { wait: 'yes' },
      { action: 'signal' },
      { health_url: 'gopher://x' },
    ]) {
      expect(
        await faultOf('reloadctl.plan', ['usercenter', options]),
        JSON.stringify(options),
      ).toMatchObject({ name: 'BAD_ARGUMENTS' });
    }
    client.close();
  });
});
