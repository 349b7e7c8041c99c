import { expect, it } from 'vitest';
import { stopPatienceS } from '../../../../src/daemon/overlap/stop-patience.ts';

it.each([
  // The file says nothing: what the program itself needs, and a margin.
  { stopwaitsecs: 10, isStopwaitSet: false, graceful: 30, patience: 32 },
  { stopwaitsecs: 10, isStopwaitSet: false, graceful: 3, patience: 5 },
  // It does: the longer of the two.
  { stopwaitsecs: 60, isStopwaitSet: true, graceful: 30, patience: 60 },
  { stopwaitsecs: 1, isStopwaitSet: true, graceful: 30, patience: 32 },
  // The program's settings are not known.
  { stopwaitsecs: 10, isStopwaitSet: false, graceful: undefined, patience: 10 },
  { stopwaitsecs: 1, isStopwaitSet: true, graceful: undefined, patience: 1 },
])(
  'stopwaitsecs $stopwaitsecs (set: $isStopwaitSet), graceful_timeout $graceful: $patience s',
  ({ stopwaitsecs, isStopwaitSet, graceful, patience }) => {
    const program = { stopwaitsecs, isStopwaitSet, stopsignal: 'SIGTERM' } as const;
    expect(stopPatienceS(program, graceful)).toBe(patience);
  },
);

it.each(['SIGQUIT', 'SIGINT', undefined] as const)(
  'is stopwaitsecs where the stop is not a graceful one: %s',
  (stopsignal) => {
    const program = { stopwaitsecs: 4, isStopwaitSet: true, stopsignal };
    expect(stopPatienceS(program, 30)).toBe(4);
  },
);
