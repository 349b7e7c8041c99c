import { describe, expect, test } from 'vitest';
import { missingPythons } from '../reload/support/missing-pythons.ts';
import { startWatchedLoad } from '../reload/support/under-load.ts';
import {
  expectUpToDate,
  identities,
  openSite,
  sleeper,
  SUPERVISORS,
  unwrap,
  updateAll,
  waitForArgv,
  web,
} from './support.ts';

const missing = await missingPythons();

/** What a stock supervisord cannot do otherwise. */
const AS_A_WHOLE =
  'will be stopped and started again, since the supervisor can change a group only by taking it up anew: ';

describe.each(SUPERVISORS)('update under %s, beside a gunicorn under load', (supervisor) => {
  const isOurs = supervisor === 'reloadctl';

  const testIt = test.skipIf(missing.has('newest')).concurrent;

  testIt('grows and shrinks a program, and leaves alone who stays', async (context) => {
    const site = await openSite(supervisor, context, { extraConf: web(2) });
    const load = await startWatchedLoad(site);
    const two = await identities(site);
    site.editConfiguration((text) => text.replace(web(2), web(4)));
    const grown = await updateAll(site);
    const four = await identities(site);
    expect(Object.keys(four).sort()).toEqual(['usercenter', 'web_0', 'web_1', 'web_2', 'web_3']);
    expect(Object.values(four)).not.toContain('-');

    site.editConfiguration((text) => text.replace(web(4), web(1)));
    const shrunk = await updateAll(site);
    const one = await identities(site);
    expect(Object.keys(one).sort()).toEqual(['usercenter', 'web_0']);
    expect(one.usercenter).toBe(two.usercenter);
    expect(grown.stderr).toContain('  web_2, web_3: new\n');
    expect(shrunk.stderr).toContain('  web_1, web_2, web_3: gone\n');
    if (isOurs) {
      expect(four).toMatchObject(two);
      expect(one.web_0).toBe(two.web_0);
      expect(grown.stdout).toBe('web: updated process group\n');
      expect(unwrap(grown.stderr)).toContain('→ will be started: web_2, web_3\n');
      expect(unwrap(grown.stderr)).toContain('→ 2 processes go on untouched');
      expect(unwrap(shrunk.stderr)).toContain('→ will be stopped: web_1, web_2, web_3\n');
    } else {
      expect(grown.stdout).toBe('web: stopped\nweb: updated process group\n');
      expect(unwrap(grown.stderr)).toContain(`${AS_A_WHOLE}web_0, web_1\n`);
      expect(unwrap(shrunk.stderr)).toContain(`${AS_A_WHOLE}web_0, web_1, web_2, web_3\n`);
      expect(unwrap(shrunk.stderr)).not.toContain('although nothing of it has changed');
    }
    await expectUpToDate(site);
    await load.stopWithoutFailure();
  });

  testIt('replaces a command, takes up what is new and ends what is gone', async (context) => {
    const before = [web(2, { priority: 5 }), sleeper('gone'), sleeper('keep')].join('\n');
    const command = '/bin/sleep 1001';
    const after = [web(2, { priority: 5, command }), sleeper('keep'), sleeper('new')].join('\n');
    const site = await openSite(supervisor, context, {
      extraConf: `${before}\n[reloadctl]\nsettle=0.2\n`,
    });
    const load = await startWatchedLoad(site);
    const then = await identities(site);
    site.editConfiguration((text) => text.replace(before, after));

    // Only looking changes nothing, however often.
    const reread = await site.reloadctl(['reread']);
    const dry = await site.reloadctl(['update', '--dry-run']);
    expect(await site.reloadctl(['update', '--dry-run'])).toMatchObject({ stdout: dry.stdout });
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(await identities(site)).toEqual(then);
    expect(reread).toMatchObject({
      code: 0,
      stdout: 'gone: disappeared\nnew: available\nweb: changed\n',
    });
    expect(dry.stdout.split('\n').filter((line) => /^\S/.test(line))).toEqual([
      'gone: disappeared',
      'new: available',
      'web: changed',
    ]);
    expect(dry.stdout).toContain('  web_0, web_1: changed\n');
    expect(dry.stdout).toContain('    command  /bin/sleep 1000 → /bin/sleep 1001\n');
    expect(dry.stdout).toContain('  → will be stopped and removed: gone\n');
    expect(dry.stdout).toContain('  → will be added, and started where autostart says so\n');
    const one = await site.reloadctl(['update', '--dry-run', 'new']);
    expect(one.stdout).toMatch(/^new: available\n {2}→ [^\n]+\n$/);

    const updated = await updateAll(site);
    expect(updated.stdout).toBe(
      `gone: stopped\ngone: removed process group\n${isOurs ? '' : 'web: stopped\n'}web: updated process group\nnew: added process group\n`,
    );
    const now = await identities(site);
    expect(Object.keys(now).sort()).toEqual(['keep', 'new', 'usercenter', 'web_0', 'web_1']);
    expect(now.keep).toBe(then.keep);
    expect(now.usercenter).toBe(then.usercenter);
    expect(now.web_0).not.toBe(then.web_0);
    await waitForArgv(site, 'web_0', command.split(' '));
    await waitForArgv(site, 'web_1', command.split(' '));
    await expectUpToDate(site);
    await load.stopWithoutFailure();
  });

  testIt('does nothing about a file that is wrong, and says where', async (context) => {
    const site = await openSite(supervisor, context, { extraConf: web(2) });
    const load = await startWatchedLoad(site);
    const before = await identities(site);
    for (const [from, to, told] of [
      [
        web(2),
        web(4, { startretries: 'many' }),
        /'many' in section 'program:web' \(file: '.*supervisord\.conf'\)/,
      ],
      [
        web(4, { startretries: 'many' }),
        `${web(2)}\n[program:web2\ncommand`,
        /'command\\n' \(.*supervisord\.conf:\d+\)/,
      ],
    ] as const) {
      site.editConfiguration((text) => text.replace(from, to));
      for (const words of [['reread'], ['update', '--dry-run'], ['update']]) {
        const { code, stdout, stderr } = await site.reloadctl(words);
        expect(code === 1 || code === 2, `${words.join(' ')}: exit ${code}`).toBe(true);
        expect(stdout + stderr).toMatch(told);
      }
      expect(await identities(site)).toEqual(before);
    }
    await load.stopWithoutFailure();
  });
});
