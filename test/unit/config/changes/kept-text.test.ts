import { describe, expect, it } from 'vitest';
import { compareOptions } from '../../../../src/config/changes/compare-options.ts';
import { isKeptText, keepText, visibleText } from '../../../../src/config/changes/kept-text.ts';

const SECRET = 'worker --password CANARY-1 -v';

describe('keepText', () => {
  it('leaves what is no secret as it is', () => {
    expect(keepText('gunicorn app:app')).toBe('gunicorn app:app');
    expect(isKeptText('gunicorn app:app', 'gunicorn app:app')).toBe(true);
  });

  it('keeps no secret, and knows the text again, from itself and from no other', () => {
    const kept = keepText(SECRET);
    expect(kept).not.toContain('CANARY');
    expect(visibleText(kept)).toBe('worker --password *** -v');
    expect(isKeptText(kept, SECRET)).toBe(true);
    expect(isKeptText(kept, SECRET.replace('1', '2'))).toBe(false);
    expect(isKeptText(kept, 'worker --password *** -v')).toBe(false);
    expect(keepText(kept)).toBe(kept);
  });

  it('lets a changed secret be seen as a change', () => {
    const old = new Map([['command', keepText(SECRET)]]);
    expect(compareOptions(old, new Map([['command', SECRET]]))).toEqual([]);
    expect(compareOptions(old, new Map([['command', 'worker -v']]))).toEqual([
      { option: 'command', old: 'worker --password *** -v', new: 'worker -v' },
    ]);
  });
});
