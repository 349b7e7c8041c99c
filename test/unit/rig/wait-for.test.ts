import { expect, test } from 'vitest';
import { waitFor } from '../../rig/wait-for.ts';

test('resolves with the first value that is there', async () => {
  let looks = 0;
  const value = await waitFor('the third look', () => (++looks === 3 ? looks : undefined), {
    everyMs: 1,
  });
  expect(value).toBe(3);
});

test('a condition that throws is looked at again', async () => {
  let looks = 0;
  const value = await waitFor(
    'a second look',
    () => {
      looks += 1;
      if (looks === 1) throw new Error('not yet');
      return 'there';
    },
    { everyMs: 1 },
  );
  expect(value).toBe('there');
});

test.for([
  {
    name: 'what the condition threw',
    condition: (): undefined => {
      throw new Error('connection refused');
    },
    observe: undefined,
    message: 'waited 5 ms for an answer; last seen: connection refused',
  },
  {
    name: 'what was observed',
    condition: () => undefined,
    observe: () => ({ state: 'STARTING' }),
    message: 'waited 5 ms for an answer; last seen: {"state":"STARTING"}',
  },
  {
    name: 'nothing when there is nothing',
    condition: () => undefined,
    observe: undefined,
    message: 'waited 5 ms for an answer',
  },
])('at the ceiling it shows $name', async ({ condition, observe, message }) => {
  const options = { ceilingMs: 5, everyMs: 1, ...(observe && { observe }) };
  await expect(waitFor('an answer', condition, options)).rejects.toThrow(new Error(message));
});
