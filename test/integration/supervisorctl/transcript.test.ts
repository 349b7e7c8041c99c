import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pythonForTests } from '../../rig/python.ts';
import { SERVERS } from '../daemon/support/both-servers.ts';
import type { Said } from './said.ts';
import { Twins } from './twins.ts';

const LONG = 'averyveryveryverylongprogramnamethatexceedsthirtyx';

/** The programs of the transcripts. */
const PROGRAMS = `
[reloadctl]
settle=0.1
[program:${LONG}]
command=/bin/cat
startsecs=0
[program:run]
command=/bin/sh -c "echo hello; exec cat"
startsecs=0
[program:none]
command=/bin/sh -c "trap : HUP; while :; do sleep 0.1; done"
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
[program:exit0]
command=/bin/true
startsecs=0
autorestart=false
[program:exit3]
command=/bin/sh -c "exit 3"
startsecs=0
autorestart=false
[program:fatal]
command=/bin/false
startsecs=1000
startretries=0
[program:backoff]
command=/bin/sh -c "exit 1"
startretries=100000
[program:manual]
command=/bin/cat
autostart=false
startsecs=0
[program:nofile]
command=/nonexistent/foo
startretries=0
[program:notexec]
command=/etc/passwd
autostart=false
[program:slowstart]
command=/bin/cat
startsecs=100000
[group:grp]
programs=ga,gb
priority=5
[program:ga]
command=/bin/cat
startsecs=0
priority=2
[program:gb]
command=/bin/cat
startsecs=0
priority=1
`;

/** A call, what both print, and the exit code of both. */
type Row = readonly [words: string, stdout: string, code: number];

const row = (name: string, state: string, description: string): string =>
  `${name.padEnd(33)}${state.padEnd(10)}${description}\n`;
const RUNNING = 'pid <PID>, uptime <TIME>';

/** Lines that change nothing. */
const READING: readonly Row[] = [
  ['status run', row('run', 'RUNNING', RUNNING), 0],
  ['status nope run', `nope: ERROR (no such process)\n${row('run', 'RUNNING', RUNNING)}`, 4],
  [
    'status nope manual',
    `nope: ERROR (no such process)\n${row('manual', 'STOPPED', 'Not started')}`,
    3,
  ],
  ['status zz:*', 'zz: ERROR (no such group)\n', 4],
  ['status grp', 'grp: ERROR (no such process)\n', 4],
  ['status exit0', row('exit0', 'EXITED', '<DATE>'), 3],
  ['status nofile', row('nofile', 'FATAL', "can't find command '/nonexistent/foo'"), 3],
  ['status slowstart', row('slowstart', 'STARTING', ''), 0],
  ['signal HUP none', 'none: signalled\n', 0],
  ['signal BOGUS run', 'run: ERROR (bad signal name)\n', 1],
  ['signal HUP fatal', 'fatal: ERROR (not running)\n', 7],
  ['signal 0 run', 'run: signalled\n', 0],
  ['pid', '<PID>\n', 0],
  ['pid exit3', '0\n', 7],
  ['pid nope', 'No such process nope\n', 1],
  ['pid run nope exit3', '<PID>\nNo such process nope\n0\n', 7],
  ['tail -3 run', 'lo\n\n', 0],
  ['tail none', 'none: ERROR (no log file)\n', 1],
  ['tail nope', 'nope: ERROR (no such process name)\n', 1],
  ['tail run foo', "Error: bad channel 'foo'\n", 1],
  ['clear none', 'none: cleared\n', 0],
  ['clear nope', 'nope: ERROR (no such process)\n', 1],
  [
    'version x',
    'Error: version accepts no arguments\nversion\t\t\tShow the version of the remote supervisord process\n',
    1,
  ],
  ['maintail -x', 'Error: bad argument -x\n', 1],
  ['reread', 'No config updates to processes\n', 0],
];

/** Lines that change something, in their order. */
const ACTING: readonly Row[] = [
  ['start run', 'run: ERROR (already started)\n', 0],
  ['start manual', 'manual: started\n', 0],
  ['stop manual', 'manual: stopped\n', 0],
  ['start nofile', 'nofile: ERROR (no such file)\n', 1],
  ['start notexec', 'notexec: ERROR (file is not executable)\n', 1],
  ['start fatal', 'fatal: ERROR (spawn error)\n', 7],
  ['start nope', 'nope: ERROR (no such process)\n', 1],
  ['start zz:*', 'zz: ERROR (no such group)\n', 2],
  ['stop exit3', 'exit3: ERROR (not running)\n', 0],
  ['stop nope', 'nope: ERROR (no such process)\n', 1],
  ['clear run', 'run: cleared\n', 0],
];

/** What supervisorctl prints where reloadctl has words of its own (docs/supervisorctl.md); the exit codes are the same. */
const IN_OWN_WORDS: ReadonlyArray<
  readonly [words: string, theirs: string, ours: string, code: number]
> = [
  ['start grp:*', '', 'grp:ga: ERROR (already started)\ngrp:gb: ERROR (already started)\n', 0],
  ['stop grp:*', 'grp:ga: stopped\ngrp:gb: stopped\n', 'grp:ga: stopped\ngrp:gb: stopped\n', 0],
  ['restart run', 'run: started\nrun: stopped\n', 'run: restarted (restart)\n', 0],
  ['restart manual', 'manual: ERROR (not running)\nmanual: started\n', 'manual: restarted\n', 0],
  [
    'restart nope',
    'nope: ERROR (no such process)\nnope: ERROR (no such process)\n',
    'nope: ERROR (no such process)\n',
    1,
  ],
  [
    'restart zz:*',
    'zz: ERROR (no such group)\nzz: ERROR (no such group)\n',
    'zz: ERROR (no such group)\n',
    2,
  ],
];

const python = await pythonForTests('newest');

describe.skipIf(python === undefined).each(SERVERS)('reloadctl with %s', (server) => {
  let twins: Twins;

  beforeAll(async () => {
    if (python === undefined) return;
    twins = await Twins.start('transcript', python, PROGRAMS, server);
    await twins.both(async (twin) => {
      await twin.waitForStates({
        'run:run': 'RUNNING',
        'none:none': 'RUNNING',
        'exit0:exit0': 'EXITED',
        'exit3:exit3': 'EXITED',
        'fatal:fatal': 'FATAL',
        'nofile:nofile': 'FATAL',
        'slowstart:slowstart': 'STARTING',
        'grp:ga': 'RUNNING',
        'grp:gb': 'RUNNING',
      });
      await twin.waitForLog('run', 'hello\n');
    });
  });
  afterAll(() => twins.stop());

  /** Without the times that are told behind; members in the order of their names, since which ends first is nobody's to say. */
  const plain = ({ stdout }: Said): string =>
    stdout
      .replace(/ \(\d+(\.\d+)? m?s\)$/gm, '')
      .replace(/, \d+(\.\d+)? m?s\)$/gm, ')')
      .split(/(?<=\n)/)
      .sort()
      .join('');

  it('5.5 transcript: status of all, as wide as the longest name', async () => {
    // Long enough before its next try, which is told otherwise.
    await twins.both((twin) => twin.waitForFreshBackoff('backoff:backoff'));
    const { theirs, ours } = await twins.run(['status']);
    // How often backoff was tried is nobody's to say.
    const steady = ({ stdout }: Said): readonly string[] =>
      stdout.split('\n').filter((line) => !line.startsWith('backoff'));
    expect(steady(ours)).toEqual(steady(theirs));
    expect([theirs.code, ours.code]).toEqual([3, 3]);
    expect(ours.stdout.split('\n')[0]).toBe(`${LONG}   RUNNING   ${RUNNING}`);
    expect(ours.stdout).toContain(`${'grp:ga'.padEnd(LONG.length + 3)}RUNNING`);
  });

  it.concurrent.for(READING)('5.5 transcript: %s', async ([words, stdout, code], { expect }) => {
    const { theirs, ours } = await twins.run(words.split(' '), { title: words });
    expect(theirs).toEqual({ stdout, stderr: '', code });
    expect(ours).toEqual(theirs);
  });

  it('5.5 transcript: avail', async () => {
    const { theirs, ours } = await twins.run(['avail']);
    expect(ours).toEqual(theirs);
    expect(ours.stdout).toContain('grp:ga                           in use    auto      5:2\n');
  });

  it('check 49, 5.5 transcript: start, stop and clear', async () => {
    for (const [words, stdout, code] of ACTING) {
      const { theirs, ours } = await twins.run(words.split(' '));
      expect([words, theirs.stdout, theirs.code]).toEqual([words, stdout, code]);
      expect([words, plain(ours), ours.code]).toEqual([words, stdout, code]);
    }
  });

  it('5.5 transcript: groups and restarts, where reloadctl has words of its own', async () => {
    for (const [words, stdout, own, code] of IN_OWN_WORDS) {
      const { theirs, ours } = await twins.run(words.split(' '));
      expect([words, plain(theirs), theirs.code]).toEqual([words, stdout, code]);
      expect([words, plain(ours), ours.code]).toEqual([words, own, code]);
    }
  });
});
