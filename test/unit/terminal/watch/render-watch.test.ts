import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../../../src/terminal/text/width.ts';
import { brokenReload, goodReload } from '../sample-events.ts';
import { ASCII, program, PROGRAMS, View } from './sample-state.ts';

const LOG = {
  is: 'log',
  log: {
    key: 'usercenter:usercenter',
    channel: 'stdout',
    text: 'half a line\n[1] [INFO] Booting worker with pid: 4712\nGET /\u001b]0;owned\u0007 200\n',
    isCut: true,
  },
} as const;

const view = (columns: number, rows = 18): View =>
  new View(columns, rows).sample().press('down', 'down').send(LOG);

describe('renderWatch', () => {
  it('at 60 columns', () => {
    expect(view(60).shown).toMatchInlineSnapshot(`
      "
      reloadctl  5 programs, 1 FATAL, 1 STOPPED  unix:/…  07:31:05
        NAME        STATE     WORKERS      MEM    CPU  UPTIME
        broken      FATAL           -        -      -       -
        cache       RUNNING         -  9.0 MiB   0.0%       -
      > usercenter  RUNNING       4/4  102 MiB   3.2%   3h12m
        web:api     RUNNING       2/4  1.3 GiB   240%      5s
        idle        STOPPED         -        -      -       -
      ── usercenter  gunicorn 27.0.1, pid 4711, reloaded 3h ago, …
      [1] [INFO] Booting worker with pid: 4712
      GET /\\x1b]0;owned\\x07 200







      r reload  s start  x stop  l log  / filter  ? help  q quit
      "
    `);
  });

  it('at 80 columns', () => {
    expect(view(80).shown).toMatchInlineSnapshot(`
      "
      reloadctl  5 programs, 1 FATAL, 1 STOPPED  unix:///run/supervisor.sock  07:31:05
        NAME        STATE     WORKERS      MEM    CPU  UPTIME  RELOADED
        broken      FATAL           -        -      -       -  -
        cache       RUNNING         -  9.0 MiB   0.0%       -  -
      > usercenter  RUNNING       4/4  102 MiB   3.2%   3h12m  3h ago, done
        web:api     RUNNING       2/4  1.3 GiB   240%      5s  4s ago, refused
        idle        STOPPED         -        -      -       -  -
      ── usercenter  gunicorn 27.0.1, pid 4711, reloaded 3h ago, done, stdout ────────
      [1] [INFO] Booting worker with pid: 4712
      GET /\\x1b]0;owned\\x07 200







      r reload  s start  x stop  l log  / filter  o sort  ? help  q quit
      "
    `);
  });

  it('at 200 columns', () => {
    expect(view(200).shown).toMatchInlineSnapshot(`
      "
      reloadctl  5 programs, 1 FATAL, 1 STOPPED  unix:///run/supervisor.sock                                                                                                                          07:31:05
        NAME        STATE      PID  TYPE      VERSION  WORKERS      MEM    CPU  UPTIME  RELOADED
        broken      FATAL        -  -         -              -        -      -       -  -
        cache       RUNNING     77  -         -              -  9.0 MiB   0.0%       -  -
      > usercenter  RUNNING   4711  gunicorn  27.0.1       4/4  102 MiB   3.2%   3h12m  3h ago, done
        web:api     RUNNING   4711  gunicorn  27.0.1       2/4  1.3 GiB   240%      5s  4s ago, refused
        idle        STOPPED      -  -         -              -        -      -       -  -
      ── usercenter  gunicorn 27.0.1, pid 4711, reloaded 3h ago, done, stdout ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
      [1] [INFO] Booting worker with pid: 4712
      GET /\\x1b]0;owned\\x07 200







      r reload  s start  x stop  l log  / filter  o sort  ? help  q quit
      "
    `);
  });

  it.each([1, 2, 3, 4, 5, 7])('on %i rows shows the chosen program', (rows) => {
    const screen = view(80, rows).screen();
    expect(screen).toHaveLength(rows);
    expect(screen.some((row) => row.startsWith('> usercenter'))).toBe(true);
  });

  it('in ASCII alone where nothing else can be shown', () => {
    const text = view(80).screen(ASCII).join('\n');
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    expect(view(80).press('?').screen(ASCII).join('\n')).toMatch(/^[\x20-\x7e\n]*$/);
  });

  it('never sends what a log or a name wants a terminal to do', () => {
    const hostile = program('x', { name: '\u001b[2J\u202eevil', description: '\u0007' });
    const shown = new View().sample([hostile]).send({
      is: 'log',
      log: {
        key: 'x:x',
        channel: 'stderr',
        text: '\u009b31m\u0000\ufffd\r\n\u001b[?1049l',
        isCut: false,
      },
    });
    expect(shown.screen().join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(shown.shown).toContain('\\x1b[?1049l');
  });

  it('shows an action with its steps and workers', () => {
    const watch = view(80, 26);
    watch.send({ is: 'task-started', action: 'reload', program: program('usercenter') });
    for (const event of goodReload().slice(0, 9)) {
      watch.nowMs = event.atMs;
      watch.send({ is: 'task-event', event });
    }
    expect(watch.shown).toMatchInlineSnapshot(`
      "
      reloadctl  5 programs, 1 FATAL, 1 STOPPED  unix:///run/supervisor.sock  07:31:05
        NAME        STATE     WORKERS      MEM    CPU  UPTIME  RELOADED
        broken      FATAL           -        -      -       -  -
        cache       RUNNING         -  9.0 MiB   0.0%       -  -
      > usercenter  RUNNING       4/4  102 MiB   3.2%   3h12m  3h ago, done
        web:api     RUNNING       2/4  1.3 GiB   240%      5s  4s ago, refused
        idle        STOPPED         -        -      -       -  -
      ── reload usercenter ───────────────────────────────────────────────────────────
      reload usercenter  bridge, gunicorn 26.1.0, master 1234, 4 workers         0.2 s
        ! stopwaitsecs (10 s) is shorter than graceful_timeout (30 s), so the
          supervisor's stop can cut requests off

        ✓  1  keep gunicorn.ctl under a second name                              0.0 s
        ✓  2  USR2 → master 1234: start a second master                          0.2 s
        ⠋  3  the bridge has 4 ready workers                                     0.0 s
              at most 32 s since step 2: gunicorn's timeout
        ·  4  the bridge is steady for 1.5 s
        ·  5  HUP → master 1234: change to the new code
        ·  6  the master has 4 ready new workers
        · 4 more steps

        old     ████  4 of 4
        new     ░░░░  0 of 4 ready
        bridge  ░░░░  0 of 4 ready, pid 1301

      Ctrl-C end it  r reload  s start  x stop  l log  / filter  ? help  q quit
      "
    `);
  });

  it('shows why an action did not succeed until that is closed', () => {
    const watch = view(80, 30);
    watch.send({ is: 'task-started', action: 'reload', program: program('usercenter') });
    for (const event of brokenReload()) watch.send({ is: 'task-event', event });
    watch.send({ is: 'task-ended', error: undefined });
    expect(watch.shown).toMatchInlineSnapshot(`
      "
      reloadctl  5 programs, 1 FATAL, 1 STOPPED  unix:///run/supervisor.sock  07:31:05
        NAME        STATE     WORKERS      MEM    CPU  UPTIME  RELOADED
        broken      FATAL           -        -      -       -  -
        cache       RUNNING         -  9.0 MiB   0.0%       -  -
      > usercenter  RUNNING       4/4  102 MiB   3.2%   3h12m  3h ago, done
        web:api     RUNNING       2/4  1.3 GiB   240%      5s  4s ago, refused
        idle        STOPPED         -        -      -       -  -
      ── reload usercenter  Esc closes this report ───────────────────────────────────
      usercenter: not reloaded, the old version still serves (bridge, 1.5 s)
        failed   step 3, wait until the bridge has 4 ready workers
        seen     bridge 1301 died
        serving  master 1234 with 4 old workers
        next     Repair the new version or put the previous one back, then
                 \`reloadctl reload usercenter\`. Its log: \`reloadctl tail usercenter\`.
                 Do not leave it there: a worker that is replaced for another reason
                 (a crash, max_requests, a timeout) loads it, and can take the running
                 version down.
      The program's log says:
          [2024-11-20 22:57:12 +0000] [1305] [ERROR] Exception in worker process
          Traceback (most recent call last):
            File "/srv/usercenter/app.py", line 3, in <module>
              import settingz
          ModuleNotFoundError: No module named 'settingz'
          [2024-11-20 22:57:12 +0000] [1301] [ERROR] Worker failed to boot.





      r reload  s start  x stop  l log  / filter  o sort  ? help  q quit
      "
    `);
    expect(watch.press('escape').shown).toContain('Booting worker');
  });

  it('says why nothing is known, for how long, and from when the rest is', () => {
    const watch = view(80);
    watch.nowMs = 1000;
    watch.send({ is: 'lost', why: 'unix:///run/supervisor.sock no such file' });
    watch.nowMs = 13_000;
    watch.send({ is: 'tick' });
    expect(watch.screen()[1]).toBe(
      '! nothing new for 13 s, retrying: unix:///run/supervisor.sock no such file',
    );
    expect(view(80).send({ is: 'asked' }).screen()[1]).not.toContain('!');
    const silent = view(80).send({ is: 'asked' });
    silent.nowMs = 3200;
    silent.send({ is: 'tick' });
    expect(silent.screen()[1]).toBe('! nothing new for 3 s, retrying: no answer');
    expect(silent.sample().screen()[1]).not.toContain('!');
  });

  it('shows the part of a long list around the chosen program, and says which', () => {
    const many = Array.from({ length: 40 }, (_, index) => program(`p${index + 10}`));
    const watch = new View(80, 20).sample(many).press('l', 'l', 'l', 'end');
    expect(watch.screen()[0]).toContain('rows 24-40 of 40');
    expect(watch.screen().at(-2)).toContain('> p49');
    expect(watch.press('home').screen()[2]).toContain('> p10');
  });

  it.each([
    ['before the first look', new View(), 'Looking …'],
    ['without programs', new View().sample([]), 'The supervisor has no programs.'],
    ['with a filter that nothing passes', view(80).press('/', 'z', 'z'), 'No program passes'],
  ])('says what is the matter %s', (_, watch, expected) => {
    expect(watch.shown).toContain(expected);
  });

  it('is never wider or higher than the screen', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 210 }),
        fc.integer({ min: 1, max: 60 }),
        fc.array(text, { maxLength: 30 }),
        text,
        fc.constantFrom([], ['?'], ['/'], ['x'], ['r'], ['o', 'O'], ['l']),
        (columns, rows, names, log, keys) => {
          const programs = names.map((name, index) => program(`${name}${index}`));
          const watch = new View(columns, rows).sample([...programs, ...PROGRAMS]);
          const key = watch.state.chosen ?? '';
          watch.send({ is: 'log', log: { key, channel: 'stdout', text: log, isCut: false } });
          const screen = watch.press(...keys).screen();
          expect(screen).toHaveLength(rows);
          for (const row of screen) expect(displayWidth(row)).toBeLessThanOrEqual(columns);
        },
      ),
      { numRuns: 300 },
    );
  });
});
