import { expect, test } from 'vitest';
import type { Deployment } from '../../demo/deployment.ts';
import type { Measured } from '../../demo/measure-deployment.ts';
import { findBrokenPromises } from '../../demo/promise.ts';

const GOOD: Deployment = { way: 'reloadctl reload', version: 'v2', boots: true, before: 'v1' };
const BROKEN: Deployment = { ...GOOD, boots: false };
const RELOADED: Measured = {
  sent: 1000,
  failed: 0,
  longestMs: 20,
  lagMs: 5,
  serves: 'v2',
  exitCode: 0,
  firstError: '',
};
const REFUSED: Measured = { ...RELOADED, serves: 'v1', exitCode: 10 };

test.for([
  { what: 'a reload', deployment: GOOD, measured: RELOADED },
  { what: 'a refusal', deployment: BROKEN, measured: REFUSED },
  {
    what: 'a wait for which the load generator is to blame',
    deployment: GOOD,
    measured: { ...RELOADED, longestMs: 400, lagMs: 350 },
  },
])('$what keeps what is promised', ({ deployment, measured }) => {
  expect(findBrokenPromises(deployment, measured)).toEqual([]);
});

test.for([
  {
    what: 'a failed request',
    deployment: GOOD,
    measured: { ...RELOADED, failed: 1, firstError: 'reset' },
    says: '1 of 1000 requests failed (reset)',
  },
  {
    what: 'a wait for the boot',
    deployment: GOOD,
    measured: { ...RELOADED, longestMs: 2970 },
    says: 'waited 2.97 s',
  },
  {
    what: 'an old version that still serves',
    deployment: GOOD,
    measured: { ...RELOADED, serves: 'v1' },
    says: 'v1 serves afterwards instead of v2',
  },
  {
    what: 'an outage',
    deployment: BROKEN,
    measured: { ...REFUSED, serves: undefined },
    says: 'nothing serves afterwards instead of v1',
  },
  {
    what: 'success where it should be refused',
    deployment: BROKEN,
    measured: { ...REFUSED, exitCode: 0 },
    says: 'the exit code is 0 instead of 10',
  },
])('$what is told', ({ deployment, measured, says }) => {
  expect(findBrokenPromises(deployment, measured)).toEqual([expect.stringContaining(says)]);
});
