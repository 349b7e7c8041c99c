import { expect, test } from 'vitest';
import { findFirstSignal } from '../../bench/first-signal.ts';

const LOG = `2026-03-01 11:59:58,100 DEBG 'usercenter' stdout output:
[2026-03-01 11:59:58 +0000] [10] [INFO] Handling signal: hup

2026-03-01 12:00:00,250 DEBG sending usercenter (pid 10) sig SIGUSR2
2026-03-01 12:00:00,251 DEBG 'usercenter' stdout output:
[2026-03-01 12:00:00 +0000] [10] [INFO] Handling signal: winch

2026-03-01 12:00:00,375 DEBG 'usercenter' stdout output:
[2026-03-01 12:00:00 +0000] [10] [INFO] Handling signal: usr2
[2026-03-01 12:00:00 +0000] [10] [INFO] Handling signal: hup
`;
const NOON = Date.parse('2026-03-01T12:00:00Z');

test.for([
  { what: 'in UTC', sinceEpochMs: NOON, is: NOON + 375 },
  {
    what: 'in a zone of its own',
    sinceEpochMs: NOON - 5.75 * 3_600_000,
    is: NOON - 5.75 * 3_600_000 + 375,
  },
  { what: 'before', sinceEpochMs: NOON - 2000, is: NOON - 1900 },
  { what: 'never', sinceEpochMs: NOON + 1000, is: undefined },
])('the first signal since a moment is found $what', ({ sinceEpochMs, is }) => {
  expect(findFirstSignal(LOG, sinceEpochMs)).toBe(is);
});
