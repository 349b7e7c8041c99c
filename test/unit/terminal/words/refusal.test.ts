import { describe, expect, it } from 'vitest';
import type { Refusal } from '../../../../src/policy/refusal.ts';
import { outputOf, refusalWords, remedies } from '../../../../src/terminal/words/refusal.ts';
import { allRows, type RowsByVariant } from '../rows-by-variant.ts';

const ASKED = { action: 'reload', target: 'usercenter' } as const;

const STALE: Refusal = {
  code: 'stale-release',
  directory: '/srv/current',
  pointsTo: '/srv/releases/2',
  masterCwd: '/srv/releases/1',
};

const WORDS: RowsByVariant<Refusal, 'code'> = {
  preloaded: [
    [
      { code: 'preloaded' },
      'the master itself has loaded the application (preload_app), so no signal makes it load new code',
    ],
  ],
  'stale-release': [
    [
      STALE,
      'the master works in /srv/releases/1, but /srv/current now leads to /srv/releases/2, so every signal would load the old release again',
    ],
    [
      { ...STALE, pointsTo: '', masterCwd: '/srv/releases/1 (deleted)' },
      'the master works in /srv/releases/1, which has been removed, so every signal would load the old release again',
    ],
  ],
  'directory-gone': [
    [
      { code: 'directory-gone', path: '/srv/current', named: 'directory' },
      'its directory, /srv/current, leads nowhere: nothing can be loaded or started there',
    ],
    [
      { code: 'directory-gone', path: '/srv/current', named: 'PWD' },
      'PWD of the program, /srv/current, leads nowhere: nothing can be loaded or started there',
    ],
  ],
  'relative-config': [
    [
      { code: 'relative-config', path: 'conf/web.py', directory: '/srv/code' },
      "gunicorn's -c is relative and chdir leads elsewhere: a second master would look for conf/web.py in /srv/code",
    ],
  ],
  'other-interpreter': [
    [
      { code: 'other-interpreter', running: '/srv/1/venv', offered: '/srv/2/venv' },
      'the next start would use the virtual environment /srv/2/venv, but the master runs on /srv/1/venv: its workers are forked from it, so a reload would bring up the new code on the old packages',
    ],
    [
      { code: 'other-interpreter', running: undefined, offered: '/srv/2/venv' },
      'the next start would use the virtual environment /srv/2/venv, but the master runs on the one that a link led to before it moved: its workers are forked from it, so a reload would bring up the new code on the old packages',
    ],
  ],
  'held-modules': [
    [
      { code: 'held-modules', files: ['/srv/a.py'] },
      'the master itself has loaded /srv/a.py, which has changed since: its workers would get the old code again',
    ],
    [
      { code: 'held-modules', files: ['/a.py', '/b.py', '/c.py', '/d.py'] },
      'the master itself has loaded /a.py, /b.py, /c.py and 1 more, which have changed since: its workers would get the old code again',
    ],
  ],
  'bind-moves': [
    [
      { code: 'bind-moves', addresses: ['127.0.0.1:8000'] },
      'bind has changed: gunicorn would close its sockets and could not bind 127.0.0.1:8000 again while its old workers listen there',
    ],
  ],
  'pre-exec-unproved': [
    [
      { code: 'pre-exec-unproved' },
      'gunicorn has a pre_exec, which USR2 makes it run: that cannot be tried aside, and where it raises gunicorn ends its workers',
    ],
  ],
  'settings-broken': [
    [
      { code: 'settings-broken', output: 'NameError' },
      'gunicorn cannot read its own settings any more',
    ],
  ],
  'no-memory': [
    [
      { code: 'no-memory', availableBytes: 2 ** 28, neededBytes: 2 ** 30 },
      'a second set of workers needs 1.0 GiB, and only 256 MiB is available',
    ],
  ],
  'master-not-ready': [
    [
      { code: 'master-not-ready', pid: 1234, signal: 'SIGUSR2' },
      'master 1234 does not catch USR2 yet and would die of it',
    ],
  ],
  'master-is-successor': [
    [
      { code: 'master-is-successor', pid: 1301, parent: 1234 },
      'master 1301 is itself the successor of master 1234, which is still alive: an earlier upgrade was not finished',
    ],
  ],
  'type-unknown': [
    [
      { code: 'type-unknown', pid: 77 },
      'process 77 is not a server whose type is known, so no signal is sent to it',
    ],
  ],
  'not-running': [
    [{ code: 'not-running', state: 'FATAL' }, 'it is not running: its state is FATAL'],
  ],
  'settings-unknown': [
    [
      { code: 'settings-unknown', pid: 77, why: 'its command line cannot be read' },
      'the settings of gunicorn (master 77) cannot be read (its command line cannot be read), so nobody knows whether a signal would load new code',
    ],
  ],
  'no-master': [
    [{ code: 'no-master', pid: 77 }, 'no gunicorn master was found in or below process 77'],
  ],
  'not-permitted': [
    [
      { code: 'not-permitted', pid: 1234, user: 'deploy', strategy: 'bridge' },
      'user deploy may not signal process 1234, and the supervisor cannot send all that bridge needs',
    ],
    [
      { code: 'not-permitted', pid: 1234, user: 'deploy', strategy: 'auto' },
      'user deploy may not signal process 1234, and the supervisor cannot send all that a reload needs',
    ],
  ],
  'bind-taken': [
    [
      { code: 'bind-taken', address: '127.0.0.1:80' },
      'the new address 127.0.0.1:80 already belongs to another process',
    ],
  ],
  'strategy-impossible': [
    [
      { code: 'strategy-impossible', strategy: 'overlap', why: 'no socket' },
      'overlap is not possible here: no socket',
    ],
  ],
  'needs-downtime': [
    [
      { code: 'needs-downtime', strategy: 'restart' },
      'it can only be done with a moment out of service',
    ],
    [
      { code: 'needs-downtime', strategy: 'hup' },
      'it can only be done by HUP, with requests waiting while the new code boots',
    ],
  ],
  'not-offered': [
    [{ code: 'not-offered', action: 'reload', title: 'Redis' }, 'Redis has no way to reload'],
    [
      { code: 'not-offered', action: 'reopen-logs', title: 'rq' },
      'rq has no way to reopen its logs',
    ],
    [
      { code: 'not-offered', action: 'scale', title: 'nginx' },
      'nginx has no way to be given more or fewer workers',
    ],
    [
      { code: 'not-offered', action: 'upgrade', title: 'rq' },
      'rq has no way to be told to upgrade',
    ],
  ],
  'type-mismatch': [
    [
      { code: 'type-mismatch', pid: 1234, type: 'nginx' },
      'process 1234 is no nginx, which the configuration calls it',
    ],
  ],
  'upgrade-escapes': [
    [
      { code: 'upgrade-escapes', title: 'nginx' },
      'the new nginx would run under another pid, and the supervisor would start a second one beside it',
    ],
  ],
  'no-log-files': [
    [
      { code: 'no-log-files', pid: 77 },
      'process 77 has no log file open: what it writes goes to its supervisor, or nowhere',
    ],
  ],
  'no-worker-left': [
    [
      { code: 'no-worker-left', running: 4, to: 0 },
      '4 workers run, and 0 would be left: one has to stay',
    ],
  ],
  'no-supervisor': [
    [
      { code: 'no-supervisor', action: 'hard-restart' },
      'there is no supervisor that could start it again, so hard restart is not possible',
    ],
  ],
};

/** What the remedy must name for each refusal. */
const REMEDIES: Readonly<Record<Refusal['code'], readonly RegExp[]>> = {
  preloaded: [/preload_app off/u, /--allow-downtime/u],
  'stale-release': [
    /`--chdir \/srv\/current`.*`environment=PWD="\/srv\/current"`/u,
    /--allow-downtime/u,
  ],
  'directory-gone': [/Put \/srv\/current back/u],
  'relative-config': [/--strategy rolling/u, /--strategy hup/u, /absolute path/u],
  'other-interpreter': [
    /Accept.*--allow-downtime/u,
    /reloadctl daemon/u,
    /outside of the releases/u,
  ],
  'held-modules': [/next start on/u, /reloadctl daemon/u, /--allow-downtime/u],
  'bind-moves': [/--strategy rolling/u, /--allow-downtime/u],
  'pre-exec-unproved': [/--strategy rolling/u, /--strategy hup/u, /--allow-downtime/u],
  'settings-broken': [/`reloadctl check usercenter`/u],
  'no-memory': [/Free memory/u, /--strategy rolling --surge 1/u, /--allow-downtime/u],
  'master-not-ready': [/in a few seconds/u],
  'master-is-successor': [/`ps -ef --forest`/u],
  'type-unknown': [
    /`reload_signal` in \[reloadctl:usercenter\]/u,
    /`reloadctl restart usercenter`/u,
  ],
  'not-running': [/`reloadctl start usercenter`/u],
  'settings-unknown': [/--strategy bridge`/u, /--allow-downtime/u],
  'no-master': [/`ps -ef --forest`/u],
  'not-permitted': [/as root/u],
  'bind-taken': [/another address/u],
  'strategy-impossible': [/--strategy out/u],
  'needs-downtime': [/--allow-downtime/u],
  'not-offered': [/`reloadctl/u],
  'type-mismatch': [/\[reloadctl:usercenter\]/u],
  'upgrade-escapes': [/`reloadctl restart usercenter --hard`/u, /`reloadctl daemon`/u],
  'no-log-files': [/stdout_logfile_maxbytes/u],
  'no-worker-left': [/`reloadctl stop usercenter`/u],
  'no-supervisor': [/`reloadctl reload usercenter`/u],
};

describe('words for refusals', () => {
  it.each(allRows(WORDS))('%j is %j', (refusal, words) => {
    expect(refusalWords(refusal)).toBe(words);
  });

  it.each(allRows(WORDS).map(([refusal]) => [refusal.code, refusal] as const))(
    '%s has a remedy that can be done',
    (code, refusal) => {
      const ways = remedies(refusal, ASKED).join('\n');
      for (const expected of REMEDIES[code]) expect(ways).toMatch(expected);
      for (const way of ways.split('\n')) expect(way).toMatch(/^[A-Z].*\.$/u);
    },
  );

  it('quotes a target for the shell', () => {
    expect(
      remedies({ code: 'not-running', state: 'STOPPED' }, { action: 'reload', target: 'web:*' }),
    ).toEqual(["Start it: `reloadctl start 'web:*'`."]);
  });

  it('repeats a hard restart as what it was', () => {
    const [way] = remedies(
      { code: 'needs-downtime', strategy: 'restart' },
      { action: 'hard-restart', target: 'x' },
    );
    expect(way).toBe('Allow it: `reloadctl restart x --hard --allow-downtime`.');
  });

  it('has output to quote only where something was said', () => {
    expect(outputOf({ code: 'settings-broken', output: 'NameError' })).toBe('NameError');
    expect(outputOf({ code: 'settings-broken', output: ' \n' })).toBeUndefined();
    expect(outputOf({ code: 'preloaded' })).toBeUndefined();
  });
});
