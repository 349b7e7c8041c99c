import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonForTests } from '../../rig/python.ts';
import { startRealSupervisord } from '../rpc-supervisord.ts';
import { withoutException } from './normalize.ts';
import { PROGRAMS, settle } from './programs.ts';
import type { Said } from './said.ts';
import { Twin } from './twins.ts';

const python = await pythonForTests('newest');

const MORE = `
[supervisorctl]
serverurl=unix://%(here)s/s.sock
[program:crlf]
command=/bin/sh -c "printf 'one\\r\\ntwo\\n'; exec cat"
startsecs=0
[program:careful]
command=/bin/sh -c "trap 'echo hup' HUP; echo ready; while read line || [ $? -gt 128 ]; do :; done"
startsecs=0
`;

describe.skipIf(python === undefined)('reloadctl differs from supervisorctl on purpose', () => {
  let twin: Twin;

  beforeAll(async () => {
    if (python === undefined) return;
    twin = new Twin(await startRealSupervisord(python, PROGRAMS + MORE), python);
    await settle(twin);
    await twin.waitForLog('crlf', 'two\n');
    await twin.waitForLog('careful', 'ready\n');
  });
  afterAll(async () => {
    await twin.stop();
  });

  async function both(...args: string[]): Promise<{ theirs: Said; ours: Said }> {
    return { theirs: await twin.supervisorctl(args), ours: await twin.reloadctl(args) };
  }

  it('where the last bytes of a log begin inside a character', async () => {
    // Of the ten bytes of 'déjà vu' and its line end, é and à have two each.
    for (const [bytes, text] of [
      [8, 'éjà vu\n'],
      [5, 'à vu\n'],
    ] as const) {
      const { theirs, ours } = await both('tail', `-${bytes}`, 'accents');
      expect(withoutException(theirs.stdout)).toBe('');
      expect(theirs.code).toBe(1);
      expect(ours).toEqual({ stdout: `${text}\n`, stderr: '', code: 0 });
    }
  });

  it('where a log is not UTF-8, in words', async () => {
    const { theirs, ours } = await both('tail', 'latin1');
    expect(withoutException(theirs.stdout)).toBe('');
    expect(ours.stdout).toBe('');
    expect(ours.stderr).toMatch(/log that is not UTF-8/);
    expect([theirs.code, ours.code]).toEqual([1, 1]);
  });

  it('where a log has control characters, which are no XML', async () => {
    const { theirs, ours } = await both('tail', 'colour');
    expect(withoutException(theirs.stdout)).toBe('');
    expect(theirs.code).toBe(1);
    expect(ours).toEqual({
      stdout: '\u001b[31mred\u001b[0m\r\n\tdone\n\n',
      stderr: '',
      code: 0,
    });
  });

  it('where a log has CR LF, which stays', async () => {
    const { theirs, ours } = await both('tail', 'crlf');
    expect(theirs.stdout).toBe('one\ntwo\n\n');
    expect(ours.stdout).toBe('one\r\ntwo\n\n');
  });

  it('where a signal would end a process that does not catch it', async () => {
    const refused = await twin.reloadctl(['signal', 'HUP', 'careful', 'cat']);
    expect(refused.code).toBe(10);
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toContain('cat: process ');
    expect(refused.stderr).toContain('Nothing was sent.');
    const log = async (): Promise<string> => (await twin.reloadctl(['tail', 'careful'])).stdout;
    expect(await log()).toBe('ready\n\n');
    expect(await twin.reloadctl(['signal', 'HUP', 'careful'])).toEqual({
      stdout: 'careful: signalled\n',
      stderr: '',
      code: 0,
    });
    expect((await twin.reloadctl(['signal', '--force', 'HUP', 'grp:*'])).stdout).toBe(
      'grp:ga: signalled\ngrp:gb: signalled\n',
    );
  });

  it('where a group is signalled: by name, not by priority', async () => {
    const { ours } = await both('signal', 'CONT', 'all');
    const names = ours.stdout.split('\n').filter((line) => line !== '');
    expect(names).toEqual([...names].sort());
  });

  it('where a script wants JSON', async () => {
    const json = async (...args: string[]): Promise<unknown> => {
      const { stdout, stderr } = await twin.reloadctl(['--json', ...args]);
      expect(stderr).toBe('');
      return JSON.parse(stdout);
    };
    expect(await json('version')).toEqual({ version: python?.versions.supervisor });
    expect(await json('pid')).toEqual({ pid: twin.server.pid });
    expect(await json('pid', 'manual', 'nope')).toEqual([
      { name: 'manual', pid: 0 },
      { name: 'nope', message: 'No such process nope' },
    ]);
    expect(await json('reread')).toEqual({ added: [], changed: [], removed: [], groups: [] });
    expect(await json('tail', 'accents')).toEqual({
      name: 'accents',
      channel: 'stdout',
      text: 'déjà vu\n',
    });
    const avail = (await json('avail')) as ReadonlyArray<Record<string, unknown>>;
    expect(avail.find((each) => each.name === 'manual')).toMatchObject({
      group: 'manual',
      inuse: true,
      autostart: false,
      process_prio: 5,
    });
    expect(await json('update')).toEqual({
      event: 'result',
      outcome: 'done',
      exitCode: 0,
      action: 'update',
      added: [],
      changed: [],
      removed: [],
      notDone: [],
      groups: [],
    });
    const { stdout, code } = await twin.reloadctl(['--json', 'clear', 'cat', 'nope']);
    expect(code).toBe(1);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { event: 'done', name: 'cat', what: 'cleared' },
      { event: 'error', name: 'nope', message: 'nope: ERROR (no such process)', exitCode: 1 },
      { event: 'result', outcome: 'failed', exitCode: 1, action: 'clear' },
    ]);
    expect((await twin.reloadctl(['--json', 'tail', '-f', 'cat'])).code).toBe(2);
  });

  it('where it is told to be quiet', async () => {
    const { stdout, code } = await twin.reloadctl(['--quiet', 'clear', 'cat', 'nope']);
    expect({ stdout, code }).toEqual({ stdout: 'nope: ERROR (no such process)\n', code: 1 });
  });

  it('where nobody said what to reload', async () => {
    const { stderr, code } = await twin.reloadctl(['reload']);
    expect(code).toBe(2);
    expect(stderr.replace(/\s+/g, ' ')).toContain("is 'reloadctl restart-supervisor'");
  });
});
