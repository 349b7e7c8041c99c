import { describe, expect, onTestFinished, test } from 'vitest';
import { builtCli } from '../../rig/cli.ts';
import { Pty } from '../../rig/pty.ts';
import { pythonForTests } from '../../rig/python.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import { missingPythons } from './support/missing-pythons.ts';
import { expectReplaced, expectUntouched, lookAtServed } from './support/served.ts';

const missing = await missingPythons();
const python = await pythonForTests('newest');
const WORKERS = 2;

describe.skipIf(missing.has('newest'))('whoever looked on has gone', () => {
  test.each([
    { how: 'the code is good', release: { bootSeconds: 1 }, code: 0 },
    {
      how: 'the code does not load',
      release: { bootSeconds: 1, broken: 'import-error' as const },
      code: 10,
    },
  ])('the terminal is closed in the middle, and $how: exit $code', async ({ release, code }) => {
    const site = await siteForTest({ workers: WORKERS });
    const before = await lookAtServed(site);
    site.setVersion('v2', release);
    const cli = await builtCli();
    const argv = [process.execPath, cli, '-c', site.configuration, 'reload', 'usercenter'] as const;
    const pty = new Pty([...argv], {
      python: python?.bin.python ?? '',
      cwd: site.directory,
      env: site.environment,
    });
    onTestFinished(() => pty.close());
    await pty.waitFor(/bridge/);
    pty.hangUp();
    expect(await pty.end(60_000)).toBe(code);
    if (code === 0) await expectReplaced(site, before, { version: 'v2', count: WORKERS });
    else await expectUntouched(site, before);
  });

  test.each(['stdout', 'stderr', 'both'])('the reader of %s: exit 0', async (which) => {
    const site = await siteForTest({ workers: WORKERS });
    const before = await lookAtServed(site);
    site.setVersion('v2', { bootSeconds: 0.5 });
    const cli = await builtCli();
    const shut = { stdout: '> >(:)', stderr: '2> >(:)', both: '> >(:) 2> >(:)' }[which] ?? '';
    const script = `node "$0" --json -c "$1" reload usercenter ${shut}`;
    const { code } = await site.run(['/bin/bash', '-c', script, cli, site.configuration]);
    expect(code).toBe(0);
    await expectReplaced(site, before, { version: 'v2', count: WORKERS });
  });

  test('the reader of what a query prints: it ends by itself, quietly', async () => {
    const site = await siteForTest({ workers: WORKERS });
    const cli = await builtCli();
    const ends: string[] = [];
    for (const [words, code] of [
      ['status', 0],
      ['status --long', 0],
      ['--json status', 0],
      ['plan reload usercenter', 0],
      ['doctor', 0],
      ['man', 0],
      ['help', 0],
      ['completion bash', 0],
      ['avail', 0],
      ['status nosuch', 4],
    ] as const) {
      const script = `node "$0" -c "$1" ${words} > >(:)`;
      const result = await site.run(['/bin/bash', '-c', script, cli, site.configuration]);
      if (result.code !== code || result.stderr !== '') {
        ends.push(`${words}: ${result.code} ${result.stderr}`);
      }
    }
    expect(ends).toEqual([]);
  });
});
