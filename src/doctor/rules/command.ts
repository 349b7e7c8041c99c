import type { StayingShell } from '../command/unwrap.ts';
import type { Finding } from '../finding.ts';
import type { ProgramRule, ProgramSubject } from '../subject.ts';

/** What makes a server leave its supervisor; undefined where it stays. */
function daemonizedBy({ reading, serverFiles, gunicorn }: ProgramSubject): string | undefined {
  if (reading.backgrounds) return "'&' at the end of its script";
  if (reading.call === undefined) return undefined;
  const { args } = reading.call;
  // Most servers are none of the cases; a test looks up the names of these.
  const server: string = reading.call.server;
  const given = (...names: readonly string[]): string | undefined =>
    names.find((name) => args.some((word) => word === name || word.startsWith(`${name}=`)));
  const text = serverFiles.join('\n');
  switch (server) {
    case 'gunicorn':
      return (
        given('-D', '--daemon') ??
        (gunicorn?.ok === true && gunicorn.value.daemon ? 'daemon = True' : undefined)
      );
    case 'uwsgi':
      return (
        given('--daemonize', '-d', '--daemonize2') ??
        (/^[ \t]*daemonize2?[ \t]*[=:]/m.test(text) ? 'daemonize' : undefined)
      );
    case 'nginx': {
      // Where the configuration cannot be read nothing is said.
      const isOff =
        args.some((word) => /daemon\s+off/.test(word)) ||
        /^[ \t]*daemon[ \t]+off[ \t]*;/m.test(text);
      return isOff || given('-t', '-s', '-v') !== undefined || text === ''
        ? undefined
        : "no 'daemon off;'";
    }
    case 'apache': {
      const inForeground = args.some(
        (word, index) =>
          word === '-DFOREGROUND' ||
          word === '-X' ||
          (word === 'FOREGROUND' && args[index - 1] === '-D') ||
          word === '-DNO_DETACH',
      );
      return inForeground ? undefined : 'no -DFOREGROUND';
    }
    case 'php-fpm': {
      const stays =
        given('-F', '--nodaemonize') !== undefined ||
        /^[ \t]*daemonize[ \t]*=[ \t]*(no|off|0|false)/m.test(text);
      return stays ? undefined : 'no --nodaemonize';
    }
    case 'haproxy':
      return given('-D') ?? (/^[ \t]*daemon[ \t]*$/m.test(text) ? 'daemon' : undefined);
    case 'redis':
      return args.some((word, index) => word === '--daemonize' && args[index + 1] === 'yes') ||
        /^[ \t]*daemonize[ \t]+yes/m.test(text)
        ? 'daemonize yes'
        : undefined;
    case 'celery':
    case 'celery-beat':
      return given('--detach', '-D');
    case 'unicorn':
      return given('-D', '--daemonize');
    case 'sidekiq':
    case 'puma':
      return given('-d', '--daemon');
    case 'rsyslog':
      return given('-n') === undefined ? 'no -n' : undefined;
    case 'varnish':
      return given('-F') === undefined ? 'no -F' : undefined;
    case 'caddy':
      return args[0] === 'start' ? 'start' : undefined;
    default:
      return undefined;
  }
}

/** A server that goes into the background: the supervisor sees its first process end. */
export const findDaemonized: ProgramRule = (subject) => {
  const by = daemonizedBy(subject);
  if (by === undefined) return [];
  const server = subject.reading.call?.server ?? 'the program';
  return [subject.find('error', { code: 'daemonizes', server, by }, { key: 'command' })];
};

/** A shell or a sudo that stays between the supervisor and the server. */
export const findWrapper: ProgramRule = (subject) => {
  const { program, reading } = subject;
  const found: Finding[] = [];
  if (reading.userSwitch !== undefined) {
    const { user } = reading.userSwitch;
    found.push(
      subject.find(
        'error',
        { code: 'switches-user', by: reading.userSwitch.by, user },
        { key: 'command', change: user === undefined ? undefined : subject.set('user', user) },
      ),
    );
  }
  const { shell } = reading;
  if (shell !== undefined && reading.userSwitch === undefined && !reading.backgrounds) {
    // With stopasgroup the signals reach the server as well.
    found.push(
      subject.find(
        program.stopasgroup ? 'warning' : 'error',
        {
          code: 'shell-without-exec',
          shell: shell.name,
          last: shell.last,
          canExec: shell.mayExec !== undefined,
        },
        { key: 'command', change: execChange(subject, shell) },
      ),
    );
  }
  return found;
};

/** The exact line, where the command itself holds the script. */
function execChange(
  { program, set }: ProgramSubject,
  { mayExec, place }: StayingShell,
): ReturnType<ProgramSubject['set']> | undefined {
  const { command } = program;
  if (mayExec === undefined || place !== 'command' || command.includes('\n')) return undefined;
  const at = command.lastIndexOf(mayExec);
  // Quoted once more it is not found, and found twice it is not known which.
  if (at === -1 || command.indexOf(mayExec) !== at) return undefined;
  const value = `${command.slice(0, at)}exec ${command.slice(at)}`;
  // What was expanded would be written down as it was expanded here.
  return program.numprocs > 1 ? undefined : set('command', value.replaceAll('%', '%%'));
}

/** A working directory, a program or a log directory that is not there or cannot be used. */
export const findMissingFiles: ProgramRule = (subject) => {
  const { program, reading } = subject;
  const found: Finding[] = [];
  if (subject.directory !== 'ok') {
    const trouble = {
      code: 'directory',
      path: program.directory ?? '',
      why: subject.directory,
    } as const;
    found.push(subject.find('error', trouble, { key: 'directory' }));
  }
  if (subject.executable !== 'ok') {
    const why = subject.executable === 'missing' ? 'missing' : 'not-executable';
    found.push(
      subject.find(
        'error',
        { code: 'command', path: reading.words[0] ?? '', why },
        { key: 'command' },
      ),
    );
  }
  for (const { path, access } of subject.logs) {
    if (access === 'ok') continue;
    const key =
      program.stderr.target.kind === 'file' && program.stderr.target.path === path
        ? 'stderr_logfile'
        : 'stdout_logfile';
    found.push(subject.find('error', { code: 'log-directory', path, why: access }, { key }));
  }
  if (subject.shadow !== undefined) {
    found.push(
      subject.find('error', { code: 'module-shadowed', path: subject.shadow }, { key: 'command' }),
    );
  }
  return found;
};

/** A server that ends by itself with 0 stays down: supervisord expects that. */
export const findAutorestart: ProgramRule = (subject) => {
  const { program, reading } = subject;
  const server = reading.call?.server;
  if (
    server === undefined ||
    program.autorestart !== 'unexpected' ||
    !program.exitcodes.includes(0)
  )
    return [];
  return [
    subject.find(
      'warning',
      { code: 'autorestart-unexpected', server },
      { key: 'autorestart', change: subject.set('autorestart', 'true') },
    ),
  ];
};
