import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { overridesOf, refuseOperands } from '../../../src/commands/daemon-flags.ts';
import { DAEMON_OPTIONS, flagsOf, type DaemonFlags } from '../../../src/commands/daemon-options.ts';
import { addOptions } from '../../../src/commands/records/add-options.ts';
import { ReloadctlCommand } from '../../../src/commands/positional-daemon.ts';

interface Parsed {
  readonly before: Readonly<Record<string, unknown>>;
  readonly flags: DaemonFlags;
  readonly words: readonly string[];
}

/** The command line as it is built for people, with one more command. */
function parse(...argv: string[]): Parsed {
  const program = new ReloadctlCommand('reloadctl');
  let parsed: Parsed | undefined;
  program
    .option('-c, --configuration <FILE>')
    .option('-s, --serverurl <URL>')
    .option('-u, --username <USER>')
    .option('--json');
  program
    .command('reload')
    .argument('[TARGET...]')
    .action(() => undefined);
  const daemon = program.command('daemon').allowExcessArguments();
  addOptions(daemon, DAEMON_OPTIONS);
  daemon.action(
    (
      options: Readonly<Record<string, unknown>>,
      { args }: { readonly args: readonly string[] },
    ) => {
      parsed = { before: program.opts(), flags: flagsOf(options), words: args };
    },
  );
  program.exitOverride().parse(argv, { from: 'user' });
  return parsed ?? { before: program.opts(), flags: {}, words: [] };
}

describe('the options of daemon', () => {
  it.for<readonly [argv: readonly string[], settings: object]>([
    [['-n', '-s', '-k', '-t'], { nodaemon: true, silent: true, nocleanup: true, stripAnsi: true }],
    [['--nodaemon', '--silent'], { nodaemon: true, silent: true }],
    [['--nocleanup', '--strip_ansi'], { nocleanup: true, stripAnsi: true }],
    [['-nsk'], { nodaemon: true, silent: true, nocleanup: true }],
    [['-m', '027'], { umask: 0o27 }],
    [['--umask=0o27'], { umask: 0o27 }],
    [['-y', '1 KB', '-z', '3'], { logfileMaxBytes: 1024, logfileBackups: 3 }],
    [['--logfile_maxbytes', '0'], { logfileMaxBytes: 0 }],
    [['--logfile_backups=0'], { logfileBackups: 0 }],
    [['-e', 'DEBUG', '-i', 'other'], { loglevel: 'debug', identifier: 'other' }],
    [['-l', '/x.log', '-j', '/x.pid'], { logfile: '/x.log', pidfile: '/x.pid' }],
    [['-l', 'syslog'], { logfile: 'syslog' }],
    [['-l', 'bare.log'], { logfile: `${process.cwd()}/bare.log` }],
    [['-d', '~', '-q', '/'], { directory: homedir(), childlogdir: '/' }],
    [['-a', '1_000', '--minprocs', '5'], { minfds: 1000, minprocs: 5 }],
    [['-u', '0'], { user: { name: 'root', uid: 0, gid: 0 } }],
  ])('%j set %j', ([argv, settings]) => {
    expect(overridesOf(parse('daemon', ...argv).flags)).toEqual(settings);
  });

  it.for<readonly [argv: readonly string[], message: string]>([
    [['-m', '9'], "invalid value for -m '9': 9 can not be converted to an octal type"],
    [['-d', '/nope'], "invalid value for -d '/nope': /nope is not an existing directory"],
    [
      ['-l', '/nope/x'],
      "invalid value for -l '/nope/x': The directory named as part of the path /nope/x does not exist",
    ],
    [['-y', '1M'], "invalid value for -y '1M': invalid literal for int() with base 10: '1m'"],
    [['-e', 'warning'], "invalid value for -e 'warning': bad logging level name 'warning'"],
    [
      ['--minprocs', '1.5'],
      "invalid value for --minprocs '1.5': invalid literal for int() with base 10: '1.5'",
    ],
    [['-u', 'no such'], 'Invalid user name no such'],
    [['-u', '1', '--user', '2'], "conflicting command line option '-u'"],
  ])('%j are refused: %s', ([argv, message]) => {
    expect(() => overridesOf(parse('daemon', ...argv).flags)).toThrow(message);
  });

  it('no word is taken', () => {
    const { words } = parse('daemon', '-n', 'foo', "it's");
    expect(() => {
      refuseOperands(words);
    }).toThrow("positional arguments are not supported: ['foo', \"it's\"]");
  });

  it('mean what supervisord means after the word, and what reloadctl means before it', () => {
    const { before, flags } = parse(
      '-c',
      'a',
      '-s',
      'http://x',
      'daemon',
      '-c',
      'b',
      '-s',
      '-u',
      'me',
    );
    expect(before).toEqual({ configuration: 'a', serverurl: 'http://x' });
    expect(flags).toEqual({ configuration: 'b', silent: true, user: 'me' });
  });

  it('leave other commands alone: there options may stand anywhere', () => {
    expect(parse('reload', 'daemon', '--json', '-u', 'me').before).toEqual({
      json: true,
      username: 'me',
    });
    expect(parse('-c', 'daemon', 'reload', '--json').before).toEqual({
      configuration: 'daemon',
      json: true,
    });
  });
});
