import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlive, readProcess, signalProcess, type Process } from '../../rig/processes.ts';
import { PYTHON_NAMES, pythonForTests } from '../../rig/python.ts';
import { waitFor } from '../../rig/wait-for.ts';
import { Conversation } from '../supervisorctl/conversation.ts';
import { PROGRAMS, settle } from '../supervisorctl/programs.ts';
import { Twin, type Said } from '../supervisorctl/twins.ts';
import { startOneOf } from './support/both-servers.ts';

const CLIENT = '[supervisorctl]\nserverurl=unix://%(here)s/s.sock\n';

/** Commands that change nothing for those after them; all of them, in this order. */
const SCENARIO: readonly string[] = [
  'status',
  'status cat',
  'status nope cat',
  'status nope manual',
  'status zz:*',
  'status grp',
  'status grp:*',
  'status backoff slow stuck',
  'pid cat',
  'pid manual',
  'pid nope',
  'pid all',
  'pid cat nope exit3',
  'tail cat',
  'tail -3 cat',
  'tail -0 cat',
  'tail cat stderr',
  'tail manual',
  'tail nolog',
  'tail nope',
  'tail grp:*',
  'tail cat foo',
  'tail accents',
  'maintail -x',
  'avail',
  'reread',
  'add cat',
  'add nope',
  'remove cat nope',
  'remove slow',
  'update',
  'update nope',
  'signal 0 cat nope manual',
  'signal BOGUS cat',
  'signal BOGUS nope manual',
  'signal CONT fatal',
  'signal sigcont cat grp:ga',
  'signal 18 slow',
  'signal CONT grp:*',
  'signal CONT zz:* grp',
  'clear nope',
  'clear grp:*',
  'clear grp:ga manual nolog',
  'start cat',
  'start nope',
  'start zz:*',
  'start grp:*',
  'start backoff',
  'start fatal',
  'start manual',
  'start manual',
  'status manual',
  'restart manual',
  'stop manual',
  'stop manual',
  'restart manual',
  'stop manual',
  'stop nope',
  'stop zz:*',
  'stop exit3',
  'stop grp:*',
  'status grp:*',
  'stop grp:*',
  'start grp:',
  'restart grp:ga',
  'stop slow',
  'status slow',
  'stop backoff',
  'status exit0 exit3 fatal',
  'clear all',
  'tail cat',
  'fg nope',
  'fg manual',
  'open',
  'nope',
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

describe.each(PYTHON_NAMES)("the real supervisorctl of '%s'", async (name) => {
  const python = await pythonForTests(name);

  describe.skipIf(python === undefined)('against supervisord and against the daemon', () => {
    let theirs: Twin;
    let ours: Twin;

    beforeAll(async () => {
      if (python === undefined) return;
      const text = CLIENT + PROGRAMS;
      const [real, daemon] = await Promise.all([
        startOneOf('supervisord', python, text),
        startOneOf('reloadctl daemon', python, text),
      ]);
      theirs = new Twin(real, python);
      ours = new Twin(daemon, python);
      await Promise.all([settle(theirs), settle(ours)]);
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

    it('says the same in a whole scenario', { timeout: 300_000 }, async () => {
      const different: unknown[] = [];
      for (const words of SCENARIO) {
        const { real, daemon } = await both(words);
        if (JSON.stringify(real) !== JSON.stringify(daemon)) {
          different.push({ words, supervisord: real, daemon });
        }
      }
      expect(different).toEqual([]);
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
    });

    it('shuts it down', async () => {
      const supervisors = [theirs, ours].map(({ server }) => readProcess(server.pid));
      const stuck = await Promise.all([theirs, ours].map(stuckOf));
      await expectSame('shutdown');
      // One program ignores TERM: it is still being stopped.
      await expectSame('shutdown');
      await expectSame('avail');
      await expectSame('reread');
      await expectSame('add nope');
      await expectSame('update');
      for (const each of stuck) signalProcess(each, 'SIGKILL');
      await waitFor(
        'both to end',
        () => supervisors.every((each) => each !== undefined && !isAlive(each)) || undefined,
        { ceilingMs: 60_000 },
      );
      await expectSame('shutdown');
      await expectSame('status');
    });
  });
});

/** Members are listed as they end, and which of two ends first is nobody's to say. */
function inOrder(words: string, said: Said): Said {
  if (!/^(start|stop|restart) grp:/.test(words)) return said;
  return { ...said, stdout: said.stdout.split('\n').sort().join('\n') };
}

/** The process of the program that ignores TERM. */
async function stuckOf(twin: Twin): Promise<Process> {
  const info = await twin.supervisor.getProcessInfo('stuck');
  const found = info.ok ? readProcess(info.value.pid) : undefined;
  if (found === undefined) throw new Error('stuck does not run');
  return found;
}
