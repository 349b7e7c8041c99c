import { describe, expect, it } from 'vitest';
import {
  compareEnvironments,
  compareOptions,
  takesRestart,
  textsOfInfo,
  textsOfProgram,
} from '../../../../src/config/changes/compare-options.ts';
import type { Program } from '../../../../src/config/program.ts';
import { sampleProgram } from '../../../fake/sample-program.ts';

const LOG = sampleProgram().stdout;

describe('the options of a program', () => {
  it.each<[option: string, Partial<Program>, old: string, wanted: string, restart: boolean]>([
    ['command', { command: '/bin/a\n-b' }, '/bin/sleep 1', '/bin/a -b', true],
    ['directory', { directory: undefined }, '/srv/app', 'none', true],
    ['user', { user: { name: 'www', uid: 33, gid: 33 } }, 'none', '33', true],
    ['umask', { umask: 0o22 }, 'none', '022', true],
    ['redirect_stderr', { redirectStderr: true }, 'false', 'true', true],
    [
      'stdout_logfile',
      { stdout: { ...LOG, target: { kind: 'none' } } },
      '/var/log/usercenter.log',
      'none',
      true,
    ],
    ['stderr_syslog', { stderr: { ...LOG, syslog: true } }, 'false', 'true', true],
    [
      'stdout_logfile_maxbytes',
      { stdout: { ...LOG, maxBytes: 50 * 1024 ** 2 } },
      '0',
      '50MB',
      false,
    ],
    ['stdout_logfile_backups', { stdout: { ...LOG, backups: 3 } }, '0', '3', false],
    ['autorestart', { autorestart: false }, 'unexpected', 'false', false],
    ['autostart', { autostart: false }, 'true', 'false', false],
    ['priority', { priority: 5 }, '999', '5', false],
    ['startsecs', { startsecs: 9 }, '1', '9', false],
    ['startretries', { startretries: 9 }, '3', '9', false],
    ['exitcodes', { exitcodes: [0, 2] }, '0', '0,2', false],
    ['stopsignal', { stopsignalNumber: 3 }, 'TERM', 'QUIT', false],
    ['stopwaitsecs', { stopwaitsecs: 60 }, '10', '60', false],
    ['stopasgroup', { stopasgroup: true }, 'false', 'true', false],
    ['killasgroup', { killasgroup: true }, 'false', 'true', false],
  ])('%s', (option, changes, old, wanted, restart) => {
    const before = sampleProgram({ command: '/bin/sleep 1', redirectStderr: false });
    const seen = compareOptions(textsOfProgram(before), textsOfProgram({ ...before, ...changes }));
    expect(seen).toEqual([{ option, old, new: wanted }]);
    expect(seen.map(takesRestart)).toEqual([restart]);
  });

  it('say nothing of a log that the supervisor may name itself', () => {
    const auto = sampleProgram({ stdout: { ...LOG, target: { kind: 'auto' } } });
    expect(compareOptions(textsOfProgram(sampleProgram()), textsOfProgram(auto))).toEqual([]);
  });

  it('read from getAllConfigInfo are those of the file', () => {
    const told = textsOfInfo({
      ...{ command: '/bin/sleep 1', directory: 'none', uid: 33, redirect_stderr: true },
      ...{ process_prio: 999, autostart: true, startsecs: 1, startretries: 3, exitcodes: [0] },
      ...{ stopsignal: 15, stopwaitsecs: 10, killasgroup: false, serverurl: 'none' },
      ...{ stdout_logfile: '/var/log/usercenter.log', stdout_logfile_maxbytes: 0 },
      ...{ stderr_logfile: 'auto', name: 'web', group: 'web', inuse: true },
    });
    const program = sampleProgram({
      command: '/bin/sleep 1',
      directory: undefined,
      user: { name: 'www', uid: 33, gid: 33 },
    });
    expect(compareOptions(told, textsOfProgram(program))).toEqual([]);
    expect([...told.keys()]).not.toContain('stderr_logfile');
    expect([...told.keys()]).not.toContain('umask');
  });
});

describe('the environment', () => {
  it('is compared by name, and no value is told', () => {
    const change = compareEnvironments(
      { A: 'secret1', B: '2', gone: 'x' },
      { B: '2', A: 'secret2', toString: 'y' },
    );
    expect(change).toEqual({
      option: 'environment',
      names: { added: ['toString'], changed: ['A'], removed: ['gone'] },
    });
    expect(compareEnvironments({ A: '1' }, { A: '1' })).toBeUndefined();
    expect(takesRestart({ option: 'environment' })).toBe(true);
  });
});
