import { describe, expect, it } from 'vitest';
import type { PlanNote } from '../../../../src/policy/plan-note.ts';
import { noteWeight, noteWords } from '../../../../src/terminal/words/note.ts';
import { allRows, type RowsByVariant } from '../rows-by-variant.ts';

const ROWS: RowsByVariant<PlanNote, 'code'> = {
  'strategy-asked': [[{ code: 'strategy-asked', strategy: 'hup' }, 'hup was asked for']],
  'bridge-is-default': [
    [
      { code: 'bridge-is-default' },
      'a second master (the bridge) serves while the first one changes its workers, so no request fails and none waits for the boot',
    ],
  ],
  'relative-config': [
    [
      { code: 'relative-config', path: 'conf/web.py', directory: '/srv/code' },
      'a second master would look for conf/web.py in /srv/code, where chdir has led the first one: so new workers come first and the old ones go after',
    ],
  ],
  'server-changed': [
    [
      { code: 'server-changed', version: '27.0.1' },
      "gunicorn's own files are newer than what runs: they are version 27.0.1, the master and its workers stay what they were until the next start",
    ],
  ],
  'overlap-is-default': [
    [
      { code: 'overlap-is-default' },
      'the supervisor owns the listening sockets: a second whole instance boots beside the first one and takes its place, so no request fails and none waits for the boot',
    ],
  ],
  'memory-for-some': [
    [
      { code: 'memory-for-some', availableBytes: 2 ** 29, neededBytes: 2 ** 30, surge: 2 },
      'a second set of workers needs 1.0 GiB and 512 MiB is available, so workers change 2 at a time',
    ],
  ],
  'supervisor-signals-only': [
    [
      { code: 'supervisor-signals-only', user: 'deploy' },
      'user deploy may not signal the master itself, so signals go through the supervisor',
    ],
  ],
  'readiness-by-time': [
    [
      { code: 'readiness-by-time', seconds: 5 },
      'readiness cannot be seen from here: a worker that has lived for 5 s counts as ready, which is a guess',
    ],
  ],
  'settings-unknown': [
    [
      { code: 'settings-unknown', why: 'exit 1\u001b[2J' },
      "gunicorn's own settings could not be read: exit 1\\x1b[2J",
    ],
  ],
  'config-changed': [
    [
      { code: 'config-changed', path: '/a.py', applied: true },
      '/a.py has changed since it was last loaded, and is read again',
    ],
    [
      { code: 'config-changed', path: '/a.py', applied: false },
      '/a.py has changed since it was last loaded, and this does not read it again',
    ],
  ],
  'workers-change': [
    [
      { code: 'workers-change', from: 4, to: 6 },
      'the configuration changes the number of workers from 4 to 6',
    ],
  ],
  'workers-raised': [
    [
      { code: 'workers-raised', configured: 4, running: 6 },
      '6 workers run where 4 are configured; there will be 6 again',
    ],
  ],
  'workers-raised-lost': [
    [
      { code: 'workers-raised-lost', configured: 1, running: 3 },
      '3 workers run where 1 is configured; afterwards there will be 1',
    ],
  ],
  'server-hooks-run-twice': [
    [
      { code: 'server-hooks-run-twice', hooks: ['on_starting', 'when_ready'] },
      'the bridge runs the server hooks once more: on_starting, when_ready',
    ],
  ],
  'workers-drop-connections': [
    [
      { code: 'workers-drop-connections', version: '23.0.0', why: 'gthread' },
      'gthread workers of gunicorn 23.0.0 lose a connection or two when they end, however they are ended; 24.1 does not',
    ],
    [
      { code: 'workers-drop-connections', version: '26.1.0', why: 'reuse-port' },
      'with reuse_port each worker has a socket of its own, and the kernel resets the connections that wait at it when the worker ends',
    ],
  ],
  'stopwaitsecs-too-short': [
    [
      { code: 'stopwaitsecs-too-short', stopwaitsecs: 10, gracefulTimeout: 30 },
      "stopwaitsecs (10 s) is shorter than graceful_timeout (30 s), so the supervisor's stop can cut requests off",
    ],
  ],
  downtime: [
    [
      { code: 'downtime', why: 'asked' },
      'requests are refused between stop and start, as was asked for',
    ],
    [
      { code: 'downtime', why: 'allowed' },
      'requests are refused between stop and start, as --allow-downtime allows',
    ],
    [
      { code: 'downtime', why: 'no-reload' },
      'this server has no reload: it is stopped and started, and nobody serves in between',
    ],
  ],
  stall: [
    [
      { code: 'stall', why: 'hup' },
      'requests wait while the new code boots, since HUP ends the old workers first',
    ],
    [
      { code: 'stall', why: 'sockets-held' },
      'requests wait between stop and start, and none is refused: the supervisor keeps the listening sockets open',
    ],
  ],
  'leftover-successor': [
    [
      { code: 'leftover-successor', pid: 1401 },
      'an interrupted reload left successor 1401 behind; it is ended first',
    ],
  ],
  'leftover-bridge': [
    [
      { code: 'leftover-bridge', pid: 1301 },
      'an interrupted reload left bridge 1301 behind; it is retired first',
    ],
  ],
  'interrupted-before': [
    [
      { code: 'interrupted-before', strategy: 'rolling', workers: 4 },
      'an earlier reload (rolling) was interrupted; there will be 4 workers, as there were before it',
    ],
  ],
  'server-recognised': [
    [
      { code: 'server-recognised', title: 'uWSGI', variants: ['die-on-term'] },
      'recognised as uWSGI, die-on-term, which has a reload of its own',
    ],
  ],
  'configuration-only': [
    [{ code: 'configuration-only', title: 'nginx' }, 'what nginx reads anew is its configuration'],
  ],
  unchecked: [
    [
      { code: 'unchecked', title: 'uWSGI' },
      'the new version cannot be tried aside: what uWSGI does with a broken one is seen only when it has happened',
    ],
  ],
  'stop-not-graceful': [
    [
      {
        code: 'stop-not-graceful',
        title: 'nginx',
        stopsignal: 'SIGTERM',
        means: 'fast',
        graceful: 'SIGQUIT',
      },
      'TERM, the configured stopsignal, cuts off what nginx is doing; stopsignal=QUIT would let everything in flight finish',
    ],
    [
      {
        code: 'stop-not-graceful',
        title: 'uWSGI',
        stopsignal: 'SIGTERM',
        means: 'no-stop',
        graceful: undefined,
      },
      'TERM, the configured stopsignal, does not stop uWSGI',
    ],
    [
      {
        code: 'stop-not-graceful',
        title: 'rq',
        stopsignal: 'SIGUSR1',
        means: 'unknown',
        graceful: 'SIGTERM',
      },
      'what USR1, the configured stopsignal, means to rq is not known; stopsignal=TERM would let everything in flight finish',
    ],
  ],
  'jobs-finish': [
    [
      { code: 'jobs-finish', title: 'Celery', seconds: 600 },
      'jobs that run get up to 10 min to finish',
    ],
  ],
  'memory-unknown': [
    [{ code: 'memory-unknown' }, 'how much memory is available could not be found out'],
  ],
  'logs-open': [
    [
      { code: 'logs-open', paths: ['/var/log/a.log', '/var/log/b.log'] },
      'its log files: /var/log/a.log, /var/log/b.log',
    ],
  ],
  'logs-unseen': [
    [
      { code: 'logs-unseen' },
      'which files it has open may not be seen from here: that it was told is all that will be known',
    ],
  ],
  'scale-not-kept': [
    [
      { code: 'scale-not-kept', configured: 4 },
      'this lasts until it is started anew, or gets a bare HUP: its configuration says 4 workers',
    ],
    [
      { code: 'scale-not-kept', configured: undefined },
      'this lasts until it is started anew, which goes back to what its configuration says',
    ],
  ],
  'type-unknown': [[{ code: 'type-unknown' }, 'this is not a server whose reload is known']],
};

describe('noteWords', () => {
  it.each(allRows(ROWS))('%j is %j', (note, words) => {
    expect(noteWords(note)).toBe(words);
  });

  it('warns of what costs somebody something, and of nothing else', () => {
    const warnings = allRows(ROWS).filter(([note]) => noteWeight(note) === 'warn');
    expect([...new Set(warnings.map(([note]) => note.code))]).toEqual([
      'readiness-by-time',
      'settings-unknown',
      'config-changed',
      'workers-raised-lost',
      'server-hooks-run-twice',
      'workers-drop-connections',
      'stopwaitsecs-too-short',
      'downtime',
      'stall',
      'unchecked',
      'stop-not-graceful',
      'logs-unseen',
    ]);
  });

  it('does not warn of a changed configuration that is read again', () => {
    expect(noteWeight({ code: 'config-changed', path: '/a', applied: true })).toBe('info');
  });
});
