import { describe, expect, it } from 'vitest';
import type { Program } from '../../../src/config/program.ts';
import { splitCommand } from '../../../src/config/split-command.ts';
import { readCommand } from '../../../src/doctor/command/unwrap.ts';
import { findWrapper } from '../../../src/doctor/rules/command.ts';
import type { ProgramSubject } from '../../../src/doctor/subject.ts';

const FILES: Readonly<Record<string, string>> = {
  '/srv/good.sh': '#!/bin/sh\ncd /srv\ngunicorn app\n',
  '/srv/trap.sh': "#!/bin/sh\ntrap 'kill $pid' TERM\ngunicorn app &\npid=$!\nwait $pid\n",
  '/srv/nested.sh': '#!/bin/sh\nexec sh -c "gunicorn app"\n',
  '/srv/args.sh': '#!/bin/sh\n/bin/server\n',
  '/srv/exit.sh': '#!/bin/sh\ngunicorn app || exit 1\n',
  '/srv/function.sh': '#!/bin/sh\nstart() {\n  gunicorn app\n}\nstart\n',
};

interface Found {
  readonly last: string;
  readonly canExec: boolean;
  /** What the line of the command becomes. */
  readonly change: string | undefined;
}

/** What is said of a shell in this command. */
async function find(command: string): Promise<Found | undefined> {
  const words = splitCommand(command);
  if (!words.ok) throw new Error(words.error);
  const reading = await readCommand(words.value, (path) => Promise.resolve(FILES[path]));
  const subject = {
    program: { command, numprocs: 1, stopasgroup: false } as unknown as Program,
    reading,
    set: (_key: string, value: string) => value,
    find: (_severity: string, trouble: object, { change }: { change: unknown }) => ({
      ...trouble,
      change,
    }),
  } as unknown as ProgramSubject;
  return findWrapper(subject)[0] as unknown as Found | undefined;
}

describe('a shell that stays above what it starts', () => {
  it.each([
    ['sh -c "gunicorn app"', 'sh -c "exec gunicorn app"'],
    ["sh -c 'cd /srv && gunicorn app'", "sh -c 'cd /srv && exec gunicorn app'"],
    ['sh -c "exec sh -c \'gunicorn app\'"', 'sh -c "exec sh -c \'exec gunicorn app\'"'],
    ['sh -c "gunicorn -b 127.0.0.1:80%% app"', 'sh -c "exec gunicorn -b 127.0.0.1:80%%%% app"'],
  ])('%s becomes %s', async (command, change) => {
    expect(await find(command)).toMatchObject({ canExec: true, change });
  });

  it.each([
    ['sh -c "gunicorn app; exit 1"', 'gunicorn app'],
    ['sh -c "gunicorn app & wait $!"', 'gunicorn app'],
    ['sh -c "gunicorn app | cat"', 'cat'],
    ['sh -c "FOO=1 gunicorn app"', 'FOO=1 gunicorn app'],
    ['sh -c "while :; do gunicorn app; done"', 'gunicorn app'],
    ['/srv/exit.sh', 'gunicorn app'],
    ['/srv/function.sh', 'gunicorn app'],
  ])('%s has %s above it, and no exec is advised', async (command, last) => {
    expect(await find(command)).toMatchObject({ last, canExec: false, change: undefined });
  });

  it.each([
    '/srv/good.sh',
    // Those words stand in the command as arguments, not as the script.
    '/srv/args.sh /bin/server',
    '/srv/nested.sh gunicorn app',
    // Of two it is not known which.
    'sh -c "gunicorn app" "gunicorn app"',
    // As it is quoted it stands differently in the command.
    'sh -c "gunicorn \\"my app\\""',
  ])('%s may have an exec, which is not written for anybody', async (command) => {
    expect(await find(command)).toMatchObject({ canExec: true, change: undefined });
  });

  it.each([
    '/srv/trap.sh',
    'sh -c "exit 1"',
    'sh -c ". /srv/start.sh"',
    'sh -c "trap \'kill 0\' TERM"',
    'sh -c "wait $!"',
    'sh -c "exec gunicorn app"',
    'sh -c "gunicorn app || exec true"',
    'sh -c "if grep -q x /etc/hosts; then exec gunicorn app; else exec uvicorn app; fi"',
  ])('%s is not spoken of', async (command) => {
    expect(await find(command)).toBeUndefined();
  });
});
