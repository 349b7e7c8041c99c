import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { builtCli } from '../../rig/cli.ts';
import { pythonForTests } from '../../rig/python.ts';
import { reservePort } from '../../rig/site/ports.ts';
import { siteForTest } from '../../rig/site-for-test.ts';
import type { Site } from '../../rig/site.ts';

const python = await pythonForTests('newest');

interface Report {
  readonly findings: readonly Found[];
  readonly unseen: readonly unknown[];
  readonly remarks: readonly string[];
}

interface Found {
  readonly code: string;
  readonly severity: string;
  readonly program?: string;
  readonly observed: string;
}

async function doctor(
  site: Site,
  ...words: readonly string[]
): Promise<Report & { readonly code: number | null }> {
  const result = await site.reloadctl(['--json', 'doctor', ...words]);
  expect(result.stderr).toBe('');
  return { ...(JSON.parse(result.stdout) as Report), code: result.code };
}

const codesOf = (findings: readonly Found[]): readonly string[] =>
  findings.map(({ code }) => code).toSorted();

describe.skipIf(python === undefined).concurrent('doctor and what runs', () => {
  test('nothing is found about a good site', async (context) => {
    const site = await siteForTest({}, 'serving', context);
    const seen = await doctor(site);
    expect(seen).toMatchObject({ findings: [], unseen: [], remarks: [], code: 0 });
  });

  test('a moved symlink under a running master', async (context) => {
    const site = await siteForTest({ releases: true }, 'serving', context);
    site.deployRelease('r2', 'v2');
    const { findings, code } = await doctor(site, 'usercenter');
    expect(codesOf(findings)).toEqual(['stale-release']);
    expect(code).toBe(1);
  });

  test('refused code that lies there still, until it is proved', async (context) => {
    const site = await siteForTest({}, 'serving', context);
    site.setVersion('v2', { broken: 'import-error' });
    expect((await site.reloadctl(['reload', 'usercenter'])).code).toBe(10);
    expect(codesOf((await doctor(site)).findings)).toContain('armed');
    const long = await site.reloadctl(['status', '--long', 'usercenter']);
    expect(long.stdout).toContain('refused, armed');
    site.setVersion('v2');
    expect((await site.reloadctl(['check', 'usercenter'])).code).toBe(0);
    expect((await doctor(site)).findings).toEqual([]);
  });

  test('a bind that a reload could not bind again', async (context) => {
    const site = await siteForTest({}, 'serving', context);
    const reserved = await reservePort();
    context.onTestFinished(() => reserved.release());
    const own = new URL(site.endpoint.url).host;
    site.setGunicornOptions({ bind: [own, `127.0.0.1:${reserved.port}`] });
    const { findings } = await doctor(site, 'usercenter');
    expect(codesOf(findings)).toEqual(['reload-refused']);
  });

  test('startsecs below the boot that the last reload has measured', async (context) => {
    const site = await siteForTest({ bootSeconds: 2 }, 'serving', context);
    expect((await doctor(site)).findings).toEqual([]);
    site.setVersion('v2', { bootSeconds: 2 });
    expect((await site.reloadctl(['reload', 'usercenter'])).code).toBe(0);
    const { findings, code } = await doctor(site);
    expect(codesOf(findings)).toEqual(['startsecs-below-boot']);
    expect(findings[0]?.observed).toMatch(/startsecs is 1 s, and the last boot took [2-9]/);
    expect(code).toBe(0);
  });

  test('a preloaded app, and a stopwaitsecs below its graceful_timeout', async (context) => {
    const site = await siteForTest(
      {
        preload: true,
        gracefulTimeoutSecs: 20,
        programOptions: { stopwaitsecs: '10' },
      },
      'serving',
      context,
    );
    const { findings } = await doctor(site);
    expect(codesOf(findings)).toEqual(['preload', 'stopwaitsecs-too-short']);
  });

  test('somebody else on the port of a program that does not run', async (context) => {
    const site = await siteForTest({}, 'serving', context);
    const stopped = await site.reloadctl(['stop', 'usercenter']);
    expect(stopped.code).toBe(0);
    const other = createServer().listen(Number(new URL(site.endpoint.url).port), '127.0.0.1');
    context.onTestFinished(() => {
      other.close();
    });
    await new Promise((resolve) => other.once('listening', resolve));
    const { findings } = await doctor(site, 'usercenter');
    expect(codesOf(findings)).toEqual(['port-held']);
    expect(findings[0]?.observed).toContain(
      `127.0.0.1:${(other.address() as AddressInfo).port} is held by process ${process.pid}`,
    );
  });

  test('without a supervisor it says what was not looked at, and nothing is started or changed', async (context) => {
    const site = await siteForTest({}, 'serving', context);
    const configuration = readFileSync(site.configuration, 'utf8');
    const copy = join(site.directory, 'other.conf');
    writeFileSync(copy, configuration.replaceAll('supervisor.sock', 'nobody.sock'));
    const before = site.processes().map(({ pid }) => pid);
    const result = await site.run([...(await cliOf()), '-c', copy, '--json', 'doctor', '--fix']);
    expect(result.code).toBe(0);
    expect(site.processes().map(({ pid }) => pid)).toEqual(before);
    const { stdout } = await site.run([...(await cliOf()), '-c', copy, 'doctor']);
    expect(stdout).toContain('nothing that runs was looked at');
  });

  test('--fix prints a diff that patch(1) applies, after which nothing is found', async (context) => {
    const site = await siteForTest(
      {
        gracefulTimeoutSecs: 20,
        programOptions: { stopwaitsecs: '10', stopsignal: 'INT' },
      },
      'serving',
      context,
    );
    const before = readFileSync(site.configuration, 'utf8');
    const { stdout } = await site.reloadctl(['doctor', '--fix']);
    expect(readFileSync(site.configuration, 'utf8')).toBe(before);
    copyFileSync(site.configuration, join(site.directory, 'kept.conf'));
    const patched = await site.run(['patch', '-p0', '--quiet'], { input: stdout });
    expect(patched.stdout + patched.stderr).toBe('');
    const after = readFileSync(site.configuration, 'utf8');
    expect(after).toContain('stopwaitsecs=25');
    expect(after).toContain('stopsignal=TERM');
    const { findings } = await doctor(site, '--offline');
    expect(findings).toEqual([]);
  });

  test('an unknown name is told with the nearest one', async (context) => {
    const site = await siteForTest({}, 'serving', context);
    const { code, stderr } = await site.reloadctl(['doctor', 'usercentre']);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean usercenter?');
  });
});

async function cliOf(): Promise<readonly [string, string]> {
  return [process.execPath, await builtCli()];
}

describe.skipIf(python === undefined).concurrent('what doctor knows, said before an action', () => {
  test('an error that concerns it, on stderr; with --json an event; nothing with --quiet', async (context) => {
    const site = await siteForTest({ programOptions: { stopsignal: 'INT' } }, 'serving', context);
    const told = await site.reloadctl(['stop', 'usercenter']);
    expect(told.stderr).toMatch(/^! stopsignal is INT for gunicorn/);
    const json = await site.reloadctl(['--json', 'stop', 'usercenter']);
    expect(JSON.parse(json.stdout.split('\n')[0] ?? '')).toMatchObject({
      event: 'finding',
      code: 'stopsignal',
      program: 'usercenter',
    });
    const quiet = await site.reloadctl(['--quiet', 'start', 'usercenter']);
    expect(quiet.stderr).toBe('');
  });

  test('not one that concerns something else', async (context) => {
    const site = await siteForTest({ programOptions: { stopsignal: 'INT' } }, 'serving', context);
    const { stderr, code } = await site.reloadctl(['reload', 'usercenter']);
    expect(code).toBe(0);
    expect(stderr).not.toContain('stopsignal');
  });
});
