import { describe, expect, it } from 'vitest';
import type { AtLimit, LimitReason } from '../../../../src/policy/plan.ts';
import {
  atLimitWords,
  limitReasonWords,
  limitWords,
} from '../../../../src/terminal/words/limit.ts';
import { stepId } from '../sample-plan.ts';

const REASONS: Readonly<Record<LimitReason, string>> = {
  'worker-timeout': "gunicorn's timeout",
  'graceful-timeout': 'graceful_timeout',
  asked: 'the timeout you set',
  settle: 'settling time',
  stopwaitsecs: 'stopwaitsecs',
  startsecs: 'startsecs and its retries',
  'master-loop': "the master's main loop",
  kernel: 'the kernel ends killed processes',
  hook: 'hooks',
  health: 'health check',
  'supervisor-call': "the supervisor's answer",
  'server-type': 'what servers of this type need',
  job: 'how long a job may take',
  'not-known': 'nothing says how long it may take',
};

const AT_LIMIT: Readonly<Record<AtLimit, RegExp>> = {
  refuse: /leave the old version.*exit 10/u,
  kill: /KILL.*exit 11/u,
  degraded: /degraded.*exit 12/u,
  note: /go on/u,
};

describe('words for limits', () => {
  it.each(Object.entries(REASONS) as Array<[LimitReason, string]>)(
    '%s is "%s"',
    (reason, words) => {
      expect(limitReasonWords(reason)).toBe(words);
    },
  );

  it('tell how long and why', () => {
    expect(limitWords({ ms: 30_000, reason: 'graceful-timeout' })).toBe(
      'at most 30 s: graceful_timeout',
    );
  });

  it('tell where the clock starts when that is another step', () => {
    const limit = { ms: 32_000, reason: 'worker-timeout', since: stepId('hup') } as const;
    expect(limitWords(limit, () => 5)).toBe("at most 32 s since step 5: gunicorn's timeout");
    expect(limitWords(limit)).toBe("at most 32 s: gunicorn's timeout");
  });

  it.each(Object.entries(AT_LIMIT) as Array<[AtLimit, RegExp]>)(
    '%s has a consequence',
    (atLimit, words) => {
      expect(atLimitWords(atLimit)).toMatch(words);
    },
  );
});
