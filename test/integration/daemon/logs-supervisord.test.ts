// What a real supervisord makes of the output of programs, and what we make of the same output.
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogSettings } from '../../../src/config/program.ts';
import { envelopeOf } from '../../../src/daemon/events/event-envelope.ts';
import { pythonForTests } from '../../rig/python.ts';
import { endProcesses } from '../../rig/processes.ts';
import { startSupervisor } from '../../rig/site/supervisor.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { LogsFixture } from './logs-fixture.ts';

const python = await pythonForTests('newest');

/** Writes its arguments one by one, each when the one before was read: what is read at once decides where logs are rotated. */
const SAY = `
import array, fcntl, os, sys, termios, time
for text in sys.argv[1:]:
    os.write(1, bytes.fromhex(text))
    unread = array.array('i', [1])
    while unread[0] > 0:
        time.sleep(0.002)
        fcntl.ioctl(1, termios.FIONREAD, unread)
`;

/** Keeps the events that it is sent, to the letter. */
const RECORDER = `
import sys
from supervisor import childutils
while True:
    childutils.listener.ready(sys.stdout)
    line = sys.stdin.readline()
    payload = sys.stdin.read(int(childutils.get_headers(line)['len']))
    with open('told', 'a') as told:
        told.write(line + payload + '\\x1e')
    childutils.listener.ok(sys.stdout)
`;

const BEGIN = '<!--XSUPERVISOR:BEGIN-->';
const END = '<!--XSUPERVISOR:END-->';

interface Case {
  readonly name: string;
  /** In Latin 1: a character is a byte. */
  readonly says: readonly string[];
  readonly settings: Partial<LogSettings>;
}

const LINES = [
  '1234567\n',
  'abcdefghijklmnopqrst\n',
  'xyz\n',
  '1234567\n',
  '0123456789\n',
  'end\n',
];

const CASES: readonly Case[] = [
  { name: 'plain', says: ['one\n', 'two', ' three\n'], settings: {} },
  { name: 'two-backups', says: LINES, settings: { maxBytes: 12, backups: 2 } },
  { name: 'one-backup', says: LINES, settings: { maxBytes: 8, backups: 1 } },
  { name: 'no-backups', says: LINES, settings: { maxBytes: 12, backups: 0 } },
  { name: 'no-rotation', says: LINES, settings: { maxBytes: 0, backups: 2 } },
  {
    name: 'exactly-full',
    says: ['12345\n', 'abcdef\n', 'x'],
    settings: { maxBytes: 6, backups: 3 },
  },
  {
    name: 'capture',
    says: [
      ...[`before, and long enough ${BEGIN}a messa`, `ge\n${END}between ${BEGIN.slice(0, 9)}`],
      ...[
        `${BEGIN.slice(9)}second${END.slice(0, 5)}`,
        `${END.slice(5)}after, and long enough again\n`,
      ],
    ],
    settings: { captureMaxBytes: 1000 },
  },
  {
    name: 'both',
    says: [`before, and long enough ${BEGIN}a message${END}after, and long enough again\n`],
    settings: { captureMaxBytes: 1000, eventsEnabled: true },
  },
  { name: 'colours', says: ['a\x1b[31mred\x1b[0m \x1b[2J\n'], settings: { eventsEnabled: true } },
  { name: 'characters', says: ['\xc3\xa9\xe2\x82\xac\n'], settings: { eventsEnabled: true } },
  { name: 'no-characters', says: [`a\xff\xc3\n'"`], settings: { eventsEnabled: true } },
];

const argvOf = ({ says }: Case): readonly [string, ...string[]] => [
  python?.bin.python ?? '',
  'say.py',
  ...says.map((text) => Buffer.from(text, 'latin1').toString('hex')),
];

/** The logs of a program with what is in them. */
function logsIn(directory: string): Readonly<Record<string, string>> {
  const names = readdirSync(directory).filter((name) => name.startsWith('app.log'));
  return Object.fromEntries(
    names.sort().map((name) => [name, readFileSync(join(directory, name), 'latin1')]),
  );
}

describe.skipIf(python === undefined)('as supervisord does it', () => {
  let fixture: LogsFixture;
  beforeEach(() => {
    fixture = new LogsFixture();
  });
  afterEach(() => fixture.end());

  it('logs are rotated, messages captured, colours removed and events told', async () => {
    const golden = await runSupervisord(fixture.directory);
    const ours: Record<string, unknown> = {};
    for (const each of CASES) {
      const own = new LogsFixture();
      try {
        ours[each.name] = await runOurselves(own, each);
      } finally {
        await own.end();
      }
    }
    expect(ours).toEqual(golden);
  });
});

interface Seen {
  readonly logs: Readonly<Record<string, string>>;
  /** The events with the numbers taken out, which depend on the other programs. */
  readonly events: readonly string[];
}

async function runOurselves(fixture: LogsFixture, each: Case): Promise<Seen> {
  const output = await fixture.open(each.settings, {
    stripAnsi: true,
    changes: { name: each.name, group: each.name },
  });
  writeFileSync(join(fixture.directory, 'say.py'), SAY);
  const child = fixture.spawn(output, argvOf(each), fixture.directory);
  await once(child, 'exit');
  await output.flush();
  const context = { identifier: 'supervisor', serial: 0, pool: 'listener', poolSerial: 0 };
  return {
    logs: logsIn(fixture.directory),
    events: fixture.events.map((event) => withoutNumbers(envelopeOf(event, context).toString())),
  };
}

/** Runs all programs, one after the other, under one supervisord. */
async function runSupervisord(directory: string): Promise<Readonly<Record<string, Seen>>> {
  const { bin } = python ?? { bin: { python: '', supervisord: '' } };
  writeFileSync(join(directory, 'say.py'), SAY);
  writeFileSync(join(directory, 'recorder.py'), RECORDER);
  const programs = CASES.map((each) => {
    mkdirSync(join(directory, each.name));
    const { maxBytes = 0, backups = 0, captureMaxBytes = 0, eventsEnabled = false } = each.settings;
    return [
      `[program:${each.name}]`,
      `command = ${argvOf(each).join(' ')}`,
      'startsecs = 0',
      'autorestart = false',
      'redirect_stderr = true',
      `stdout_logfile = ${directory}/${each.name}/app.log`,
      `stdout_logfile_maxbytes = ${maxBytes}`,
      `stdout_logfile_backups = ${backups}`,
      `stdout_capture_maxbytes = ${captureMaxBytes}`,
      `stdout_events_enabled = ${String(eventsEnabled)}`,
    ].join('\n');
  });
  const configuration = join(directory, 'supervisord.conf');
  const sections = [
    '[supervisord]\nnodaemon = true\nstrip_ansi = true\nlogfile = supervisord.log\npidfile = supervisord.pid',
    `[eventlistener:listener]\ncommand = ${bin.python} recorder.py\nevents = PROCESS_LOG,PROCESS_COMMUNICATION,PROCESS_STATE_EXITED\nbuffer_size = 1000\nenvironment = PYTHONUTF8="1"\nstartsecs = 0`,
    ...programs,
  ];
  writeFileSync(configuration, `${sections.join('\n\n')}\n`);
  const { id } = await startSupervisor({
    argv: [bin.supervisord, '-c', configuration],
    cwd: directory,
    env: { PATH: process.env.PATH ?? '' },
    user: undefined,
    outputFile: join(directory, 'output'),
  });
  const told = (): readonly string[] => {
    const path = join(directory, 'told');
    return existsSync(path) ? readFileSync(path, 'utf8').split('\x1e').slice(0, -1) : [];
  };
  const isExit = (event: string): boolean => event.includes('eventname:PROCESS_STATE_EXITED');
  try {
    await waitFor(
      'all programs to end',
      () => (told().filter(isExit).length === CASES.length ? true : undefined),
      { ceilingMs: 60_000, observe: () => readFileSync(join(directory, 'output'), 'utf8') },
    );
  } finally {
    await endProcesses([id], 5000);
  }
  const events = told().filter((event) => !isExit(event));
  return Object.fromEntries(
    CASES.map(({ name }) => [
      name,
      {
        logs: logsIn(join(directory, name)),
        events: events
          .filter((event) => event.includes(`processname:${name} `))
          .map(withoutNumbers),
      },
    ]),
  );
}

function withoutNumbers(event: string): string {
  const [header = '', ...rest] = event.split('\n');
  const known = header
    .replace(/serial:\d+ pool:(\S+) poolserial:\d+/, 'pool:$1')
    .replace(/len:\d+/, 'len:N');
  const text = rest.join('\n');
  const characters = Number(/len:(\d+)/.exec(header)?.[1]) - Array.from(text).length;
  // len less the characters that are there is 0; pids may have another number of digits.
  return `${known} off by ${characters}\n${text.replace(/pid:\d+/, 'pid:N')}`;
}
