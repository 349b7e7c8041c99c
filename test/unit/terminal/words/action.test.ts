import { describe, expect, it } from 'vitest';
import type { Action } from '../../../../src/policy/actions.ts';
import type { Phase, Plan } from '../../../../src/policy/plan.ts';
import {
  achievedWords,
  actionWords,
  clientsWords,
  missedWords,
} from '../../../../src/terminal/words/action.ts';
import { headline, subjectWords } from '../../../../src/terminal/words/headline.ts';
import { phaseWords } from '../../../../src/terminal/words/phase.ts';
import { BRIDGE_PLAN } from '../sample-plan.ts';

const ACTIONS: Readonly<Record<Action, readonly [string, string, string]>> = {
  reload: ['reload', 'reloaded', 'not reloaded'],
  restart: ['restart', 'restarted', 'not restarted'],
  'hard-restart': ['hard restart', 'restarted', 'not restarted'],
  start: ['start', 'started', 'not started'],
  stop: ['stop', 'stopped', 'not stopped'],
  'reopen-logs': ['reopen the logs of', 'logs reopened', 'logs not reopened'],
  scale: ['scale', 'scaled', 'not scaled'],
  upgrade: ['upgrade', 'upgraded', 'not upgraded'],
  check: ['check', 'the new code loads', 'the new code does not load'],
};

const PHASES: Readonly<Record<Phase, RegExp>> = {
  prove: /not touched/u,
  switch: /to the end/u,
  retire: /no longer needed/u,
  verify: /hold/u,
};

const STRATEGIES: ReadonlyArray<readonly [Plan['strategy'], RegExp]> = [
  ['bridge', /^nothing/u],
  ['rolling', /^nothing/u],
  ['overlap', /^nothing/u],
  ['hup', /requests wait/u],
  ['restart', /refused/u],
  [undefined, /refused/u],
];

describe('words for actions', () => {
  it.each(Object.entries(ACTIONS) as Array<[Action, readonly [string, string, string]]>)(
    '%s',
    (action, words) => {
      expect([actionWords(action), achievedWords(action), missedWords(action)]).toEqual(words);
    },
  );

  it.each(Object.entries(PHASES) as Array<[Phase, RegExp]>)('phase %s', (phase, words) => {
    expect(phaseWords(phase)).toMatch(words);
  });

  it.each(STRATEGIES)('clients notice of %s what is true', (strategy, words) => {
    expect(clientsWords({ ...BRIDGE_PLAN, strategy })).toMatch(words);
  });

  it('tell what other actions mean for clients', () => {
    const notice = (action: Action): string | undefined => clientsWords({ ...BRIDGE_PLAN, action });
    expect(notice('stop')).toMatch(/later ones are refused/u);
    expect(notice('check')).toMatch(/^nothing/u);
    expect(notice('start')).toBeUndefined();
  });
});

describe('headline', () => {
  it('names the action, the target and what it is done on', () => {
    expect(headline(BRIDGE_PLAN)).toBe('reload usercenter');
    expect(subjectWords(BRIDGE_PLAN)).toBe('bridge, gunicorn 26.1.0, master 1234, 4 workers');
  });

  it('leaves out what is not known', () => {
    const bare: Plan = {
      ...BRIDGE_PLAN,
      action: 'start',
      strategy: undefined,
      serverType: 'unknown',
      version: undefined,
      procs: [],
      workersAfter: undefined,
    };
    expect(subjectWords(bare)).toBe('');
  });

  it('escapes names', () => {
    const target = { label: 'a\u001b[2J', supervisorName: undefined };
    expect(headline({ ...BRIDGE_PLAN, target })).toBe('reload a\\x1b[2J');
  });
});
