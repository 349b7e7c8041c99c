import { describe, expect, it } from 'vitest';
import type { Program } from '../../../src/config/program.ts';
import type { Image } from '../../fake/kernel.ts';
import { Site } from '../../fake/site.ts';
import { stubbornImage } from '../../fake/stubborn.ts';

/** Ends by itself after a while. */
const endingAfter =
  (ms: number, code: number): Image =>
  (kernel, proc) => {
    proc.after(ms, () => {
      kernel.exit(proc, { by: 'exit', code });
    });
  };

function siteWith(instead: Image, program: Partial<Program>): Site {
  const site = new Site({ instead, program });
  site.subprocess.spawn();
  return site;
}

/** The states that a program goes through, looked at ten times a second. */
async function watch(site: Site, ms: number): Promise<readonly string[]> {
  const seen: string[] = [];
  for (let waited = 0; waited <= ms; waited += 100) {
    if (seen.at(-1) !== site.subprocess.state) seen.push(site.subprocess.state);
    await site.clock.pass(100);
  }
  return seen;
}

describe('the fake supervisord', () => {
  it.each([
    ['keeps what stays up', stubbornImage([]), {}, ['STARTING', 'RUNNING']],
    [
      'tries again what ends too quickly, at ever longer intervals, and gives up',
      endingAfter(200, 1),
      { startretries: 2 },
      ['STARTING', 'BACKOFF', 'STARTING', 'BACKOFF', 'STARTING', 'BACKOFF', 'FATAL'],
    ],
    [
      'starts again what ended unexpectedly',
      endingAfter(4200, 1),
      {},
      ['STARTING', 'RUNNING', 'STARTING', 'RUNNING', 'STARTING'],
    ],
    ['leaves what ended as expected', endingAfter(4200, 0), {}, ['STARTING', 'RUNNING', 'EXITED']],
    [
      'leaves what shall not be started again',
      endingAfter(4200, 1),
      { autorestart: false },
      ['STARTING', 'RUNNING', 'EXITED'],
    ],
    [
      'starts again what always shall be',
      endingAfter(4200, 0),
      { autorestart: true },
      ['STARTING', 'RUNNING', 'STARTING', 'RUNNING', 'STARTING'],
    ],
  ] as ReadonlyArray<readonly [string, Image, Partial<Program>, readonly string[]]>)(
    '%s',
    async (_name, image, program, states) => {
      const seen = await watch(siteWith(image, program), 10_500);
      expect(seen.filter((state) => state !== 'EXITED' || states.includes('EXITED'))).toEqual(
        states,
      );
    },
  );

  it('KILLs after stopwaitsecs what does not stop', async () => {
    const site = siteWith(stubbornImage(['SIGTERM']), { stopwaitsecs: 3 });
    const { proc } = site.subprocess;
    await site.clock.pass(2000);
    site.subprocess.stop();
    await site.clock.pass(2500);
    expect([site.subprocess.state, proc?.isAlive]).toEqual(['STOPPING', true]);
    await site.clock.pass(2000);
    expect([site.subprocess.state, proc?.isAlive]).toEqual(['STOPPED', false]);
  });

  it.each([true, false])('signals the group where it shall: %s', async (asGroup) => {
    const site = siteWith(
      (kernel, proc) => {
        kernel.spawn(proc, { argv: ['child'], env: {}, cwd: '/' }, stubbornImage([]));
      },
      { stopasgroup: asGroup, killasgroup: asGroup },
    );
    await site.clock.pass(2000);
    site.subprocess.stop();
    await site.clock.pass(1000);
    expect(site.family).toHaveLength(asGroup ? 0 : 1);
  });
});
