import { describe, expect, test } from 'vitest';
import { siteForTest } from '../../rig/site-for-test.ts';
import { missingPythons } from './support/missing-pythons.ts';

const missing = await missingPythons();

interface PlanOutput {
  readonly plan: {
    readonly steps: ReadonlyArray<{
      readonly id: string;
      readonly limit?: { readonly ms: number; readonly reason: string };
    }>;
  };
}

describe.skipIf(missing.has('newest'))('the limit of a start', () => {
  test('is that of the program: its own timeout, or none that is gunicorn’s', async () => {
    const site = await siteForTest(
      {
        environment: { USERCENTER_TIMEOUT: '120' },
        programOptions: { autostart: 'false' },
        extraConf:
          '[program:sleeper]\ncommand=/bin/sleep 1000\nautostart=false\nstartsecs=0\nstartretries=0\n',
      },
      'answering',
    );
    const limitOf = async (name: string): Promise<unknown> => {
      const planned = await site.reloadctl(['--json', 'plan', 'start', name]);
      const { plan } = JSON.parse(planned.stdout) as PlanOutput;
      return plan.steps.find(({ id }) => id === 'start')?.limit;
    };
    expect(await limitOf('usercenter')).toEqual({ ms: 122_000, reason: 'worker-timeout' });
    expect(await limitOf('sleeper')).toEqual({ ms: 60_000, reason: 'not-known' });
    expect((await site.reloadctl(['start', 'usercenter', 'sleeper'])).code).toBe(0);
  });
});
