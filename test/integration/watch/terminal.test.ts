import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonForTests } from '../../rig/python.ts';
import { createSite, type Site } from '../../rig/site.ts';
import { stopSite } from '../../rig/site-for-test.ts';
import { commandOf, openOnTerminal, openView } from './open-view.ts';

const python = await pythonForTests('newest');

describe.skipIf(python === undefined)('the live view and its terminal', () => {
  let site: Site;
  beforeAll(async () => {
    site = await createSite();
    await site.start();
  });
  afterAll(() => stopSite(site));

  const open = (
    ...options: Parameters<typeof openView> extends [Site, ...infer Rest] ? Rest : []
  ) => openView(site, ...options);

  it.each([
    ['q', 0],
    ['\u0003', 0],
  ])('key %j gives the terminal back', async (key, code) => {
    const view = await open();
    await view.waitFor(/> mailer/);
    expect(view.isAlternate).toBe(true);
    view.press(key);
    expect(await view.end()).toBe(code);
    expect(view.isAlternate).toBe(false);
    expect(view.output.endsWith('\u001b[?7h\u001b[?25h\u001b[?1049l')).toBe(true);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 0],
    ['SIGHUP', 'SIGHUP'],
  ] as const)('%s gives the terminal back', async (signal, expected) => {
    const view = await open();
    await view.waitFor(/> mailer/);
    await view.signal(signal);
    expect(await view.end()).toBe(expected);
    expect(view.isAlternate).toBe(false);
    expect(view.output.endsWith('\u001b[?1049l')).toBe(true);
  });

  it('ends when the terminal is gone', async () => {
    const view = await open();
    await view.waitFor(/> mailer/);
    view.hangUp();
    expect(await view.end()).toBe('SIGHUP');
  });

  it('leaves the modes of the terminal as it found them', async () => {
    const view = openOnTerminal(site, [
      '/bin/sh',
      '-c',
      'stty -a > before; "$@"; stty -a > after; diff before after && echo same',
      '-',
      ...(await commandOf(site, ['top'])),
    ]);
    await view.waitFor(/> mailer/);
    view.press('q');
    await view.waitFor(/^same$/m);
    expect(await view.end()).toBe(0);
  });

  it('goes to the shell with Ctrl-Z and comes back with fg', async () => {
    const view = openOnTerminal(site, ['/bin/bash', '--norc', '--noprofile', '-i'], {
      env: { PS1: 'shell> ', HISTFILE: '' },
    });
    await view.waitFor('shell>');
    view.press(`${(await commandOf(site, ['top'])).join(' ')}\r`);
    await view.waitFor(/> mailer/);
    view.press('j\u001a');
    await view.waitFor('Stopped');
    expect(view.isAlternate).toBe(false);
    view.press('echo typed $((20 + 3))\r');
    await view.waitFor('typed 23');
    view.press('fg\r');
    await view.waitFor(/> usercenter/);
    expect(view.isAlternate).toBe(true);
    // The keys come one by one again.
    view.press('k');
    await view.waitFor(/> mailer/);
    view.press('q');
    await view.waitFor('typed 23');
    view.press('exit\r');
    expect(await view.end()).toBe(0);
  });

  it('draws itself again after somebody else has stopped and continued it', async () => {
    const view = await open();
    await view.waitFor(/> mailer/);
    await view.signal('SIGSTOP');
    await view.signal('SIGCONT');
    view.press('j');
    await view.waitFor(/> usercenter/);
    view.press('q');
    expect(await view.end()).toBe(0);
  });

  it('follows the size of the terminal', async () => {
    const view = await open(['top'], { columns: 60, rows: 12 });
    await view.waitFor(/> mailer/);
    expect(view.text).not.toContain('VERSION');
    view.resize(200, 40);
    await view.waitFor('VERSION');
    view.resize(40, 5);
    await view.waitFor(/^> mailer +RUNNING/m);
    expect(view.rows).toHaveLength(5);
    expect(view.rows.every((row) => row.length <= 40)).toBe(true);
    view.press('q');
    expect(await view.end()).toBe(0);
  });

  it('has colours, and none where nobody wants them', async () => {
    const colour = await open();
    await colour.waitFor(/> mailer/);
    expect(colour.output).toContain('\u001b[32mRUNNING');
    for (const [args, env] of [
      [['top'], { NO_COLOR: '1' }],
      [['--no-color', 'top'], {}],
    ] as const) {
      const view = await open([...args], { env });
      await view.waitFor(/> mailer/);
      view.press('q');
      expect(await view.end()).toBe(0);
      expect(view.output.replaceAll('\u001b[0m', '')).not.toMatch(/\u001b\[[\d;]*m/u);
    }
    colour.press('q');
    expect(await colour.end()).toBe(0);
  });

  it('is ASCII alone in a locale without more', async () => {
    const view = await open(['top'], { env: { LANG: 'C', LC_ALL: 'C' } });
    await view.waitFor(/-- mailer/);
    expect(view.text).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('filters, sorts and helps', async () => {
    const view = await open(['status', '--watch']);
    await view.waitFor(/> mailer/);
    view.press('/user\r');
    await view.waitFor('filter "user"');
    expect(view.text).not.toMatch(/^[> ] mailer/m);
    view.press('\u001b');
    await view.waitFor(/^> mailer.*\n {2}usercenter/m);
    view.press('?');
    await view.waitFor('Any key closes the help.');
    view.press(' oooo');
    await view.waitFor('by memory');
    view.press('q');
    expect(await view.end()).toBe(0);
  });
});

describe.skipIf(python === undefined)('without a terminal to draw on', () => {
  let site: Site;
  beforeAll(async () => {
    site = await createSite();
    await site.start();
  });
  afterAll(() => stopSite(site));

  it('prints the table again and again, until Ctrl-C', async () => {
    let seen = '';
    const result = await site.reloadctl(['top', '--interval', '0.2', 'usercenter'], {
      onStdout: (text) => (seen += text),
      onSpawn: (pid) => {
        const timer = setInterval(() => {
          if ((seen.match(/^NAME/gm) ?? []).length < 3) return;
          clearInterval(timer);
          process.kill(pid, 'SIGINT');
        }, 20);
      },
    });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\nNAME .*\nusercenter +RUNNING .* gunicorn .* 2\/2 .*\n\n\d{4}-/,
    );
    expect(result.stdout).not.toContain('\u001b');
  });

  it('ends when its reader has gone', async () => {
    const command = await commandOf(site, ['top', '--interval', '0.2']);
    const result = await site.run([
      '/bin/bash',
      '-c',
      '"$@" | head -3; echo "${PIPESTATUS[0]}"',
      '-',
      ...command,
    ]);
    expect(result.stdout.trimEnd().split('\n').at(-1)).toBe('0');
  });

  it('prints one document a line with --json', async () => {
    const command = await commandOf(site, ['--json', 'top', '--interval', '0.2']);
    const { stdout } = await site.run(['/bin/bash', '-c', '"$@" | head -2', '-', ...command]);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({
      event: 'status',
      programs: [
        { key: 'mailer:mailer' },
        { key: 'usercenter:usercenter', workers: { ready: 2, total: 2 } },
      ],
    });
  });

  it('does the same on a terminal that cannot move its cursor', async () => {
    const view = openOnTerminal(site, await commandOf(site, ['top', '--interval', '0.2']), {
      env: { TERM: 'dumb' },
      rows: 40,
    });
    await view.waitFor(/NAME[^]*NAME[^]*NAME/);
    expect(view.output).not.toContain('\u001b');
    view.press('\u0003');
    expect(await view.end()).toBe(0);
  });

  it.each([
    [['top', 'nope'], 4, 'nope: ERROR (no such process)\n', ''],
    [['top', '--interval', '0'], 2, '', '--interval 0: not a number of seconds'],
    [['top', '--interval', 'often'], 2, '', '--interval often: not a number of seconds'],
  ])('%j exits %i', async (args, code, stdout, stderr) => {
    const result = await site.reloadctl(args);
    expect(result).toMatchObject({ code, stdout });
    expect(result.stderr).toContain(stderr);
  });
});
