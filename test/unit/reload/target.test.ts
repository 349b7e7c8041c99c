import { describe, expect, it } from 'vitest';
import type { Pid } from '../../../src/os/proc.ts';
import { describeTarget, keyOf, type Target } from '../../../src/reload/target.ts';
import type { Supervisor } from '../../../src/rpc/supervisor.ts';

const supervised = (url: string, name: string, label = name): Target => ({
  kind: 'supervised',
  label,
  name,
  supervisor: { url } as Supervisor,
  program: undefined,
});

const bare: Target = { kind: 'process', label: 'pidfile:/run/app.pid', pid: 7 as Pid };

describe('keyOf', () => {
  it('is the same for everybody who means the same program', () => {
    const url = 'unix:///run/supervisor.sock';
    expect(keyOf(supervised(url, 'app:app', 'app'))).toBe(keyOf(supervised(url, 'app:app', 'web')));
    expect(keyOf(bare)).toBe(keyOf({ ...bare, label: 'pid:7' }));
  });

  it('differs between programs, supervisors and processes', () => {
    const keys = [
      supervised('unix:///a', 'app:app'),
      supervised('unix:///b', 'app:app'),
      supervised('unix:///a', 'app:other'),
      bare,
      { ...bare, pid: 8 as Pid } satisfies Target,
    ].map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('describeTarget', () => {
  it('names the program for the supervisor, and none for a bare process', () => {
    expect(describeTarget(supervised('unix:///a', 'web:api', 'web:api'))).toEqual({
      label: 'web:api',
      supervisorName: 'web:api',
    });
    expect(describeTarget(bare)).toEqual({
      label: 'pidfile:/run/app.pid',
      supervisorName: undefined,
    });
  });
});
