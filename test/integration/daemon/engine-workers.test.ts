import { join } from 'node:path';
import { describe, expect, test, type TestContext } from 'vitest';
import { createSupervisor } from '../../../src/rpc/client.ts';
import { daphneForTests } from '../../rig/servers/daphne.ts';
import { serverSiteForTest, type ServerSite } from '../../rig/servers/server-site.ts';
import { uvicornForTests } from '../../rig/servers/uvicorn.ts';
import { waitFor } from '../../rig/wait-for.ts';

const uvicorn = await uvicornForTests();
const daphne = await daphneForTests();

interface Workers {
  readonly type: string;
  readonly masterPid: number;
  readonly workers: ReadonlyArray<{ readonly pid: number; readonly ready: boolean }>;
}

/** What `reloadctl.workers` answers, once as many as `ready` are. */
async function readWorkers(site: ServerSite, ready: number): Promise<Workers> {
  const url = `unix://${join(site.directory, 'supervisor.sock')}`;
  const client = createSupervisor({ url, username: undefined, password: undefined });
  try {
    return await waitFor(
      `${ready} workers that are ready`,
      async () => {
        const answer = await client.call('reloadctl.workers', [site.name]);
        if (!answer.ok) throw new Error(JSON.stringify(answer.error));
        const value = answer.value as Workers;
        const now = value.workers.filter((worker) => worker.ready).length;
        return now === ready ? value : undefined;
      },
      { ceilingMs: 30_000 },
    );
  } finally {
    client.close();
  }
}

const open = (server: typeof uvicorn, fixture: string, context: TestContext): Promise<ServerSite> =>
  serverSiteForTest({ server, fixture, daemon: true }, context);

describe('reloadctl.workers', () => {
  test.skipIf(uvicorn === undefined)(
    'tells the master and the workers of another server than gunicorn, as status --long does',
    async (context) => {
      const site = await open(uvicorn, 'uvicorn', context);
      const master = await site.master();
      const told = await readWorkers(site, 2);
      expect(told).toMatchObject({ type: 'uvicorn', masterPid: master.pid });
      const children = (await site.children())
        .filter(({ argv }) => argv.join(' ').includes('spawn_main'))
        .map(({ pid }) => pid);
      expect(told.workers.map(({ pid }) => pid).toSorted()).toEqual(children.toSorted());
      const status = await site.reloadctl(['--json', 'status', '--long', 'uvicorn']);
      expect(JSON.parse(status.stdout)).toMatchObject([
        { type: 'uvicorn', workers: { ready: 2, total: 2 } },
      ]);
    },
  );

  test.skipIf(daphne === undefined)(
    'has a master without workers for one process',
    async (context) => {
      const site = await open(daphne, 'daphne', context);
      expect(await readWorkers(site, 0)).toMatchObject({
        type: 'daphne',
        masterPid: (await site.master()).pid,
        workers: [],
      });
    },
  );
});
