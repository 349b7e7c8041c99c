import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { NO_ACCOUNTS, testAccounts } from '../../rig/accounts.ts';
import { builtCli } from '../../rig/cli.ts';
import { runCommand } from '../../rig/command.ts';
import type { User } from '../../rig/users.ts';

const accounts = testAccounts();
const alice = accounts?.alice ?? { name: 'alice', uid: 1, gid: 1 };
const bob = accounts?.bob ?? { name: 'bob', uid: 2, gid: 2 };

/** A tree of root's, which everybody may enter, with /DIR/etc/supervisord.conf and the programs of alice in /DIR/srv. */
class Layout {
  readonly directory = mkdtempSync(join(tmpdir(), 'reloadctl-rights-'));

  constructor() {
    onTestFinished(() => {
      rmSync(this.directory, { recursive: true, force: true });
    });
    chmodSync(this.directory, 0o755);
    for (const name of ['etc', 'etc/conf.d', 'run', 'srv', 'srv/app', 'srv/bin']) {
      mkdirSync(this.at(name), { mode: 0o755 });
    }
    copyFileSync('/bin/sleep', this.at('srv/bin/sleep'));
    chmodSync(this.at('srv/bin/sleep'), 0o755);
    this.give('srv/app', alice);
    this.write('srv/app/start.sh', `#!${this.at('srv/bin/sh')}\nexec sleep 60\n`, 0o755, alice);
    copyFileSync('/bin/sh', this.at('srv/bin/sh'));
    this.configure(`command=${this.at('srv/bin/sleep')} 60\ndirectory=${this.at('srv/app')}`);
  }

  at(name: string): string {
    return join(this.directory, name);
  }

  give(name: string, { uid, gid }: User): void {
    chownSync(this.at(name), uid, gid);
  }

  write(name: string, text: string, mode = 0o644, owner?: User): void {
    writeFileSync(this.at(name), text);
    chmodSync(this.at(name), mode);
    if (owner !== undefined) this.give(name, owner);
  }

  configure(program: string, pidfile = this.at('run/s.pid'), user = alice.name): void {
    this.write(
      'etc/supervisord.conf',
      `[unix_http_server]\nfile=${this.at('run/s.sock')}\n[supervisord]\npidfile=${pidfile}\n` +
        '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n' +
        `[supervisorctl]\nserverurl=unix://${this.at('run/s.sock')}\n[include]\nfiles=conf.d/*.conf\n`,
      0o640,
    );
    this.write(
      'etc/conf.d/app.conf',
      `[program:app]\n${program}\nuser=${user}\nautorestart=true\n`,
    );
  }

  /** 'severity code: what was seen', without the path of the layout. */
  async findings(user?: User): Promise<readonly string[]> {
    const argv = [
      process.execPath,
      await builtCli(),
      '-c',
      this.at('etc/supervisord.conf'),
    ] as const;
    const env = { ...process.env, RELOADCTL_STATE_DIR: this.at('state') };
    const result = await runCommand([...argv, '--json', 'doctor', '--offline'], {
      cwd: '/',
      env,
      user,
    });
    const { findings } = JSON.parse(result.stdout) as {
      findings: ReadonlyArray<{ severity: string; code: string; observed: string }>;
    };
    return findings
      .map(({ severity, code, observed }) => `${severity} ${code}: ${observed}`)
      .map((line) => line.replaceAll(this.directory, ''));
  }
}

const EVERYBODY = 'every user of this machine';

describe.skipIf(accounts === undefined)(
  `doctor: who may write what is used (${NO_ACCOUNTS})`,
  () => {
    test('nothing is found where root has the configuration and the user the program', async () => {
      expect(await new Layout().findings()).toEqual([]);
    });

    test('nothing is found by an ordinary user in what is his own', async () => {
      const layout = new Layout();
      layout.configure(
        `command=${layout.at('srv/bin/sleep')} 60\ndirectory=${layout.at('srv/app')}`,
      );
      for (const name of [
        '',
        'etc',
        'etc/supervisord.conf',
        'etc/conf.d',
        'etc/conf.d/app.conf',
        'run',
        'srv',
      ]) {
        layout.give(name, alice);
      }
      expect(await layout.findings(alice)).toEqual([]);
    });

    const attacks: ReadonlyArray<
      readonly [title: string, spoil: (layout: Layout) => void, one: string, another?: string]
    > = [
      [
        'a configuration of somebody',
        (layout) => {
          layout.give('etc/supervisord.conf', alice);
        },
        `error config-writable: ${alice.name} can write /etc/supervisord.conf (mode 0640)`,
      ],
      [
        'an include that everybody may write',
        (layout) => {
          chmodSync(layout.at('etc/conf.d/app.conf'), 0o666);
        },
        `error config-writable: ${EVERYBODY} can write /etc/conf.d/app.conf (mode 0666)`,
      ],
      [
        'a directory of includes of a group with a member',
        (layout) => {
          chownSync(layout.at('etc/conf.d'), 0, bob.gid);
          chmodSync(layout.at('etc/conf.d'), 0o775);
        },
        `error config-writable: ${bob.name} can put something else in place of /etc/conf.d/app.conf (/etc/conf.d has mode 0775)`,
      ],
      [
        'a link into a directory of somebody',
        (layout) => {
          layout.write(
            'srv/app/app.conf',
            '[program:app]\ncommand=/bin/sleep 60\nautorestart=true\n',
          );
          rmSync(layout.at('etc/conf.d/app.conf'));
          symlinkSync(layout.at('srv/app/app.conf'), layout.at('etc/conf.d/app.conf'));
        },
        `error config-writable: ${alice.name} can put something else in place of /etc/conf.d/app.conf (/srv/app has mode 0755)`,
      ],
      [
        'a program that a third user may write',
        (layout) => {
          layout.give('srv/bin/sleep', bob);
        },
        `warning command-writable: ${bob.name} can write /srv/bin/sleep (mode 0755); it is the command of the program`,
      ],
      [
        'a program of root that somebody may write',
        (layout) => {
          layout.configure(`command=${layout.at('srv/app/start.sh')}`, undefined, 'root');
          layout.write('srv/app/start.sh', '#!/bin/sh\nexec sleep 60\n', 0o755, bob);
        },
        `error command-writable: ${alice.name} can put something else in place of /srv/app/start.sh (/srv/app has mode 0755); it is the command of the program`,
      ],
      [
        'the interpreter of a script',
        (layout) => {
          layout.configure(`command=${layout.at('srv/app/start.sh')}`);
          layout.give('srv/bin/sh', bob);
        },
        `warning command-writable: ${bob.name} can write /srv/bin/sh (mode 0755); it is the interpreter of the program`,
      ],
      [
        'the script of an interpreter, in a directory that everybody may write',
        (layout) => {
          mkdirSync(layout.at('srv/open'));
          chmodSync(layout.at('srv/open'), 0o777);
          layout.write('srv/open/x.sh', 'exec sleep 60\n', 0o755);
          layout.configure(`command=/bin/sh ${layout.at('srv/open/x.sh')}`);
        },
        `error command-writable: ${EVERYBODY} can put something else in place of /srv/open/x.sh (/srv/open has mode 0777); it is the script of the program`,
      ],
      [
        'a working directory',
        (layout) => {
          layout.give('srv/app', bob);
        },
        `warning command-writable: ${bob.name} can write /srv/app (mode 0755); it is the directory of the program`,
      ],
      [
        'a directory above it',
        (layout) => {
          layout.give('srv', bob);
        },
        `warning command-writable: ${bob.name} can put something else in place of /srv/bin/sleep (/srv has mode 0755); it is the command of the program`,
      ],
      [
        'a pid file that anybody can make',
        (layout) => {
          chmodSync(layout.at('run'), 0o1777);
        },
        `error name-open: the pid file /run/s.pid is in /run, where ${EVERYBODY} can make files (mode 01777)`,
        `error name-open: the socket /run/s.sock is in /run, where ${EVERYBODY} can make files (mode 01777)`,
      ],
      [
        'one that is there, and cannot be replaced in a sticky directory',
        (layout) => {
          chmodSync(layout.at('run'), 0o1777);
          layout.write('run/s.pid', '1\n');
          layout.write('run/s.sock', '');
        },
        `warning name-open: the pid file /run/s.pid is in /run, where ${EVERYBODY} can make files (mode 01777)`,
        `warning name-open: the socket /run/s.sock is in /run, where ${EVERYBODY} can make files (mode 01777)`,
      ],
      [
        'one that somebody has made before',
        (layout) => {
          chmodSync(layout.at('run'), 0o1777);
          layout.write('run/s.pid', '1\n', 0o644, alice);
          layout.write('run/s.sock', '');
        },
        `error name-open: the pid file /run/s.pid is in /run, where ${EVERYBODY} can make files (mode 01777)`,
        `warning name-open: the socket /run/s.sock is in /run, where ${EVERYBODY} can make files (mode 01777)`,
      ],
    ];
    test.each(attacks.map(([title, spoil, ...expected]) => ({ title, spoil, expected })))(
      '$title',
      async ({ spoil, expected }) => {
        const layout = new Layout();
        spoil(layout);
        const found = await layout.findings();
        // A configuration that others may write is told once for each of its files.
        expect(found.filter((line) => /writable|name-open/.test(line))).toEqual(expected);
      },
    );
  },
);
