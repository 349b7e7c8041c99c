import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlive, readProcess, signalProcess } from '../../rig/processes.ts';
import { pythonForTests } from '../../rig/python.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { SERVERS } from '../daemon/support/both-servers.ts';
import { ConformanceSite } from './support/conformance-site.ts';

const python = await pythonForTests('newest');

const BEGIN = '<!--XSUPERVISOR:BEGIN-->';
const END = '<!--XSUPERVISOR:END-->';

/** A program that repeats its input, which is how a test lets it say something. */
const cat = (name: string, keys: string): string =>
  `[program:${name}]\ncommand=/bin/cat\nstartsecs=0\n${keys}\n`;
const log = (name: string): string => `stdout_logfile=%(here)s/${name}.log\n`;

/** Does what the data of REMOTE_COMMUNICATION says, and keeps what it was told in a file that is named for it. */
const LISTENER = String.raw`
import os, sys
name, directory = sys.argv[1:]
stdin = open(0, encoding='utf-8', newline='')
def say(text):
    sys.stdout.write(text)
    sys.stdout.flush()
while True:
    say('READY\n')
    line = stdin.readline()
    headers = dict(pair.split(':', 1) for pair in line.split() if ':' in pair)
    payload = stdin.read(int(headers['len']))
    with open(os.path.join(directory, name + '.told'), 'a') as told:
        told.write(headers['serial'] + ' ' + headers['pool'] + ' ' + headers['poolserial'] + ' ' + payload.replace('\n', '|') + '\n')
    first, order = payload.split('\n', 1)
    seen = os.path.join(directory, name + '.' + order)
    if order in ('fail', 'refuse', 'die') and not os.path.exists(seen):
        open(seen, 'w').close()
        if order == 'die':
            sys.exit(3)
        say('RESULT 4\nFAIL')
    elif order == 'junk':
        say('nonsense\n')
    elif order == 'hold':
        while not os.path.exists(os.path.join(directory, 'go-on')):
            import time
            time.sleep(0.02)
        say('RESULT 2\nOK')
    else:
        say('RESULT 2\nOK')
`;

let priority = 900;

/** supervisord gives a rejected event again to every pool that has a process of the same priority: each has one of its own. */
function listener(name: string, keys = ''): string {
  priority += 1;
  return (
    `[eventlistener:${name}]\ncommand=${python?.bin.python ?? ''} %(here)s/listener.py ${name} %(here)s\n` +
    `events=REMOTE_COMMUNICATION\nstartsecs=0\nautostart=false\nautorestart=true\npriority=${priority}\n${keys}\n`
  );
}

const PROGRAMS = [
  cat('rotated', `${log('rotated')}stdout_logfile_maxbytes=20\nstdout_logfile_backups=2`),
  cat('nobackups', `${log('nobackups')}stdout_logfile_maxbytes=20\nstdout_logfile_backups=0`),
  cat('none', 'stdout_logfile=NONE\nstderr_logfile=off'),
  cat('auto', ''),
  '[program:redirected]\ncommand=/bin/sh -c "echo out; echo err >&2; exec cat"\nstartsecs=0\nredirect_stderr=true\n' +
    log('redirected'),
  cat('colours', log('colours')),
  cat('captured', `${log('captured')}stdout_capture_maxbytes=1000`),
  cat('both', `${log('both')}stdout_capture_maxbytes=1000\nstdout_events_enabled=true`),
  cat('told', `${log('told')}stdout_events_enabled=true`),
  ...['ok', 'rejecting', 'dying', 'breaking'].map((name) => listener(name)),
  listener('narrow', 'buffer_size=3'),
  listener(
    'two',
    'numprocs=2\nprocess_name=%(program_name)s_%(process_num)02d\nevents=PROCESS_LOG_STDOUT',
  ),
  ...['rejects', 'accepts'].map((name) => listener(name, 'priority=950')),
].join('');

describe.skipIf(python === undefined).each(SERVERS)('logs and events, %s', (name) => {
  let site: ConformanceSite;
  let startedAt: number;

  beforeAll(async () => {
    if (python === undefined) return;
    startedAt = Date.now();
    const stripped = '[supervisord]\nstrip_ansi=true\n';
    const files = { 'listener.py': LISTENER };
    site = await ConformanceSite.start(name, python, stripped + PROGRAMS, 'EVENT', files);
    await site.waitForChange('told', 'RUNNING');
  });
  afterAll(() => site.stop());

  /** Lets a program say this, and waits until its log has changed. */
  const say = async (program: string, text: string): Promise<void> => {
    expect(await site.call('sendProcessStdin', program, text)).toBe(true);
  };
  const notify = async (data: string, type = 't'): Promise<void> => {
    expect(await site.call('sendRemoteCommEvent', type, data)).toBe(true);
  };
  /** What a listener was told: serial, pool, number in the pool and payload. */
  const toldTo = (listener: string): ReadonlyArray<readonly [number, string, number, string]> =>
    site
      .read(`${listener}.told`)
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const [serial, pool = '', poolSerial, ...payload] = line.split(' ');
        return [Number(serial), pool, Number(poolSerial), payload.join(' ')];
      });
  const untilTold = (
    listener: string,
    count: number,
  ): Promise<ReadonlyArray<readonly [number, string, number, string]>> =>
    waitFor(
      `${listener} to be told ${count} times`,
      () => (toldTo(listener).length >= count ? toldTo(listener) : undefined),
      { observe: () => [toldTo(listener), site.mainLog] },
    );

  describe.concurrent('logs', () => {
    it('check 45: rotation by size, and as many backups as asked for', async () => {
      // A file that has reached its size after a write is moved; lines stay whole.
      for (const [line, ...expected] of [
        ['first of all\n', 'first of all\n', '', ''],
        ['second line\n', '', 'first of all\nsecond line\n', ''],
        ['third line\n', 'third line\n', 'first of all\nsecond line\n', ''],
        ['fourth one\n', '', 'third line\nfourth one\n', 'first of all\nsecond line\n'],
      ] as const) {
        await say('rotated', line);
        await say('nobackups', line);
        // A line is in the file before that is moved: only the end of both is worth a look.
        const files = (): readonly string[] =>
          ['rotated.log', 'rotated.log.1', 'rotated.log.2', 'nobackups.log'].map((file) =>
            site.read(file),
          );
        const wanted = JSON.stringify([...expected, expected[0]]);
        await waitFor(
          `${line.trimEnd()} to be logged: ${wanted}`,
          () => JSON.stringify(files()) === wanted || undefined,
          { observe: files },
        );
      }
      expect(existsSync(join(site.server.directory, 'nobackups.log.1'))).toBe(false);
    });

    it('check 45: NONE and off are no log, AUTO has a name of its own', async () => {
      expect(await site.info('none')).toMatchObject({ stdoutLogfile: '', stderrLogfile: '' });
      expect(await site.call('readProcessStdoutLog', 'none', 0, 0)).toBe('20 NO_FILE');
      expect(await site.call('tailProcessStderrLog', 'none', 0, 10)).toEqual(['', 0, false]);
      const { stdoutLogfile, stderrLogfile } = await site.info('auto');
      for (const [channel, path] of Object.entries({
        stdout: stdoutLogfile,
        stderr: stderrLogfile,
      })) {
        expect(path.startsWith(`${site.server.directory}/auto-${channel}---tést <&>-`)).toBe(true);
        expect(path).toMatch(/-\w{8}\.log$/);
        expect(statSync(path).mode & 0o777).toBe(0o600);
      }
      expect(readdirSync(site.server.directory).filter((file) => file.startsWith('none'))).toEqual(
        [],
      );
    });

    it('check 46: redirect_stderr', async () => {
      const text = await site.waitForText('redirected.log', 'err\n');
      expect(text).toBe('out\nerr\n');
      expect((await site.info('redirected')).stderrLogfile).toBe('');
      expect(await site.call('readProcessStderrLog', 'redirected', 0, 0)).toBe('20 NO_FILE');
    });

    it('check 47: strip_ansi', async () => {
      await say('colours', 'a\u001b[31mred\u001b[0m \u001b[2Jb\n');
      expect(await site.waitForText('colours.log', 'b\n')).toBe('ared b\n');
    });

    it('check 63: what is between the tokens is an event, and not in the log', async () => {
      await say('captured', `a line before it ${BEGIN}a mes`);
      await say('captured', `sage é${END}and a line after it, which is long enough\n`);
      await say('both', `${BEGIN}another${END}and a line after it, which is long enough\n`);
      const event = (program: string, type: string): string | undefined =>
        site.events.find(
          (each) => each.type === type && each.payload.startsWith(`processname:${program} `),
        )?.payload;
      const { pid } = await site.info('captured');
      expect(
        await waitFor('the message', () => event('captured', 'PROCESS_COMMUNICATION_STDOUT')),
      ).toBe(`processname:captured groupname:captured pid:${pid}\na message é`);
      expect(await site.waitForText('captured.log', 'enough')).toBe(
        'a line before it and a line after it, which is long enough\n',
      );
      expect(event('captured', 'PROCESS_LOG_STDOUT')).toBeUndefined();
      const both = await site.info('both');
      expect(await waitFor('the other', () => event('both', 'PROCESS_COMMUNICATION_STDOUT'))).toBe(
        `processname:both groupname:both pid:${both.pid}\nanother`,
      );
      // Captured data raises PROCESS_LOG as well where that is enabled.
      const logged = await waitFor('PROCESS_LOG', () => event('both', 'PROCESS_LOG_STDOUT'));
      expect(logged).toBe(
        `processname:both groupname:both pid:${both.pid} channel:stdout\nanother`,
      );
      // Difference: The end of what is not captured is logged. supervisord keeps it back: it might be the beginning of a token.
      await say('both', 'short\n');
      if (name !== 'supervisord') await site.waitForText('both.log', 'short\n');
    });
  });

  describe('listeners', () => {
    it('check 62: the header counts characters, and payloads are those of the specification', async () => {
      await say('told', 'données\n');
      const [logged] = await waitFor('the event', () => {
        const found = site.events.filter(({ payload }) => payload.startsWith('processname:told g'));
        const events = found.filter(({ type }) => type === 'PROCESS_LOG_STDOUT');
        return events.length > 0 ? events : undefined;
      });
      const { pid } = await site.info('told');
      const payload = `processname:told groupname:told pid:${pid} channel:stdout\ndonnées\n`;
      expect(logged?.payload).toBe(payload);
      expect(logged?.headers.len).toBe(String(payload.length));
      expect(logged?.bytes).toBe(payload.length + 1);
      expect(logged?.headers).toMatchObject({ ver: '3.0', pool: 'recorder' });
      const ofTold = site.changesOf('told').map(({ state, details }) => [state, details]);
      expect(ofTold).toEqual([
        ['STARTING', 'tries:0'],
        ['RUNNING', `pid:${pid}`],
      ]);
      const stateChange = site.events.find(({ type }) => type.startsWith('SUPERVISOR_STATE'));
      expect(stateChange).toMatchObject({ type: 'SUPERVISOR_STATE_CHANGE_RUNNING', payload: '' });
      // Numbers count up without gaps in a pool that hears of everything.
      const serials = site.events.map(({ headers }) => Number(headers.poolserial));
      expect(serials).toEqual(serials.map((_, index) => index));
    });

    it('check 62: a rejected event goes again to its own pool alone, but for a fault of supervisord', async () => {
      for (const each of ['rejects', 'accepts']) {
        expect(await site.call('startProcess', each)).toBe(true);
      }
      site.write('accepts.refuse', '');
      await notify('refuse');
      await waitFor('rejects to be told again', () => {
        const found = toldTo('rejects').filter(([, , , payload]) => payload === 'type:t|refuse');
        return found.length > 1 || undefined;
      });
      await notify('last');
      await waitFor('both to be told', () => {
        const last = ['rejects', 'accepts'].map((each) => toldTo(each).at(-1)?.[3]);
        return last.every((payload) => payload === 'type:t|last') || undefined;
      });
      const times = toldTo('accepts').filter(
        ([, , , payload]) => payload === 'type:t|refuse',
      ).length;
      // Difference: A rejected event goes again to its own pool alone.
      expect(times).toBe(name === 'supervisord' ? 2 : 1);
    });

    it('check 62: OK, FAIL, death, junk and a full buffer', async () => {
      const names = ['ok', 'rejecting', 'dying', 'breaking', 'narrow'];
      for (const each of names) expect(await site.call('startProcess', each)).toBe(true);
      await notify('first');
      for (const each of names) await untilTold(each, 1);

      // Those that are told to do something odd do it in their own way: the orders reach all of them.
      await notify('fail');
      const [failed, again] = await waitFor('ok to be told again', () => {
        const found = toldTo('ok').filter(([, , , payload]) => payload === 'type:t|fail');
        return found.length > 1 ? found : undefined;
      });
      // The same event, with the same numbers.
      expect(again).toEqual(failed);
      await site.waitForText('supervisord.log', 'WARN ok: event was rejected');

      await notify('die');
      for (const each of ['dying', 'rejecting']) {
        const told = await waitFor(`${each} to be told again`, () => {
          const found = toldTo(each).filter(([, , , payload]) => payload === 'type:t|die');
          return found.length > 1 ? found : undefined;
        });
        expect(told[1]).toEqual(told[0]);
      }
      expect((await site.waitForChange('dying', 'RUNNING', 2)).length).toBeGreaterThan(3);

      await notify('hold');
      await waitFor(
        'narrow to hold',
        () => toldTo('narrow').at(-1)?.[3] === 'type:t|hold' || undefined,
      );
      for (const data of ['1', '2', '3', '4', '5']) await notify(data);
      await site.waitForText(
        'supervisord.log',
        /ERRO pool narrow event buffer overflowed, discarding event \d+\n/,
      );
      site.write('go-on', '');
      // A buffer of three: the oldest are gone.
      await waitFor('narrow to be told the rest', () => {
        const payloads = toldTo('narrow').map(([, , , payload]) => payload);
        return payloads.at(-1) === 'type:t|5' ? payloads : undefined;
      });
      const payloads = toldTo('narrow').map(([, , , payload]) => payload);
      expect(payloads.slice(payloads.lastIndexOf('type:t|hold') + 1)).toEqual(
        ['3', '4', '5'].map((data) => `type:t|${data}`),
      );

      await notify('junk');
      for (const each of names) {
        await waitFor(
          `${each} to be told`,
          () => toldTo(each).at(-1)?.[3] === 'type:t|junk' || undefined,
        );
      }
      await site.waitForText('supervisord.log', /WARN breaking: bad result line/);
      await notify('after');
      // The recorder hears of it, those that broke the protocol never again.
      await waitFor(
        'the recorder to be told',
        () => site.events.some(({ payload }) => payload === 'type:t\nafter') || undefined,
      );
      for (const each of names) expect(toldTo(each).at(-1)?.[3]).toBe('type:t|junk');
      // The numbers of a pool count up in the order of its events.
      const numbers = [...new Set(toldTo('ok').map(([, , poolSerial]) => poolSerial))];
      expect(numbers).toEqual(numbers.map((_, index) => index));
    });

    it('check 62: a pool of two shares its events', async () => {
      expect(await site.call('startProcessGroup', 'two')).toHaveLength(2);
      const lines = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `shared ${letter}\n`);
      for (const line of lines) {
        await say('told', line);
        await site.waitForText('told.log', line);
      }
      const shared = await waitFor('all lines to be told', () => {
        const found = toldTo('two').filter(([, , , payload]) => payload.includes('shared'));
        return found.length === lines.length ? found : undefined;
      });
      expect(shared.map(([, , , payload]) => payload.split('|')[1])).toEqual(
        expect.arrayContaining(lines.map((line) => line.trimEnd())),
      );
      expect(new Set(shared.map(([, , poolSerial]) => poolSerial)).size).toBe(lines.length);
    });

    it('check 62: PROCESS_GROUP, REMOTE_COMMUNICATION and EXITED', async () => {
      const { pid } = await site.info('told');
      const told = readProcess(pid);
      if (told === undefined) throw new Error('told does not run');
      signalProcess(told, 'SIGKILL');
      const changes = await site.waitForChange('told', 'EXITED');
      expect(changes.find(({ state }) => state === 'EXITED')?.details).toBe(
        `expected:0 pid:${pid}`,
      );
      expect(isAlive(told)).toBe(false);
      await site.waitForChange('told', 'RUNNING', 2);
      expect(await site.call('stopProcess', 'none')).toBe(true);
      const stopped = await site.waitForChange('none', 'STOPPED');
      expect(stopped.slice(-2).map(({ details }) => details)).toEqual([
        expect.stringMatching(/^pid:\d+$/),
        expect.stringMatching(/^pid:\d+$/),
      ]);
      expect(await site.call('removeProcessGroup', 'none')).toBe(true);
      expect(await site.call('addProcessGroup', 'none')).toBe(true);
      await site.waitForChange('none', 'RUNNING', 2);
      const groups = site.events.flatMap(({ type, payload }) =>
        type.startsWith('PROCESS_GROUP_') && payload === 'groupname:none\n' ? [type] : [],
      );
      expect(groups.slice(-2)).toEqual(['PROCESS_GROUP_REMOVED', 'PROCESS_GROUP_ADDED']);
    });

    it('check 64: ticks tell multiples of their period, once each', async () => {
      const ticks = await waitFor(
        'two ticks',
        () => {
          const found = site.events.filter(({ type }) => type === 'TICK_5');
          return found.length > 1 ? found : undefined;
        },
        { ceilingMs: 60_000 },
      );
      const [first = 0, second = 0] = ticks.map(({ payload }) =>
        Number(/^when:(\d+)$/.exec(payload)?.[1]),
      );
      expect(first % 5).toBe(0);
      expect(second).toBe(first + 5);
      expect(first * 1000).toBeGreaterThan(startedAt - 5000);
      for (const [index, when] of [first, second].entries()) {
        expect((ticks[index]?.at ?? 0) - when * 1000).toBeGreaterThanOrEqual(0);
        expect((ticks[index]?.at ?? 0) - when * 1000).toBeLessThan(15_000);
      }
      for (const { payload, type } of site.events.filter((each) => each.type === 'TICK_60')) {
        expect([type, Number(payload.slice('when:'.length)) % 60]).toEqual([type, 0]);
      }
    });
  });
});
