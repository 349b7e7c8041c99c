import { describe, expect, it } from 'vitest';
import type { LiveServer } from '../../../src/servers/live-process.ts';
import { celery, celeryBeat } from '../../../src/servers/types/celery.ts';
import { huey } from '../../../src/servers/types/huey.ts';
import { resolveType } from '../../../src/servers/resolve-type.ts';
import { rq } from '../../../src/servers/types/rq.ts';
import { sidekiq } from '../../../src/servers/types/sidekiq.ts';
import { sampleLive, sampleProcess } from './sample-live.ts';

const live = (line: string, over: Partial<LiveServer> = {}): LiveServer =>
  sampleLive({ argv: line.split(' '), ...over });

const titled = (title: string, over: Partial<LiveServer> = {}): LiveServer =>
  live('', { argv: [title], ...over });

const CELERY = '/v/bin/python /v/bin/celery';

describe('celery', () => {
  it.each([
    [`${CELERY} -A app worker -c 2`, 'worker'],
    [`${CELERY} --app=app --broker worker beat`, 'beat'],
    ['/v/bin/python -m celery -A worker worker', 'worker'],
    [`${CELERY} -A app flower`, 'none'],
    [`${CELERY} -A beat`, 'none'],
  ])('of %s is: %s', (line, kind) => {
    expect(celery.recognition.also?.(live(line))).toBe(kind === 'worker');
    expect(celeryBeat.recognition.also?.(live(line))).toBe(kind === 'beat');
  });

  it('is told by its title as well', () => {
    const worker = titled('[celeryd: celery@host:MainProcess] -active- (worker)');
    expect(celery.recognition.also?.(worker)).toBe(true);
    expect(celery.check?.command(worker)).toBeUndefined();
    expect(celeryBeat.recognition.also?.(titled('[celery beat]'))).toBe(true);
  });

  it('is loaded with its own arguments by its own interpreter', () => {
    const argv = celery.check?.command(live(`/v/bin/python -u /v/bin/celery -A app worker`))?.argv;
    expect(argv?.filter((word) => !word.includes('\n'))).toEqual([
      ...['/v/bin/python', '-u', '-c', '-A', 'app', 'worker'],
    ]);
  });

  it.each([
    ['-A app worker', 2],
    ['-A app worker -P solo', undefined],
    ['-A app worker --pool=threads', undefined],
    ['-A app worker -B', undefined],
  ])('with %s has so many jobs: %s', (args, jobs) => {
    const children = [sampleProcess(['celery']), sampleProcess(['celery'])];
    expect(celery.countJobs?.(live(`${CELERY} ${args}`, { children }))).toBe(jobs);
  });
});

describe('rq', () => {
  it('has a process for each job, and says nothing where there is none', () => {
    const line = '/v/bin/python /v/bin/rq worker';
    expect(rq.countJobs?.(live(line, { children: [sampleProcess(['rq'])] }))).toBe(1);
    expect(rq.countJobs?.(live(line))).toBeUndefined();
  });

  it.each([
    ['rq worker high', true],
    ['rqworker', true],
    ['rq info', false],
  ])('is a worker as %s: %s', (words, isWorker) => {
    expect(rq.recognition.also?.(live(`/v/bin/python /v/bin/${words}`))).toBe(isWorker);
  });
});

describe('huey', () => {
  it.each([
    ['', 'SIGINT'],
    [' -g TERM', 'SIGTERM'],
    [' --graceful-signal=TERM', 'SIGTERM'],
    [' -g INT', 'SIGINT'],
  ])('with "%s" finishes its tasks at %s', (option, signal) => {
    const line = `/v/bin/python /v/bin/huey_consumer app.huey${option}`;
    const { actions, stopSignals } = resolveType(huey, live(line));
    expect(actions.gracefulStop?.send).toEqual({ by: 'signal', signal });
    expect(stopSignals[signal as 'SIGINT']).toBe('graceful');
  });
});

describe('sidekiq', () => {
  it.each([
    ['sidekiq 6.4.1 app [2 of 10 busy] stopping', 2],
    ['sidekiq 6.4.1 app [0 of 10 busy] stopping', 0],
    // Up to 5 s old, and it may take another one.
    ['sidekiq 6.4.1 app [0 of 10 busy]', undefined],
  ])('counts the jobs of %s', (title, jobs) => {
    expect(sidekiq.countJobs?.(titled(title))).toBe(jobs);
  });

  it.each([
    ['ruby sidekiq -r ./a.rb', ['ruby', '-e', '--', '-r', './a.rb']],
    ['/usr/bin/sidekiq -C a.yml', ['/usr/bin/ruby3.1', '-e', '--', '-C', 'a.yml']],
    ['bundle exec sidekiq', ['bundle', 'exec', 'ruby', '-e', '--']],
    ['sh -c sidekiq', undefined],
    ['/srv/start.sh', undefined],
  ])('is loaded as %s would load it', (command, argv) => {
    const given = titled('sidekiq 6.4.1', {
      exe: '/usr/bin/ruby3.1',
      command: command.split(' '),
    });
    const found = sidekiq.check?.command(given)?.argv.filter((word) => !word.includes('\n'));
    expect(found).toEqual(argv);
  });
});
