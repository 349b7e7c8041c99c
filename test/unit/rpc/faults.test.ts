import { describe, expect, it } from 'vitest';
import { FAULT_CODES, faultName } from '../../../src/rpc/faults.ts';

describe('faultName', () => {
  it('is the reverse of FAULT_CODES', () => {
    for (const [name, code] of Object.entries(FAULT_CODES)) expect(faultName(code)).toBe(name);
  });

  it.each([0, 5, 93, -1, 1.5])('knows no fault %d', (code) => {
    expect(faultName(code)).toBeUndefined();
  });
});
