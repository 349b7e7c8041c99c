import type { StayingShell } from '../command/unwrap.ts';
import type { Finding } from '../finding.ts';
import type { ProgramRule, ProgramSubject } from '../subject.ts';

/** What makes a server leave its supervisor; undefined where it stays. */
function daemonizedBy({ reading, call, gunicorn }: ProgramSubject): string | undefined {
  if (reading.backgrounds) return "'&' at the end of its script";
  if (call === undefined) return undefined;
  const isDaemon = gunicorn?.ok === true && gunicorn.value.daemon;
  return call.type.configured?.leaves?.(call) ?? (isDaemon ? 'daemon = True' : undefined);
}

/** A server that goes into the background: the supervisor sees its first process end. */
export const findDaemonized: ProgramRule = (subject) => {
  const by = daemonizedBy(subject);
  if (by === undefined) return [];
  const server = subject.call?.type.name ?? 'the program';
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
  const { program, call } = subject;
  const server = call?.type.name;
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
