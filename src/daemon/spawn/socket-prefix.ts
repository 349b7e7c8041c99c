/**
 * What stands before a command that gets listening sockets: LISTEN_PID has to be its own pid, which only a process that becomes the
 * command can know. A shell would also set PWD and OLDPWD, which gunicorn reads; they stay as `env` has them.
 */
export function socketPrefix(env: Readonly<Record<string, string>>): readonly string[] {
  const names = ['PWD', 'OLDPWD'];
  const lines = [
    'LISTEN_PID=$$',
    'export LISTEN_PID',
    ...names.map((name) =>
      env[name] === undefined ? `unset ${name}` : `${name}=$1; export ${name}; shift`,
    ),
    'exec "$@"',
  ];
  const values = names.flatMap((name) => env[name] ?? []);
  return ['/bin/sh', '-c', lines.join('\n'), 'reloadctl-launch', ...values];
}
