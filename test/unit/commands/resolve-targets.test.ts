import { describe, expect, it } from 'vitest';
import type { Context } from '../../../src/commands/context.ts';
import {
  findTargets,
  resolveTargets,
  type FoundTarget,
} from '../../../src/commands/resolve-targets.ts';
import type { Configuration, Program } from '../../../src/config/program.ts';
import type { Target } from '../../../src/reload/target.ts';
import type { RpcFailure } from '../../../src/rpc/supervisor.ts';
import { FakeOs } from '../../fake/fake-os.ts';
import { sampleProgram } from '../../fake/sample-program.ts';
import { Site } from '../../fake/site.ts';
import { stubbornImage } from '../../fake/stubborn.ts';
import { FakeSupervisor } from '../../fake/supervisord/api.ts';

/** Of groups; the default where a name is not here. */
const PRIORITIES: Readonly<Record<string, number>> = { first: 1 };

/** A machine with the programs of the names, each 'name' or 'group:name', and a way to resolve words on it. */
class Updater {
  readonly site = new Site();
  readonly os: FakeOs;
  readonly #context: Context;

  constructor(names: readonly string[], uid = 0) {
    const programs = names.map((name): Program => {
      const [group = '', member = group] = name.split(':');
      return sampleProgram({ group, name: member });
    });
    const { kernel, supervisord } = this.site;
    supervisord.programs.splice(0);
    for (const program of programs) {
      const run = { argv: ['/bin/x'], image: stubbornImage([]), logfile: '/var/log/x.log' };
      supervisord.add({ program, ...run });
    }
    const execution = { argv: ['reloadctl'], env: {}, cwd: '/' };
    const me = kernel.spawn(kernel.init, execution, () => undefined, { uid });
    this.os = new FakeOs(this.site.machine, me);
    const groups = [...new Set(programs.map(({ group }) => group))].map((name) => ({
      name,
      priority: PRIORITIES[name] ?? 999,
      programs: programs.filter(({ group }) => group === name),
    }));
    this.#context = {
      supervisor: new FakeSupervisor(kernel, supervisord, this.site.wire, () => false),
      loadConfiguration: () => Promise.resolve({ groups } as unknown as Configuration),
    } as unknown as Context;
  }

  resolve(...words: readonly string[]): Promise<readonly Target[]> {
    return this.site.clock.run(resolveTargets(this.#context, this.os, words));
  }

  find(...words: readonly string[]): Promise<readonly FoundTarget[]> {
    return this.site.clock.run(findTargets(this.#context, this.os, words));
  }

  async labels(...words: readonly string[]): Promise<readonly string[]> {
    return (await this.resolve(...words)).map(({ label }) => label);
  }
}

const fails = (code: string, exitCode: number, message: RegExp): unknown =>
  expect.objectContaining({
    code,
    exitCode,
    message: expect.stringMatching(message) as string,
  }) as unknown;

describe('resolveTargets, by name', () => {
  const updater = (): Updater => new Updater(['api', 'web:one', 'web:two', 'worker']);

  it.each([
    [['api'], ['api']],
    [['web:one'], ['web:one']],
    [['api:api'], ['api']],
    [['web:*'], ['web:one', 'web:two']],
    [['web:'], ['web:one', 'web:two']],
    [['all'], ['api', 'web:one', 'web:two', 'worker']],
    [
      ['worker', 'api'],
      ['worker', 'api'],
    ],
    [
      ['web:two', 'web:*', 'web:two'],
      ['web:two', 'web:one'],
    ],
  ])('%j', async (words, labels) => {
    expect(await updater().labels(...words)).toEqual(labels);
  });

  it('goes by priority, whatever the order of the words', async () => {
    const updater = new Updater(['api', 'first', 'worker']);
    expect(await updater.labels('worker', 'first')).toEqual(['first', 'worker']);
    expect(await updater.labels('all')).toEqual(['first', 'api', 'worker']);
  });

  it('knows who was not named alone', async () => {
    const found = await updater().find('web:*', 'web:one', 'api');
    expect(found.map(({ target, amongOthers }) => [target.label, amongOthers])).toEqual([
      ['web:one', undefined],
      ['web:two', 'STOPPED'],
      ['api', undefined],
    ]);
  });

  it('names each for the supervisor, with what the configuration says of it', async () => {
    const [target] = await updater().resolve('web:two');
    expect(target).toMatchObject({
      kind: 'supervised',
      name: 'web:two',
      program: { group: 'web', name: 'two' },
    });
  });

  it('takes the only program there is', async () => {
    expect(await new Updater(['app']).labels()).toEqual(['app']);
  });

  it('asks which where there are several', async () => {
    await expect(updater().resolve()).rejects.toEqual(
      fails('program-ambiguous', 2, /which program\? there are 4/),
    );
  });

  it('says that there is none', async () => {
    await expect(new Updater([]).resolve()).rejects.toEqual(
      fails('program-unknown', 1, /no programs/),
    );
  });

  it.each([
    ['apy', 'Did you mean api?'],
    ['web', 'Did you mean web:*?'],
    ['web:three', 'There is: api, web:one, web:two, worker.'],
    ['zzz', 'There is: api, web:one, web:two, worker.'],
  ])('does not know %s', async (word, hint) => {
    await expect(updater().resolve(word)).rejects.toEqual(
      expect.objectContaining({
        code: 'program-unknown',
        message: `${word}: no such program`,
        hint: expect.stringContaining(hint) as string,
      }) as unknown,
    );
  });

  it('says why the supervisor cannot be asked', async () => {
    const closed = updater();
    closed.site.wire.failsBy = (): RpcFailure => ({ kind: 'refused', url: 'unix:///run/x.sock' });
    await expect(closed.resolve('api')).rejects.toEqual(fails('supervisor-refused', 1, /x\.sock/));
  });
});

describe('resolveTargets, by process', () => {
  it('takes pid:N without asking anybody else', async () => {
    const updater = new Updater([]);
    const [decoy] = updater.site.decoys;
    const pid = decoy?.pid ?? 0;
    updater.site.wire.failsBy = () => ({ kind: 'refused', url: '' });
    expect(await updater.resolve(`pid:${pid}`)).toEqual([
      { kind: 'process', label: `pid:${pid}`, pid },
    ]);
  });

  it.each(['pid:', 'pid:0', 'pid:-5', 'pid:x', 'pid:1.5', 'pid:99999999999'])(
    'takes %s for no process id',
    async (word) => {
      await expect(new Updater([]).resolve(word)).rejects.toEqual(
        fails('usage', 2, /not a process id/),
      );
    },
  );

  it('says what process 1 is, and what to write instead', async () => {
    await expect(new Updater([]).resolve('pid:1')).rejects.toEqual(
      fails('usage', 2, /process 1 is in front of everything here, and no server/),
    );
  });

  it('says that there is no such process', async () => {
    await expect(new Updater([]).resolve('pid:4242')).rejects.toEqual(
      fails('process-gone', 7, /there is no process 4242/),
    );
  });

  it('says whose process it is that may not be signalled', async () => {
    const updater = new Updater([], 1000);
    const pid = updater.site.decoys[0]?.pid ?? 0;
    await expect(updater.resolve(`pid:${pid}`)).rejects.toEqual(
      fails('process-not-permitted', 1, /belongs to root/),
    );
  });
});

describe('resolveTargets, by pid file', () => {
  const PATH = '/run/app.pid';

  function withPidfile(text: (pid: number) => string): { updater: Updater; pid: number } {
    const updater = new Updater([]);
    const pid = updater.site.decoys[0]?.pid ?? 0;
    updater.site.kernel.files.write(PATH, text(pid));
    return { updater, pid };
  }

  it.each(['\n', '', '  \n'])('reads a number and %j', async (end) => {
    const { updater, pid } = withPidfile((number) => `${number}${end}`);
    expect(await updater.resolve(`pidfile:${PATH}`)).toEqual([
      { kind: 'process', label: `pidfile:${PATH}`, pid },
    ]);
  });

  it.each(['', 'x', '1', '-7', '12 13'])('takes %j for no process id', async (text) => {
    const { updater } = withPidfile(() => text);
    await expect(updater.resolve(`pidfile:${PATH}`)).rejects.toEqual(
      fails('pidfile-invalid', 1, /holds no process id/),
    );
  });

  it.each(['pidfile:', 'pidfile:/run/none.pid'])('says that there is no file: %s', async (word) => {
    await expect(new Updater([]).resolve(word)).rejects.toEqual(
      fails('pidfile-invalid', 1, /no such file/),
    );
  });

  it('does not take the process that got the pid of a dead server', async () => {
    const { updater } = withPidfile(() => '777\n');
    await updater.site.clock.pass(60_000);
    const { kernel } = updater.site;
    kernel.giveNextPid(777);
    kernel.spawn(kernel.init, { argv: ['other'], env: {}, cwd: '/' }, () => undefined);
    await expect(updater.resolve(`pidfile:${PATH}`)).rejects.toEqual(
      fails('pidfile-invalid', 1, /younger than the file/),
    );
  });
});
