import { describe, expect, it } from 'vitest';
import { ok, err } from '../../../../src/base/result.ts';
import type { Os } from '../../../../src/os/os.ts';
import { compareLiveEnvironment } from '../../../../src/reload/update/compare-live-environment.ts';
import { sampleProgram } from '../../../fake/sample-program.ts';

const PROC = { pid: 20, startTicks: 1 } as never;
const SUPERVISOR = { pid: 10, startTicks: 1 } as never;

const INHERITED = { PATH: '/bin', HOME: '/root' };
const GIVEN = { ...INHERITED, SUPERVISOR_ENABLED: '1', SUPERVISOR_PROCESS_NAME: 'web' };

interface Case {
  /** What the process has beyond what the supervisor gives to each; undefined: it cannot be read. */
  readonly live: Readonly<Record<string, string>> | undefined;
  readonly argv?: readonly string[];
  readonly wanted: Readonly<Record<string, string>>;
}

async function compare({ live, argv = ['/bin/worker', '-v'], wanted }: Case): Promise<unknown> {
  const os = {
    environment: ({ pid }: { pid: number }) =>
      Promise.resolve(
        pid === 10 ? ok(INHERITED) : live === undefined ? err('denied') : ok({ ...GIVEN, ...live }),
      ),
    argv: () => Promise.resolve(ok(argv)),
  } as unknown as Os;
  const change = await compareLiveEnvironment(os, {
    proc: PROC,
    supervisor: SUPERVISOR,
    program: sampleProgram({ command: '/bin/worker -v', environment: wanted }),
    commands: ['/bin/worker -v'],
  });
  return typeof change === 'object' ? change.names : change;
}

describe('the environment of what runs', () => {
  it.each<[string, Case, unknown]>([
    ['is as it should be', { live: { A: '1' }, wanted: { A: '1' } }, undefined],
    [
      'lacks, has otherwise and has still',
      { live: { A: '1', C: '3' }, wanted: { A: '2', B: '2' } },
      { added: ['B'], changed: ['A'], removed: ['C'] },
    ],
    [
      'may have more from a shell',
      { live: { PWD: '/', SHLVL: '1', _: '/bin/x' }, wanted: {} },
      undefined,
    ],
    [
      'may have more from a wrapper, which runs something else',
      { live: { VIRTUAL_ENV: '/v' }, argv: ['/bin/other'], wanted: {} },
      undefined,
    ],
    [
      'is seen through an interpreter',
      { live: { C: '3' }, argv: ['/usr/bin/python', '/bin/worker', '-v'], wanted: {} },
      { added: [], changed: [], removed: ['C'] },
    ],
    ['may not be read', { live: undefined, wanted: { A: '1' } }, 'unseen'],
  ])('%s', async (_, input, expected) => {
    expect(await compare(input)).toEqual(expected);
  });

  it('has been overwritten', async () => {
    const os = {
      environment: () => Promise.resolve(ok({})),
      argv: () => Promise.resolve(ok(['gunicorn: master'])),
    } as unknown as Os;
    const change = await compareLiveEnvironment(os, {
      proc: PROC,
      supervisor: SUPERVISOR,
      program: sampleProgram({ environment: { A: '1' } }),
      commands: [],
    });
    expect(change).toBe('unseen');
  });
});
