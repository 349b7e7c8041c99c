import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { combinations } from '../../rig/combinations.ts';
import type { ProcessState } from '../../../src/rpc/supervisor.ts';
import { isAlive, readProcess, signalProcess, type Process } from '../../rig/processes.ts';
import { PYTHON_NAMES, pythonForTests } from '../../rig/python.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { Conversation } from '../supervisorctl/conversation.ts';
import { PROGRAMS, settle } from '../supervisorctl/programs.ts';
import type { Said } from '../supervisorctl/said.ts';
import { Twin } from '../supervisorctl/twins.ts';
import { startOneOf } from '../daemon/support/both-servers.ts';
import { isMeant, MEANT_ANSWERS, MEANT_LINES } from './support/meant-differences.ts';

const CLIENT = '[supervisorctl]\nserverurl=unix://%(here)s/s.sock\n';

const MORE = `
[program:ending]
command=/bin/sh -c "trap '' TERM; printf 'ready\\n'; while read line; do :; done"
startsecs=0
stopwaitsecs=100000
[program:ended]
command=/bin/sh -c "sleep 0.5; exit 3"
startsecs=0
autorestart=false
`;

/** A program in every state: STOPPED, STARTING, RUNNING, BACKOFF, STOPPING, EXITED and FATAL. */
// What ends as soon as it is started supervisord calls now started, now a spawn error.
const EACH = ['manual', 'slow', 'cat', 'backoff', 'ending', 'ended', 'fatal'];
const each = EACH.join(' ');
const settled: Readonly<Record<string, ProcessState>> = {
  'fatal:fatal': 'FATAL',
  'ended:ended': 'EXITED',
  'ending:ending': 'STOPPING',
};

/** A call, or states to wait for on both sides. */
type Step = string | Readonly<Record<string, ProcessState>>;

/** Every command over programs in every state, in this order: what changes something comes last. */
const SCENARIO: readonly Step[] = [
  'status',
  `status ${each}`,
  'status cat',
  'status nope cat',
  'status nope manual',
  'status zz:*',
  'status grp',
  'status grp:*',
  'pid',
  `pid ${each}`,
  'pid nope',
  'pid all',
  'pid cat nope exit3',
  ...EACH.map((name) => `tail ${name}`),
  ...EACH.map((name) => `tail ${name} stderr`),
  'tail -3 cat',
  'tail -0 cat',
  'tail nolog',
  'tail nope',
  'tail grp:*',
  'tail cat foo',
  'tail accents',
  'tail latin1',
  'tail colour',
  'tail -8 accents',
  'maintail -x',
  'maintail 5',
  'avail',
  'avail x',
  'version',
  'version x',
  'help',
  'help status',
  'help nope',
  'exit',
  'quit',
  'reread',
  'reread x',
  'reload x',
  'shutdown x',
  'update',
  'update cat',
  'update nope',
  'add',
  `add ${each}`,
  'add nope',
  'remove',
  'remove cat nope',
  'open',
  'open unix:///nonexistent/s.sock',
  'nope',
  `signal BOGUS ${each}`,
  `signal CONT ${each}`,
  'signal 0 cat nope manual',
  'signal BOGUS nope manual',
  'signal sigcont cat grp:ga',
  'signal 18 slow',
  'signal CONT grp:*',
  'signal CONT zz:* grp',
  `clear ${each}`,
  'clear nope',
  'clear grp:*',
  'clear all',
  'tail cat',
  ...EACH.filter((name) => name !== 'cat').map((name) => `fg ${name}`),
  'fg',
  'fg nope',
  'fg cat manual',
  `start ${each}`,
  settled,
  `status ${each}`,
  'start nope',
  'start zz:*',
  'start grp:*',
  'start',
  `stop ${each}`,
  `status ${each}`,
  `restart ${EACH.filter((name) => name !== 'slow').join(' ')}`,
  settled,
  `status ${each}`,
  'restart nope',
  'restart zz:*',
  'restart',
  'stop nope',
  'stop zz:*',
  'stop',
  'stop grp:*',
  'status grp:*',
  'stop grp:*',
  'start grp:',
  'restart grp:ga',
  `remove ${each}`,
  'status manual cat',
  `add ${each}`,
  settled,
  `status ${each}`,
];

/** The lines of a log once each, without time and numbers: a program is tried again as often as there is time. Tracebacks are left out. */
const steadyLines = (text: string): readonly string[] => [
  ...new Set(
    text
      .split('\n')
      .filter((line) => /^<DATE> [A-Z]{4} /.test(line))
      .map((line) => line.slice('<DATE> '.length).replaceAll(/\b\d+\b/g, '<N>')),
  ),
];

/** What reloadctl's own client says in supervisorctl's words. */
const OWN: readonly string[] = [
  'status',
  'pid cat',
  'tail cat',
  'tail accents',
  'signal CONT grp:*',
  'clear cat',
  'avail',
  'version',
  'reread',
  'update',
];

describe.each(combinations(PYTHON_NAMES))("the real supervisorctl of '%s'", async (name) => {
  const python = await pythonForTests(name);

  describe.skipIf(python === undefined)('against supervisord and against the daemon', () => {
    let theirs: Twin;
    let ours: Twin;

    beforeAll(async () => {
      if (python === undefined) return;
      const text = CLIENT + PROGRAMS + MORE;
      const [real, daemon] = await Promise.all([
        startOneOf('supervisord', python, text),
        startOneOf('reloadctl daemon', python, text),
      ]);
      theirs = new Twin(real, python);
      ours = new Twin(daemon, python);
      await Promise.all(
        [theirs, ours].map(async (twin) => {
          await settle(twin);
          await twin.waitForLog('ending', 'ready\n');
          await twin.supervisor.stopProcess('ending', false);
          await twin.waitForStates({ 'ending:ending': 'STOPPING', 'ended:ended': 'EXITED' });
        }),
      );
    });
    afterAll(async () => {
      await Promise.all([theirs.stop(), ours.stop()]);
    });

    const both = async (words: string): Promise<{ real: Said; daemon: Said }> => {
      const args = words.split(' ');
      const [real, daemon] = await Promise.all([
        theirs.supervisorctl(args),
        ours.supervisorctl(args),
      ]);
      return { real: inOrder(words, real), daemon: inOrder(words, daemon) };
    };
    const expectSame = async (words: string): Promise<Said> => {
      const { real, daemon } = await both(words);
      expect({ words, ...daemon }).toEqual({ words, ...real });
      return daemon;
    };

    // The client of another release says the same to a server: the steps that are about states are enough then.
    const steps =
      name === 'newest'
        ? SCENARIO
        : SCENARIO.filter((step) => typeof step !== 'string' || step.includes(each));

    it('says the same in a whole scenario', { timeout: 600_000 }, async () => {
      const different: unknown[] = [];
      const meant = new Set<string>();
      for (const step of steps) {
        if (typeof step !== 'string') {
          await Promise.all([theirs, ours].map((twin) => twin.waitForStates(step)));
          continue;
        }
        const { real, daemon } = await both(step);
        if (isDeepStrictEqual(real, daemon)) continue;
        if (isMeant(step, real, daemon)) meant.add(step);
        else different.push({ step, supervisord: real, daemon });
      }
      expect(different).toEqual([]);
      expect([...meant]).toEqual(
        MEANT_ANSWERS.map(({ words }) => words).filter((words) => steps.includes(words)),
      );
    });

    it('writes the same into the log of the supervisor', () => {
      const [real = [], daemon = []] = [theirs, ours].map((twin) =>
        steadyLines(
          twin.normalize(readFileSync(join(twin.server.directory, 'supervisord.log'), 'utf8')),
        ),
      );
      const isListed = (line: string): boolean => MEANT_LINES.some((one) => one.test(line));
      expect({
        supervisordOnly: real.filter((line) => !daemon.includes(line) && !isListed(line)),
        daemonOnly: daemon.filter((line) => !real.includes(line) && !isListed(line)),
      }).toEqual({ supervisordOnly: [], daemonOnly: [] });
    });

    it("says what reloadctl's own client says", async () => {
      for (const words of OWN) {
        const args = words.split(' ');
        const expected = await ours.supervisorctl(args);
        const own = await ours.reloadctl(args);
        expect({ words, ...own }).toEqual({ words, ...expected });
      }
    });

    it('works over a port with a password', async () => {
      for (const password of ['pass:wörd', 'wrong']) {
        const [real, daemon] = await Promise.all(
          [theirs, ours].map((twin) =>
            twin.supervisorctl([
              '-s',
              twin.server.inetUrl,
              '-u',
              'ünser',
              '-p',
              password,
              'pid',
              'nope',
            ]),
          ),
        );
        expect(daemon).toEqual(real);
      }
    });

    it('follows a log', async () => {
      for (const twin of [theirs, ours]) {
        const launch = await twin.client('supervisorctl', ['tail', '-f', 'cat']);
        const client = new Conversation({
          ...launch,
          env: { ...launch.env, PYTHONUNBUFFERED: '1' },
        });
        await client.waitFor('==> Press Ctrl-C to exit <==');
        await twin.supervisor.sendProcessStdin('cat', 'hello there\n');
        await client.waitFor('hello there\n');
        client.signal('SIGINT');
        expect(await client.end()).toBe(0);
      }
    });

    it('reads the configuration again, adds, changes and removes', async () => {
      for (const { server } of [theirs, ours]) {
        const text = readFileSync(server.configuration, 'utf8')
          .replace('[program:nolog]\n', '[program:nolog]\nstopwaitsecs=5\n')
          .replace(/\[program:exit3\]\n[^[]*/, '');
        writeFileSync(server.configuration, text);
        appendFileSync(server.configuration, '[program:new]\ncommand=/bin/cat\nstartsecs=0\n');
      }
      const { stdout } = await expectSame('reread');
      expect(stdout).toBe('exit3: disappeared\nnew: available\nnolog: changed\n');
      await expectSame('avail');
      await expectSame('add new');
      await expectSame('add new');
      await expectSame('status new');
      await expectSame('update');
      await expectSame('update');
      await expectSame('status nolog exit3 new');
      for (const { server } of [theirs, ours]) {
        appendFileSync(server.configuration, '[program:bad]\ncommand=/bin/cat\nstartsecs=x\n');
      }
      await expectSame('reread');
      for (const { server } of [theirs, ours]) {
        const text = readFileSync(server.configuration, 'utf8');
        writeFileSync(server.configuration, text.replace('startsecs=x\n', ''));
      }
      await expectSame('reread');
      await expectSame('update');
    });

    it('restarts the supervisor', async () => {
      const pids = await Promise.all(
        [theirs, ours].map(async (twin) => {
          const info = await twin.supervisor.getProcessInfo('nolog');
          return info.ok ? info.value.pid : 0;
        }),
      );
      // Two programs ignore TERM.
      const holding = await Promise.all(
        [theirs, ours].flatMap((twin) => ['stuck', 'ending'].map((each) => processOf(twin, each))),
      );
      await expectSame('reload');
      await expectSame('reload');
      for (const each of holding) signalProcess(each, 'SIGKILL');
      for (const [index, twin] of [theirs, ours].entries()) {
        await twin.waitForOther('nolog', pids[index] ?? 0);
        await twin.waitForLog('stuck', 'ready\n');
      }
      await expectSame('status nolog stuck ending new');
    });

    it('shuts it down', async () => {
      const supervisors = [theirs, ours].map(({ server }) => readProcess(server.pid));
      const stuck = await Promise.all(
        [theirs, ours].flatMap((twin) => ['stuck', 'ending'].map((each) => processOf(twin, each))),
      );
      await expectSame('shutdown');
      // Two programs ignore TERM: they are still being stopped.
      for (const words of [
        ...['shutdown', 'reload', 'avail', 'reread', 'add nope', 'update', 'remove nope', 'status'],
        ...['pid', 'tail stuck', 'maintail', 'clear stuck', 'version', 'signal CONT stuck'],
        ...['start stuck', 'stop stuck', 'restart stuck', 'fg stuck'],
      ]) {
        await expectSame(words);
      }
      for (const each of stuck) signalProcess(each, 'SIGKILL');
      await waitFor(
        'both to end',
        () => supervisors.every((each) => each !== undefined && !isAlive(each)) || undefined,
        { ceilingMs: 60_000 },
      );
      for (const words of ['shutdown', 'status', 'start cat', 'avail', 'pid', 'tail -f cat']) {
        await expectSame(words);
      }
    });
  });
});

/** Members are listed as they end, and which of two ends first is nobody's to say. */
function inOrder(words: string, said: Said): Said {
  if (!/^(start|stop|restart) grp:/.test(words)) return said;
  return { ...said, stdout: said.stdout.split('\n').sort().join('\n') };
}

async function processOf(twin: Twin, name: string): Promise<Process> {
  const info = await twin.supervisor.getProcessInfo(name);
  const found = info.ok ? readProcess(info.value.pid) : undefined;
  if (found === undefined) throw new Error(`${name} does not run`);
  return found;
}
