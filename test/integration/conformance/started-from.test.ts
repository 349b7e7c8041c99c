import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { builtCli } from '../../rig/cli.ts';
import { runCommand } from '../../rig/command.ts';
import { pythonForTests } from '../../rig/python.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { ENVIRONMENT, hasReferenceMessages } from '../config-python.ts';
import { SERVERS } from '../daemon/support/both-servers.ts';
import { Twin } from '../supervisorctl/twins.ts';
import { ConformanceSite } from './support/conformance-site.ts';

const python = await pythonForTests('newest');
/** Whether the words of Python itself are those of the specification. */
const isReference = python !== undefined && hasReferenceMessages(python);

/** Files that are there before a server starts; the directories of the patterns are made by hand. */
const FILES = {
  'a.conf': '[program:included]\ncommand=/bin/sleep 600\nstartsecs=0\n[include]\nfiles=z.conf\n',
  'b.conf': '[program:included]\npriority=7\n',
  'z.conf': 'bad',
};

const PROGRAMS = `
[include]
files=[ab].conf nope/*.conf {x,y}.conf
[supervisorctl]
serverurl=unix://%(here)s/s.sock
[program:dup]
command=/bin/sleep 601
startsecs=0
[group:dup]
programs=member
[program:member]
command=/bin/sleep 602
startsecs=0
[program:empty]
command=
autostart=false
[program:same1]
process_name=same
command=/bin/sleep 603
startsecs=0
[program:same2]
process_name=same
command=/bin/sleep 604
startsecs=0
[group:twice]
programs=same1,same2
[program:many]
command=/bin/sleep 605
startsecs=0
numprocs=3
numprocs_start=9
process_name=%(program_name)s_%(process_num)02d
[program:one]
command=/bin/sleep 606
startsecs=0
[group:all-of-them]
programs=many,one
${['zeta', 'beta', 'm9', 'm10', 'x2', 'x1', 'Alpha'].map((name) => `[program:${name}]\ncommand=/bin/sleep 608\nstartsecs=0\n`).join('')}
[program:early]
command=/bin/sleep 609
startsecs=0
priority=5
user=${userInfo().username}
directory=/
[program:nobody]
command=/bin/sleep 607
numprocs=0
`;

/** What a start refuses, and in which words. */
const REFUSED: ReadonlyArray<readonly [text: string, message: string]> = [
  ['', '.ini file does not include supervisord section'],
  ['x=1\n', "File contains no section headers. file: 's.conf', line: 1 'x=1\\n'"],
  [
    '[supervisord]\n[program:a]\ncommand\n',
    "Source contains parsing errors: 's.conf' [line 3]: 'command",
  ],
  [
    '[supervisord]\n[program:a]\ncommand=/a\nautostart="true"\n',
    `not a valid boolean value: '"true"' in section 'program:a' (file: 's.conf')`,
  ],
  ['[supervisord]\n[include]\n', '.ini file has [include] section, but no files setting'],
  ['[supervisord]\nuser=nosuch\n', 'Invalid user name nosuch'],
];

describe.skipIf(python === undefined).each(SERVERS)('%s, started', (name) => {
  let site: ConformanceSite;

  beforeAll(async () => {
    if (python === undefined) return;
    site = await ConformanceSite.start(name, python, PROGRAMS, 'PROCESS_STATE', FILES);
    await site.waitForState('included', 'RUNNING');
  });
  afterAll(() => site.stop());

  it('check 59: tells what it includes, and what it does not find', () => {
    const { directory } = site.server;
    const about = site.mainLog
      .split('\n')
      .filter((line) => / include(d extra file)? /i.test(line))
      .map((line) => line.replace(/^\S+ \S+ /, '').replaceAll(directory, '<D>'));
    // Which kind comes first is nobody's to say.
    expect(about.sort()).toEqual([
      'INFO Included extra file "<D>/a.conf" during parsing',
      'INFO Included extra file "<D>/b.conf" during parsing',
      'WARN No file matches via include "<D>/nope/*.conf"',
      'WARN No file matches via include "<D>/{x,y}.conf"',
    ]);
  });

  it('check 60: of a group and a program of one name the group is there, of two processes the last', async () => {
    const infos = await site.supervisor.getAllProcessInfo();
    if (!infos.ok) throw new Error(JSON.stringify(infos.error));
    const names = infos.value.map((each) => `${each.group}:${each.name}`);
    expect(names.filter((each) => /^(dup|twice)/.test(each))).toEqual(['dup:member', 'twice:same']);
    const same = await site.waitForChange('same', 'RUNNING');
    expect(same.filter(({ state }) => state === 'STARTING')).toHaveLength(1);
    const { pid } = await site.info('twice:same');
    const { stdout } = await runCommand(['ps', '-o', 'args=', '-p', String(pid)]);
    expect(stdout.trim()).toBe('/bin/sleep 604');
  });

  it('check 61: processes by number in their group, and a group of nobody', async () => {
    const { stdout, code } = await client('status', 'all-of-them:*');
    expect(stdout.split('\n').map((line) => line.split(/ +/).slice(0, 2))).toEqual([
      ['all-of-them:many_09', 'RUNNING'],
      ['all-of-them:many_10', 'RUNNING'],
      ['all-of-them:many_11', 'RUNNING'],
      ['all-of-them:one', 'RUNNING'],
      [''],
    ]);
    expect(code).toBe(0);
    expect((await client('status', 'nobody:*')).stdout).toBe('nobody: ERROR (no such group)\n');
    // It is a group all the same.
    expect(await site.call('stopProcessGroup', 'nobody')).toEqual([]);
  });

  it('check 61: of one priority they are started in the order of the names', async () => {
    const log = await waitFor('all to be started', () =>
      site.mainLog.includes("spawned: 'zeta'") ? site.mainLog : undefined,
    );
    const order = [...log.matchAll(/spawned: '(\w+)'/g)].map(([, each]) => each);
    expect(order.filter((each) => /^(early|Alpha|beta|m\d+|x\d|zeta)$/.test(each ?? ''))).toEqual([
      ...['early', 'Alpha', 'beta', 'm10', 'm9', 'x1', 'x2', 'zeta'],
    ]);
  });

  it('check 58: an empty command is found when it is to run', async () => {
    expect(await site.call('startProcess', 'empty')).toBe('21 NOT_EXECUTABLE: command is empty');
  });

  it.for(REFUSED)('check 58: a start from %j is refused with 2', async ([text, message]) => {
    if (python === undefined) return;
    const directory = mkdtempSync(join(tmpdir(), 'reloadctl-refused-'));
    onTestFinished(() => {
      rmSync(directory, { recursive: true });
    });
    writeFileSync(join(directory, 's.conf'), text);
    const argv: [string, ...string[]] =
      name === 'supervisord'
        ? [python.bin.supervisord]
        : [process.execPath, await builtCli(), 'daemon'];
    const { code, stderr } = await runCommand([...argv, '-n', '-c', 's.conf'], {
      cwd: directory,
      env: { ...ENVIRONMENT },
    });
    expect(code).toBe(2);
    // Difference: A configuration that is refused is refused in our own form.
    const said = stderr.replace(/\s+/g, ' ');
    expect(said.startsWith(name === 'supervisord' ? 'Error: ' : 'reloadctl: ')).toBe(true);
    if (isReference) expect(said).toContain(message);
  });

  /** supervisorctl, which asks in its own words. */
  async function client(...args: string[]): ReturnType<Twin['supervisorctl']> {
    if (python === undefined) throw new Error('no Python');
    return new Twin(site.server, python).supervisorctl(args);
  }
});
