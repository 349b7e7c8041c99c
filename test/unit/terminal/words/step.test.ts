import { describe, expect, it } from 'vitest';
import type { Step } from '../../../../src/policy/plan.ts';
import type { Condition } from '../../../../src/policy/condition.ts';
import { effectWords } from '../../../../src/terminal/words/condition.ts';
import {
  limitOf,
  observedWords,
  stepWords,
  taskWords,
  stepDetails,
} from '../../../../src/terminal/words/step.ts';
import { stepId } from '../sample-plan.ts';

const base = { id: stepId('x'), phase: 'switch' } as const;
const limit = { ms: 10_000, reason: 'master-loop' } as const;

const PREFLIGHT: Extract<Step, { do: 'preflight' }> = {
  ...base,
  do: 'preflight',
  how: 'check-config',
  argv: ['/venv/bin/gunicorn', '--env', 'SECRET=abc', 'app:create app'],
  cwd: '/srv/app',
  user: 'www-data',
  environment: 'live-process',
  steadyMs: 1_500,
  limit,
};
const SIGNAL: Extract<Step, { do: 'signal' }> = {
  ...base,
  do: 'signal',
  signal: 'SIGHUP',
  to: 'master',
  via: 'direct',
  effect: { is: 'new-worker-appeared' },
  limit,
  atLimit: 'degraded',
};

interface Expected {
  readonly title: string;
  readonly task: string;
  readonly observed: string | undefined;
  readonly details: readonly string[];
}

const ROWS: {
  readonly [D in Step['do']]: ReadonlyArray<readonly [Extract<Step, { do: D }>, Expected]>;
} = {
  preflight: [
    [
      PREFLIGHT,
      {
        title: 'the new code loads (gunicorn --check-config)',
        task: 'see whether the new code loads (gunicorn --check-config)',
        observed: undefined,
        details: [
          "runs /venv/bin/gunicorn --env 'SECRET=***' 'app:create app'",
          'in /srv/app',
          'as user www-data',
          'with the environment of the running process',
          'until it exits with 0',
          "limit at most 10 s: the master's main loop",
          'else undo, leave the old version as it is (exit 10)',
        ],
      },
    ],
    [
      {
        ...PREFLIGHT,
        how: 'canary',
        argv: ['g'],
        cwd: undefined,
        user: undefined,
        environment: 'configuration',
      },
      {
        title: 'the new code boots aside, on a private socket',
        task: 'see whether the new code boots aside, on a private socket',
        observed: undefined,
        details: [
          'runs g',
          'with the environment from the configuration',
          'until one worker is ready and steady for 1.5 s',
          "limit at most 10 s: the master's main loop",
          'else undo, leave the old version as it is (exit 10)',
        ],
      },
    ],
    [
      {
        ...PREFLIGHT,
        how: 'canary',
        argv: ['g'],
        cwd: undefined,
        user: undefined,
        environment: 'configuration',
        health: {
          urls: ['http://a/'],
          host: 'www.example.org',
          headers: ['X-A'],
          expect: [{ from: 204, to: 204 }],
        },
      },
      {
        title: 'the new code boots aside, on a private socket, and is healthy',
        task: 'see whether the new code boots aside, on a private socket, and is healthy',
        observed: undefined,
        details: [
          'runs g',
          'with the environment from the configuration',
          'until one worker is ready and steady for 1.5 s',
          'until http://a/ answers 204',
          'with Host: www.example.org',
          'with X-A: …',
          "limit at most 10 s: the master's main loop",
          'else undo, leave the old version as it is (exit 10)',
        ],
      },
    ],
  ],
  'try-health': [
    [
      {
        ...base,
        do: 'try-health',
        urls: ['http://u:p@a/'],
        host: 'www.example.org',
        headers: ['X-A'],
        limit,
      },
      {
        title: 'the version that runs passes the health check',
        task: 'see whether the version that runs passes the health check',
        observed: undefined,
        details: [
          'until http://u:***@a/ answers 2xx',
          'with Host: www.example.org',
          'with X-A: …',
          "limit at most 10 s: the master's main loop",
          'else undo, leave the old version as it is (exit 10)',
        ],
      },
    ],
  ],
  tell: [
    [
      {
        ...base,
        do: 'tell',
        what: { by: 'command', shown: 'caddy reload', argv: ['/usr/bin/caddy', 'reload'] },
        effect: { is: 'told' },
        limit,
        atLimit: 'refuse',
      },
      {
        title: 'caddy reload: do it',
        task: 'caddy reload: do it',
        observed: 'the server has taken it',
        details: [
          'runs /usr/bin/caddy reload',
          'until the server has taken it',
          "limit at most 10 s: the master's main loop",
          'else undo, leave the old version as it is (exit 10)',
        ],
      },
    ],
    [
      {
        ...base,
        do: 'tell',
        what: {
          by: 'channel',
          channel: 'fifo',
          shown: 'q into the master FIFO',
          path: '/run/u.fifo',
          message: 'q',
          answer: undefined,
        },
        effect: { is: 'master-ended' },
        limit,
        atLimit: 'note',
      },
      {
        title: 'q into the master FIFO: finish and stop',
        task: 'q into the master FIFO: finish and stop',
        observed: 'the master has ended',
        details: [
          'file /run/u.fifo',
          'until the master has ended',
          "limit at most 10 s: the master's main loop",
          'else say so and go on',
        ],
      },
    ],
  ],
  signal: [
    [
      SIGNAL,
      {
        title: 'HUP → master 1234: change to the new code',
        task: 'HUP → master 1234: change to the new code',
        observed: 'the master has started a new worker',
        details: [
          'until the master has started a new worker',
          "limit at most 10 s: the master's main loop",
          'else stop here and say that the service is degraded (exit 12)',
        ],
      },
    ],
    [
      {
        ...SIGNAL,
        to: 'bridge',
        signal: 'SIGTERM',
        via: 'supervisor',
        effect: { is: 'bridge-gone' },
        atLimit: 'kill',
      },
      {
        title: 'TERM → bridge: finish and go',
        task: 'TERM → bridge: finish and go',
        observed: 'the bridge is gone',
        details: [
          'via the supervisor',
          'until the bridge is gone',
          "limit at most 10 s: the master's main loop",
          'else KILL whoever is still there and go on (exit 11)',
        ],
      },
    ],
  ],
  'retire-workers': [
    [
      {
        ...base,
        do: 'retire-workers',
        signal: 'SIGTERM',
        count: 1,
        effect: { is: 'old-workers-left', atMost: 3 },
        limit: { ms: 30_000, reason: 'graceful-timeout' },
        atLimit: 'kill',
      },
      {
        title: 'TERM → 1 old worker: finish and go',
        task: 'TERM → 1 old worker: finish and go',
        observed: 'at most 3 old workers are left',
        details: [
          'until at most 3 old workers are left',
          'limit at most 30 s: graceful_timeout',
          'else KILL whoever is still there and go on (exit 11)',
        ],
      },
    ],
  ],
  scale: [
    [
      { ...base, do: 'scale', from: 4, to: 6, via: 'supervisor', limit, atLimit: 'note' },
      {
        title: 'TTIN → master: from 4 to 6 workers',
        task: 'TTIN → master: from 4 to 6 workers',
        observed: 'the master has 6 workers',
        details: [
          'via the supervisor',
          'until each signal is seen to work before the next one',
          "limit at most 10 s: the master's main loop",
          'else say so and go on',
        ],
      },
    ],
    [
      { ...base, do: 'scale', from: 2, to: 1, via: 'direct', limit, atLimit: 'note' },
      {
        title: 'TTOU → master: from 2 to 1 worker',
        task: 'TTOU → master: from 2 to 1 worker',
        observed: 'the master has 1 worker',
        details: [
          'until each signal is seen to work before the next one',
          "limit at most 10 s: the master's main loop",
          'else say so and go on',
        ],
      },
    ],
  ],
  wait: [
    [
      { ...base, do: 'wait', until: { is: 'drained' }, limit, atLimit: 'refuse' },
      {
        title: 'every worker of the master is gone',
        task: 'wait until every worker of the master is gone',
        observed: undefined,
        details: [
          "limit at most 10 s: the master's main loop",
          'else undo, leave the old version as it is (exit 10)',
        ],
      },
    ],
    [
      {
        ...base,
        do: 'wait',
        until: { is: 'healthy', urls: ['http://a/', 'http://b/'] },
        limit,
        atLimit: 'degraded',
      },
      {
        title: '2 health addresses answer 2xx',
        task: 'wait until 2 health addresses answer 2xx',
        observed: undefined,
        details: [
          'until http://a/ answers 2xx',
          'until http://b/ answers 2xx',
          "limit at most 10 s: the master's main loop",
          'else stop here and say that the service is degraded (exit 12)',
        ],
      },
    ],
  ],
  supervisor: [
    [
      {
        ...base,
        do: 'supervisor',
        call: 'startSuccessor',
        name: 'web:api',
        seconds: 90,
        effect: { is: 'successor-appeared' },
        limit: { ms: 30_000, reason: 'supervisor-call' },
        atLimit: 'refuse',
      },
      {
        title: 'the supervisor starts a successor',
        task: 'have the supervisor start a successor',
        observed: 'the successor has started',
        details: [
          'until the successor has started',
          "limit at most 30 s: the supervisor's answer",
          'else undo, leave the old version as it is (exit 10)',
        ],
      },
    ],
    [
      {
        ...base,
        do: 'supervisor',
        call: 'promoteSuccessor',
        name: 'web:api',

        effect: { is: 'promoted' },
        limit: { ms: 30_000, reason: 'supervisor-call' },
        atLimit: 'refuse',
      },
      {
        title: 'the supervisor promotes the successor',
        task: 'have the supervisor promote the successor',
        observed: 'the successor is what the supervisor runs',
        details: [
          'until the successor is what the supervisor runs',
          "limit at most 30 s: the supervisor's answer",
          'else undo, leave the old version as it is (exit 10)',
        ],
      },
    ],
    [
      {
        ...base,
        do: 'supervisor',
        call: 'stopSuccessor',
        name: 'web:api',

        effect: { is: 'successor-gone' },
        limit: { ms: 30_000, reason: 'supervisor-call' },
        atLimit: 'refuse',
      },
      {
        title: 'the supervisor stops the successor',
        task: 'have the supervisor stop the successor',
        observed: 'the successor is gone',
        details: [
          'until the successor is gone',
          "limit at most 30 s: the supervisor's answer",
          'else undo, leave the old version as it is (exit 10)',
        ],
      },
    ],
    [
      {
        ...base,
        do: 'supervisor',
        call: 'holdSockets',
        name: 'web:api',
        seconds: 60,
        effect: { is: 'sockets-held' },
        limit: { ms: 30_000, reason: 'supervisor-call' },
        atLimit: 'refuse',
      },
      {
        title: 'the supervisor keeps the sockets open',
        task: 'have the supervisor keep the sockets open',
        observed: 'the supervisor holds the listening sockets',
        details: [
          'until the supervisor holds the listening sockets',
          "limit at most 30 s: the supervisor's answer",
          'else undo, leave the old version as it is (exit 10)',
        ],
      },
    ],
    [
      {
        ...base,
        do: 'supervisor',
        call: 'stopProcess',
        name: 'web:api',
        effect: { is: 'stopped' },
        limit: { ms: 15_000, reason: 'stopwaitsecs' },
        atLimit: 'degraded',
      },
      {
        title: 'the supervisor stops web:api',
        task: 'have the supervisor stop web:api',
        observed: 'the supervisor says that it is stopped',
        details: [
          'until the supervisor says that it is stopped',
          'limit at most 15 s: stopwaitsecs',
          'else stop here and say that the service is degraded (exit 12)',
        ],
      },
    ],
    [
      {
        ...base,
        do: 'supervisor',
        call: 'startProcess',
        name: 'web:api',
        effect: { is: 'serving', workers: 4 },
        limit: { ms: 15_000, reason: 'startsecs' },
        atLimit: 'degraded',
      },
      {
        title: 'the supervisor starts web:api',
        task: 'have the supervisor start web:api',
        observed: 'it runs with 4 ready workers',
        details: [
          'until it runs with 4 ready workers',
          'limit at most 15 s: startsecs and its retries',
          'else stop here and say that the service is degraded (exit 12)',
        ],
      },
    ],
  ],
  'clear-leftovers': [
    [
      { ...base, do: 'clear-leftovers', limit: { ms: 2_000, reason: 'kernel' }, atLimit: 'kill' },
      {
        title: 'nothing of the program is left behind',
        task: 'end whatever of the program is left behind',
        observed: undefined,
        details: [
          'via TERM, then KILL',
          'limit at most 2 s: the kernel ends killed processes',
          'else KILL whoever is still there and go on (exit 11)',
        ],
      },
    ],
  ],
  'keep-file': [
    [
      { ...base, do: 'keep-file', path: '/run/g.ctl', as: '/run/g.ctl.kept' },
      {
        title: 'keep g.ctl under a second name',
        task: 'keep g.ctl under a second name',
        observed: undefined,
        details: ['file /run/g.ctl as /run/g.ctl.kept'],
      },
    ],
  ],
  'restore-file': [
    [
      { ...base, do: 'restore-file', path: '/run/g.ctl', from: '/run/g.ctl.kept' },
      {
        title: 'give g.ctl its name back',
        task: 'give g.ctl its name back',
        observed: undefined,
        details: ['file /run/g.ctl.kept as /run/g.ctl'],
      },
    ],
  ],
  hook: [
    [
      {
        ...base,
        do: 'hook',
        moment: 'before_reload',
        argv: ['/usr/local/bin/drain', '--token=abc'],
        limit: { ms: 60_000, reason: 'hook' },
        atLimit: 'refuse',
      },
      {
        title: 'run the before_reload hook /usr/local/bin/drain',
        task: 'run the before_reload hook /usr/local/bin/drain',
        observed: undefined,
        details: [
          "runs /usr/local/bin/drain '--token=***'",
          'limit at most 1 min: hooks',
          'else undo, leave the old version as it is (exit 10)',
        ],
      },
    ],
  ],
  'remove-pidfile': [
    [
      { ...base, do: 'remove-pidfile', path: '/run/g\u001b.pid.2' },
      {
        title: 'remove the pid file g\\x1b.pid.2',
        task: 'remove the pid file g\\x1b.pid.2',
        observed: undefined,
        details: ['file /run/g\\x1b.pid.2'],
      },
    ],
  ],
};

const ALL = Object.values<ReadonlyArray<readonly [Step, Expected]>>(ROWS).flat();
const pidOf = (role: string): number | undefined => (role === 'master' ? 1234 : undefined);

describe('words for steps', () => {
  it.each(ALL.map(([step, expected]) => [expected.title, step, expected] as const))(
    '%s',
    (title, step, expected) => {
      expect(stepWords(step, pidOf)).toBe(title);
      expect(taskWords(step, pidOf)).toBe(expected.task);
      expect(observedWords(step)).toBe(expected.observed);
      const details = stepDetails(step, () => undefined).map(
        ({ label, text }) => `${label} ${text}`,
      );
      expect(details).toEqual(expected.details);
    },
  );

  it('know a limit for everything that can take time', () => {
    const timeless = ALL.filter(([step]) => limitOf(step) === undefined).map(([step]) => step.do);
    expect(timeless).toEqual(['keep-file', 'restore-file', 'remove-pidfile']);
  });

  it('name what a signal asks for by its effect', () => {
    const effects: ReadonlyArray<readonly [Condition, string]> = [
      [{ is: 'bridge-appeared' }, 'start a second master'],
      [{ is: 'workers-at-least', count: 5 }, 'one more worker'],
      [{ is: 'old-workers-left', atMost: 0 }, 'let old workers finish and go'],
      [{ is: 'drained' }, 'finish and stop'],
      [{ is: 'nothing-left' }, 'finish and stop'],
      [{ is: 'workers-ready', count: 4 }, 'until the master has 4 ready workers'],
    ];
    expect(effects.map(([effect]) => effectWords(effect))).toEqual(
      effects.map(([, words]) => words),
    );
  });
});
