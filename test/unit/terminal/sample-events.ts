import type { EventBody, ReloadEvent, ServingNow } from '../../../src/reload/events.ts';
import type { Plan, Step } from '../../../src/policy/plan.ts';
import { BRIDGE_PLAN } from './sample-plan.ts';

type WorkersSeen = readonly [
  old: number,
  fresh: number,
  freshReady: number,
  bridge?: number | undefined,
  bridgeReady?: number | undefined,
  successor?: number,
  successorReady?: number,
];

/** Numbers of workers in a short form. */
export function servingNow(seen: WorkersSeen): ServingNow {
  const [old, fresh, freshReady, bridge, bridgeReady, successor, successorReady] = seen;
  return {
    masterPid: 1234,
    old: { total: old, ready: old },
    new: { total: fresh, ready: freshReady },
    bridge:
      bridge === undefined ? undefined : { pid: 1301, total: bridge, ready: bridgeReady ?? bridge },
    successor:
      successor === undefined
        ? undefined
        : { pid: 1401, total: successor, ready: successorReady ?? successor },
  };
}

/** Writes down the events of one action in order. */
export class Script {
  readonly events: ReloadEvent[] = [];
  readonly #plan: Plan;
  #atMs = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.add(0, { event: 'plan', plan });
  }

  /** `afterMs` later this happens. */
  add(afterMs: number, body: EventBody): this {
    this.#atMs += afterMs;
    this.events.push({ ...body, atMs: this.#atMs });
    return this;
  }

  workers(afterMs: number, seen: WorkersSeen): this {
    return this.add(afterMs, { event: 'workers', now: servingNow(seen), expected: 4 });
  }

  start(afterMs: number, id: string, undoing = false): this {
    const { step, index, of } = this.#find(id, undoing);
    return this.add(afterMs, { event: 'step-started', step, index, of, undoing });
  }

  done(afterMs: number, id: string, elapsedMs: number, undoing = false): this {
    return this.add(afterMs, {
      event: 'step-done',
      step: this.#find(id, undoing).step,
      elapsedMs,
      undoing,
    });
  }

  sent(afterMs: number, signal: NodeJS.Signals, role: 'master' | 'bridge'): this {
    const pid = role === 'master' ? 1234 : 1301;
    return this.add(afterMs, {
      event: 'signal',
      signal,
      pid,
      role,
      via: 'direct',
      outcome: 'sent',
    });
  }

  #find(id: string, undoing: boolean): { step: Step; index: number; of: number } {
    const steps = undoing ? this.#plan.undo : this.#plan.steps;
    const index = steps.findIndex((step) => step.id === id);
    const step = steps[index];
    if (step === undefined) throw new Error(`no step ${id} in this plan`);
    return { step, index: index + 1, of: steps.length };
  }
}

/** A reload that goes well, with numbers as they were seen. */
export function goodReload(): ReloadEvent[] {
  return new Script(BRIDGE_PLAN)
    .workers(2, [4, 0, 0])
    .start(3, 'keep-control')
    .done(1, 'keep-control', 1)
    .start(0, 'usr2')
    .sent(2, 'SIGUSR2', 'master')
    .workers(150, [4, 0, 0, 0, 0])
    .done(1, 'usr2', 153)
    .start(0, 'bridge-boots')
    .workers(400, [4, 0, 0, 4, 0])
    .workers(1500, [4, 0, 0, 4, 1])
    .workers(150, [4, 0, 0, 4, 3])
    .workers(100, [4, 0, 0, 4, 4])
    .done(1, 'bridge-boots', 2151)
    .start(0, 'bridge-holds')
    .done(1502, 'bridge-holds', 1502)
    .start(0, 'hup')
    .sent(1, 'SIGHUP', 'master')
    .workers(220, [4, 4, 0, 4, 4])
    .done(0, 'hup', 221)
    .start(0, 'new-workers')
    .workers(300, [2, 4, 0, 4, 4])
    .workers(1300, [1, 4, 2, 4, 4])
    .workers(200, [1, 4, 4, 4, 4])
    .done(0, 'new-workers', 1800)
    .start(0, 'old-workers')
    .workers(1100, [0, 4, 4, 4, 4])
    .done(0, 'old-workers', 1100)
    .start(0, 'retire-bridge')
    .sent(1, 'SIGTERM', 'bridge')
    .workers(420, [0, 4, 4])
    .done(0, 'retire-bridge', 421)
    .start(0, 'restore-control')
    .done(1, 'restore-control', 1)
    .start(0, 'settled')
    .done(1003, 'settled', 1003)
    .add(4, {
      event: 'result',
      outcome: 'done',
      exitCode: 0,
      action: 'reload',
      strategy: 'bridge',
      target: 'usercenter',
      elapsedMs: 8362,
      refusal: undefined,
      failure: undefined,
      serving: servingNow([0, 4, 4]),
      killed: 0,
    }).events;
}

/** A reload whose new code does not import: the bridge dies, nothing has changed. */
export function brokenReload(): ReloadEvent[] {
  const script = new Script(BRIDGE_PLAN)
    .workers(2, [4, 0, 0])
    .start(3, 'keep-control')
    .done(1, 'keep-control', 1)
    .start(0, 'usr2')
    .sent(2, 'SIGUSR2', 'master')
    .workers(150, [4, 0, 0, 0, 0])
    .done(1, 'usr2', 153)
    .start(0, 'bridge-boots')
    .workers(400, [4, 0, 0, 4, 0])
    .workers(900, [4, 0, 0, 0, 0]);
  const failure = { why: 'died', role: 'bridge', pid: 1301 } as const;
  const step = BRIDGE_PLAN.steps[2];
  if (step === undefined) throw new Error('the plan has no third step');
  return script
    .add(20, { event: 'step-failed', step, elapsedMs: 1320, failure, undoing: false })
    .workers(5, [4, 0, 0])
    .add(1, {
      event: 'output',
      source: 'program-log',
      text: [
        '[2024-11-20 22:57:12 +0000] [1305] [ERROR] Exception in worker process',
        'Traceback (most recent call last):',
        '  File "/srv/usercenter/app.py", line 3, in <module>',
        '    import settingz',
        "ModuleNotFoundError: No module named 'settingz'",
        '[2024-11-20 22:57:12 +0000] [1301] [ERROR] Worker failed to boot.',
      ].join('\n'),
    })
    .start(0, 'undo-restore-control', true)
    .done(1, 'undo-restore-control', 1, true)
    .start(0, 'undo-pidfile', true)
    .done(1, 'undo-pidfile', 1, true)
    .add(2, {
      event: 'result',
      outcome: 'refused',
      exitCode: 10,
      action: 'reload',
      strategy: 'bridge',
      target: 'usercenter',
      elapsedMs: 1492,
      refusal: undefined,
      failure,
      serving: servingNow([4, 0, 0]),
      killed: 0,
    }).events;
}
