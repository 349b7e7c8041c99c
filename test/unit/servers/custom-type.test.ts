import { describe, expect, it } from 'vitest';
import { customServerType } from '../../../src/servers/custom-type.ts';
import { serverTypesFor } from '../../../src/servers/types-for.ts';
import type { CustomType } from '../../../src/config/settings/custom-types.ts';

const MILL: CustomType = {
  name: 'mill',
  binary: ['mill', 'mill-*'],
  argv: undefined,
  kind: 'web',
  workers: 'children',
  worker_ready: [],
  reload: 'SIGHUP',
  reload_command: undefined,
  loads: 'code',
  cost: 'none',
  keeps_old: false,
  old_workers: 'killed',
  effect_secs: undefined,
  boot_secs: undefined,
  drain_secs: undefined,
  check: undefined,
  graceful_stop: 'SIGQUIT',
  grace_secs: 20,
  fast_stop: 'SIGTERM',
  quiet: undefined,
  reopen_logs: 'SIGUSR1',
  more_workers: undefined,
  fewer_workers: undefined,
  upgrade: undefined,
  upgrade_pid: 'new',
};

describe('customServerType', () => {
  it('is told by its file, and is safe to signal when it catches what it would be sent', () => {
    const { recognition } = customServerType(MILL);
    expect(
      ['mill', 'mill-2.1', 'mills', 'xmill'].map((name) => recognition.binaries.test(name)),
    ).toEqual([true, true, false, false]);
    // Who is stopped by a signal need not catch it.
    expect(recognition.catches).toEqual(['SIGHUP', 'SIGUSR1']);
  });

  it('is told by a word of its argv where the file is an interpreter', () => {
    const { argv } = customServerType({ ...MILL, argv: 'server.py' }).recognition;
    expect(argv?.test('python3 /srv/server.py --port 1')).toBe(true);
    expect(argv?.test('python3 server.py')).toBe(true);
    expect(argv?.test('python3 myserver.py')).toBe(false);
    expect(argv?.test('python3 server.pyc')).toBe(false);
  });

  it('says what its signals mean', () => {
    const { stopSignals, actions } = customServerType(MILL);
    expect(stopSignals).toEqual({ SIGQUIT: 'graceful', SIGTERM: 'fast' });
    expect(actions.gracefulStop?.graceSecs).toBe(20);
    expect(Object.keys(actions).sort()).toEqual([
      'fastStop',
      'gracefulStop',
      'reload',
      'reopenLogs',
    ]);
  });

  it('has no reload where none is described', () => {
    expect(customServerType({ ...MILL, reload: undefined }).actions.reload).toBeUndefined();
  });
});

describe('serverTypesFor', () => {
  it('is what the configuration describes before what is known, and only the one that is named', () => {
    expect(serverTypesFor({ type: undefined, customTypes: [MILL] })[0]?.name).toBe('mill');
    const named = serverTypesFor({ type: 'nginx', customTypes: [{ ...MILL, name: 'nginx' }] });
    expect(named.map(({ recognition }) => recognition.shown)).toEqual([
      'runs a file named mill or mill-*',
    ]);
    expect(serverTypesFor({ type: 'nothing' })).toEqual([]);
  });
});
