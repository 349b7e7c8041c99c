import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/policy/plan.ts';
import { renderPlan } from '../../../src/terminal/plan-text.ts';
import { renderRefusal } from '../../../src/terminal/refusal-text.ts';
import { displayWidth } from '../../../src/terminal/text/width.ts';
import { PLAIN } from './recorder.ts';
import { BRIDGE_PLAN, stepId } from './sample-plan.ts';

describe('renderPlan', () => {
  it('tells who gets what, what is waited for, how long and what then', () => {
    expect(`\n${renderPlan(BRIDGE_PLAN, PLAIN, 80).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      reload usercenter  bridge, gunicorn 26.1.0, master 1234, 4 workers

      Why and what to know
        - a second master (the bridge) serves while the first one changes its workers,
          so no request fails and none waits for the boot
        ! stopwaitsecs (10 s) is shorter than graceful_timeout (30 s), so the
          supervisor's stop can cut requests off

      What clients notice
        nothing: no request fails, and none waits for the new code to boot

      Processes
        master       1234, started by the supervisor
        old workers  1240 1241 1242 1243

      Steps
        Prove: the old version is not touched; a failure or Ctrl-C takes this back
         1  keep gunicorn.ctl under a second name
            file   /srv/usercenter/gunicorn.ctl as
                   /srv/usercenter/gunicorn.ctl.reloadctl
         2  USR2 → master 1234: start a second master
            until  the bridge has started
            limit  at most 10 s: the master's main loop
            else   undo, leave the old version as it is (exit 10)
         3  wait until the bridge has 4 ready workers
            limit  at most 32 s since step 2: gunicorn's timeout
            else   undo, leave the old version as it is (exit 10)
         4  wait until the bridge is steady for 1.5 s
            limit  at most 13 s: settling time
            else   undo, leave the old version as it is (exit 10)
        Switch: the old version gives way; this is carried through to the end
         5  HUP → master 1234: change to the new code
            until  the master has started a new worker
            limit  at most 10 s: the master's main loop
            else   stop here and say that the service is degraded (exit 12)
         6  wait until the master has 4 ready new workers
            limit  at most 32 s since step 5: gunicorn's timeout
            else   stop here and say that the service is degraded (exit 12)
         7  wait until every old worker is gone
            limit  at most 30 s since step 5: graceful_timeout
            else   KILL whoever is still there and go on (exit 11)
        Retire: what is no longer needed goes
         8  TERM → bridge: finish and go
            until  the bridge is gone
            limit  at most 32 s: graceful_timeout
            else   KILL whoever is still there and go on (exit 11)
         9  give gunicorn.ctl its name back
            file   /srv/usercenter/gunicorn.ctl.reloadctl as
                   /srv/usercenter/gunicorn.ctl
        Verify: does the result hold?
        10  wait until 4 new workers are steady for 1 s
            limit  at most 12 s: settling time
            else   stop here and say that the service is degraded (exit 12)

      If a step of the phase "prove" fails
        - TERM → bridge: finish and go
          until  the bridge is gone
          limit  at most 32 s: graceful_timeout
          else   KILL whoever is still there and go on
        - give gunicorn.ctl its name back
          file   /srv/usercenter/gunicorn.ctl.reloadctl as
                 /srv/usercenter/gunicorn.ctl
        - remove the pid file usercenter.pid.2
          file   /run/usercenter.pid.2
      "
    `);
  });

  it.each([60, 80, 200])('keeps to %i columns except for paths and commands', (width) => {
    const wide = renderPlan(BRIDGE_PLAN, PLAIN, width).filter((line) => displayWidth(line) > width);
    expect(wide.filter((line) => !line.includes('/'))).toEqual([]);
  });

  it('does without what a plan does not have', () => {
    const start: Plan = {
      action: 'start',
      strategy: undefined,
      target: { label: 'usercenter', supervisorName: 'usercenter:usercenter' },
      serverType: 'unknown',
      version: undefined,
      procs: [],
      workersAfter: undefined,
      notes: [],
      steps: [
        {
          id: stepId('start'),
          phase: 'switch',
          do: 'supervisor',
          call: 'startProcess',
          name: 'usercenter:usercenter',
          effect: { is: 'serving', workers: undefined },
          limit: { ms: 9_000, reason: 'startsecs' },
          atLimit: 'degraded',
        },
      ],
      undo: [],
      onFailure: [],
    };
    expect(renderPlan(start, PLAIN, 80)).toEqual([
      'start usercenter',
      '',
      'Steps',
      '  Switch: the old version gives way; this is carried through to the end',
      '  1  have the supervisor start usercenter',
      '     until  it runs and is ready',
      '     limit  at most 9 s: startsecs and its retries',
      '     else   stop here and say that the service is degraded (exit 12)',
    ]);
  });

  it('says so when there is nothing to do', () => {
    const lines = renderPlan({ ...BRIDGE_PLAN, steps: [], undo: [], notes: [] }, PLAIN, 80);
    expect(lines.slice(-2)).toEqual(['Steps', '  none: there is nothing to do']);
  });
});

describe('renderRefusal', () => {
  it('tells why, what was said and what can be done', () => {
    const refusal = {
      code: 'settings-broken',
      output: 'ImportError: \u001b[1mx',
    } as const;
    expect(renderRefusal(refusal, { action: 'reload', target: 'usercenter' }, PLAIN, 72)).toEqual([
      'usercenter: reload would be refused: gunicorn cannot read its own',
      'settings any more',
      'The new version said when it was tried aside:',
      '    ImportError: \\x1b[1mx',
      '  - Repair the configuration file or the command line, look with',
      '    `reloadctl check usercenter`, then `reloadctl reload usercenter`.',
    ]);
  });
});
