import { describe, expect, test } from 'vitest';
import type { CustomType } from '../../../../src/config/settings/custom-types.ts';
import { configurationOf, messageOf, programsOf } from '../fake-host.ts';

const PROGRAM = '[supervisord]\n[program:web]\ncommand=/web\n';

function typesOf(text: string): readonly CustomType[] | undefined {
  return programsOf(configurationOf(PROGRAM + text))[0]?.settings.customTypes;
}

describe('[reloadctl-type:NAME]', () => {
  test('is read for every program, with what is usual where it says nothing', () => {
    expect(typesOf('[reloadctl-type:mill]\nbinary = mill mill-*\nreload = hup\n')).toEqual([
      expect.objectContaining({
        name: 'mill',
        binary: ['mill', 'mill-*'],
        kind: 'web',
        workers: 'children',
        worker_ready: [],
        reload: 'SIGHUP',
        loads: 'code',
        cost: 'none',
        keeps_old: false,
        upgrade_pid: 'new',
      }),
    ]);
    expect(typesOf('')).toBeUndefined();
  });

  test.each([
    ['check = mill --check "%(here)s/a b"', { check: ['mill', '--check', '/d/a b'] }],
    ['reload_command = mill reload {pid}', { reload_command: ['mill', 'reload', '{pid}'] }],
    ['worker_ready = USR1 USR2', { worker_ready: ['SIGUSR1', 'SIGUSR2'] }],
    ['cost = gap\nboot_secs = 2.5', { cost: 'gap', boot_secs: 2.5 }],
    ['workers = none\nkeeps_old = true', { workers: 'none', keeps_old: true }],
  ])('%j', (lines, values) => {
    expect(typesOf(`[reloadctl-type:mill]\nbinary=mill\n${lines}\n`)).toMatchObject([values]);
  });

  test.each([
    ['[reloadctl-type:mill]\n', "needs 'binary'"],
    ['[reloadctl-type:mill]\nbinary=mill\nrelaod=HUP\n', "did you mean 'reload'?"],
    ['[reloadctl-type:Mill]\nbinary=mill\n', 'lower case'],
    ['[reloadctl-type:mill]\nbinary=\n', '[reloadctl-type:mill] is empty'],
    ['[reloadctl-type:mill]\nbinary=mill\nreload=NOPE\n', 'it has to be the name of a signal'],
    ['[reloadctl-type:mill]\nbinary=mill\ncost=much\n', 'one of none, stall, gap'],
    ['[reloadctl-type:mill]\nbinary=mill\nreload=HUP\nreload_command=x\n', 'one of them'],
  ])('refuses %j', (text, message) => {
    expect(messageOf(PROGRAM + text)).toContain(message);
  });
});
