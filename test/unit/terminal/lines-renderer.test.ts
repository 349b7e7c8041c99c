import { describe, expect, it, vi } from 'vitest';
import type { ReloadEvent } from '../../../src/reload/events.ts';
import { LinesRenderer } from '../../../src/terminal/lines-renderer.ts';
import type { Renderer } from '../../../src/terminal/renderer.ts';
import { recordOutputs } from './recorder.ts';
import { brokenReload, goodReload } from './sample-events.ts';

function render(
  events: readonly ReloadEvent[],
  options?: Parameters<typeof recordOutputs>[0],
): { readonly out: string; readonly err: string } {
  const outputs = recordOutputs(options);
  const renderer: Renderer = new LinesRenderer(outputs);
  renderer.begin('usercenter');
  for (const event of events) renderer.handle(event);
  renderer.finish();
  return { out: outputs.stdout.text, err: outputs.stderr.text };
}

describe('lines of a reload', () => {
  it('tell every step with its time, and the result on stdout', () => {
    const { out, err } = render(goodReload());
    expect(out).toBe('usercenter: reloaded (bridge, 4 workers, 8.4 s)\n');
    expect(err).toMatchInlineSnapshot(`
      "   0.00s  reload usercenter: bridge, gunicorn 26.1.0, master 1234, 4 workers
         0.00s  why: a second master (the bridge) serves while the first one changes its workers, so no request fails and none waits for the boot
         0.00s  warning: stopwaitsecs (10 s) is shorter than graceful_timeout (30 s), so the supervisor's stop can cut requests off
         0.01s   1/10 done: keep gunicorn.ctl under a second name
         0.01s   2/10 USR2 → master 1234: start a second master, at most 10 s: the master's main loop
         0.16s   2/10 ok, 0.2 s: the bridge has started
         0.16s   3/10 wait until the bridge has 4 ready workers, at most 32 s since step 2: gunicorn's timeout
         2.06s  workers: old 4, bridge 1 of 4 ready
         2.31s   3/10 ok, 2.2 s
         2.31s   4/10 wait until the bridge is steady for 1.5 s, at most 13 s: settling time
         3.81s   4/10 ok, 1.5 s
         3.81s   5/10 HUP → master 1234: change to the new code, at most 10 s: the master's main loop
         4.03s   5/10 ok, 0.2 s: the master has started a new worker
         4.03s   6/10 wait until the master has 4 ready new workers, at most 32 s since step 5: gunicorn's timeout
         5.63s  workers: old 1, new 2 of 4 ready, bridge 4 of 4 ready
         5.83s   6/10 ok, 1.8 s
         5.83s   7/10 wait until every old worker is gone, at most 30 s since step 5: graceful_timeout
         6.93s  workers: new 4 of 4 ready, bridge 4 of 4 ready
         6.93s   7/10 ok, 1.1 s
         6.93s   8/10 TERM → bridge 1301: finish and go, at most 32 s: graceful_timeout
         7.35s   8/10 ok, 0.4 s: the bridge is gone
         7.36s   9/10 done: give gunicorn.ctl its name back
         7.36s  10/10 wait until 4 new workers are steady for 1 s, at most 12 s: settling time
         8.36s  10/10 ok, 1.0 s
      "
    `);
  });

  it('explain a failure', () => {
    const { out, err } = render(brokenReload());
    expect(out).toBe('usercenter: not reloaded, the old version still serves (bridge, 1.5 s)\n');
    expect(err.slice(err.indexOf('   1.48s'))).toMatchInlineSnapshot(`
      "   1.48s   3/10 FAILED after 1.3 s: bridge 1301 died
      The program's log says:
          [2024-11-20 22:57:12 +0000] [1305] [ERROR] Exception in worker process
          Traceback (most recent call last):
            File "/srv/usercenter/app.py", line 3, in <module>
              import settingz
          ModuleNotFoundError: No module named 'settingz'
          [2024-11-20 22:57:12 +0000] [1301] [ERROR] Worker failed to boot.
         1.49s  undo: done: give gunicorn.ctl its name back
         1.49s  undo: done: remove the pid file usercenter.pid.2
        failed   step 3, wait until the bridge has 4 ready workers
        seen     bridge 1301 died
        serving  master 1234 with 4 old workers
        next     Repair the new version or put the previous one back, then
                 \`reloadctl reload usercenter\`. Its log: \`reloadctl tail usercenter\`.
                 Do not leave it there: a worker that is replaced for another reason
                 (a crash, max_requests, a timeout) loads it, and can take the running
                 version down.
      "
    `);
  });

  it('call it no failure where something may go on beyond its limit', () => {
    const { err } = render(
      brokenReload().map((event) =>
        event.event === 'step-failed' && 'atLimit' in event.step
          ? { ...event, step: { ...event.step, atLimit: 'note' } }
          : event,
      ),
    );
    expect(err).toContain('3/10 not done after 1.3 s: bridge 1301 died');
    expect(err).not.toContain('FAILED');
  });

  it('are ASCII where the locale says so', () => {
    expect(render(goodReload(), { color: false, unicode: false }).err).toMatch(/^[\n\x20-\x7e]+$/u);
  });

  it('never move the cursor, even in colour', () => {
    const { err } = render(brokenReload(), { color: true, unicode: true });
    expect(err).toContain('\u001b[31m');
    expect(err.replaceAll(/\u001b\[\d+m/gu, '')).not.toContain('\u001b');
  });

  it('tell what happens beside the steps', () => {
    const { err } = render([
      {
        event: 'lock-wait',
        atMs: 0,
        pid: 77,
        purpose: 'reload usercenter',
        uid: 0,
        user: 'root',
        program: 'reloadctl',
        sinceEpochMs: undefined,
      },
      {
        event: 'killed',
        atMs: 30_000,
        pid: 1240,
        role: 'old-workers',
        by: 'reloadctl',
        afterMs: 30_000,
      },
      {
        event: 'signal',
        atMs: 30_100,
        signal: 'SIGTTIN',
        pid: 1234,
        role: 'master',
        via: 'supervisor',
        outcome: 'sent',
      },
      {
        event: 'signal',
        atMs: 30_200,
        signal: 'SIGTERM',
        pid: 1241,
        role: 'old-workers',
        via: 'direct',
        outcome: 'gone',
      },
    ]);
    expect(err.split('\n')).toEqual([
      '   0.00s  reloadctl 77 of root (reload usercenter) is at work on this program',
      '  30.00s  KILLed old worker 1240, which had been asked to go 30 s before',
      '  30.10s  TTIN → master 1234 through the supervisor',
      '  30.20s  TERM → old worker 1241: not sent, the process is gone',
      '',
    ]);
  });

  it('begin anew with each action', () => {
    const { err } = render([...brokenReload(), ...goodReload()]);
    expect(err.match(/ 1\/10 done/gu)).toHaveLength(2);
    expect(err.match(/FAILED/gu)).toHaveLength(1);
  });
});

describe('numbers of workers', () => {
  const workers = (atMs: number, total: number): ReloadEvent => {
    const none = { total: 0, ready: 0 };
    const now = {
      masterPid: 1,
      old: { total, ready: total },
      new: none,
      bridge: undefined,
      successor: undefined,
    };
    return { event: 'workers', now, expected: 2, atMs };
  };

  it('are told at most once a second, and the last of them always', () => {
    vi.useFakeTimers();
    try {
      const outputs = recordOutputs();
      const renderer = new LinesRenderer(outputs);
      renderer.handle(workers(1000, 4));
      renderer.handle(workers(1200, 3));
      renderer.handle(workers(1400, 2));
      vi.advanceTimersByTime(599);
      expect(outputs.stderr.text).toBe('   1.00s  workers: old 4\n');
      vi.advanceTimersByTime(1);
      expect(outputs.stderr.text).toBe('   1.00s  workers: old 4\n   1.40s  workers: old 2\n');
      renderer.handle(workers(1500, 1));
      renderer.finish();
      vi.advanceTimersByTime(5000);
      expect(outputs.stderr.text).not.toContain('old 1');
    } finally {
      vi.useRealTimers();
    }
  });
});
