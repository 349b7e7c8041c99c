import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withExclusiveFile } from './exclusive.ts';
import { startTicksOf } from './processes.ts';
import { isRoot, parsePasswd, type User } from './users.ts';

/** How the names begin; the pid of the run that made them follows, so that what a killed run has left is known. */
const PREFIX = 'rlctl-';

/** Where the workers of a run find what its global setup has made. */
const VARIABLE = 'RELOADCTL_TEST_ACCOUNTS';

/** Two ordinary accounts of the system with nothing in common: own groups, no supplementary ones, no home. */
export interface Accounts {
  readonly alice: User;
  readonly bob: User;
}

/** The accounts of this run; undefined when we are not root, or when the machine has no useradd(8). */
export function testAccounts(): Accounts | undefined {
  const [alice, bob] = (process.env[VARIABLE] ?? '').split(',').filter((name) => name !== '');
  if (alice === undefined || bob === undefined) return undefined;
  return { alice: find(alice), bob: find(bob) };
}

/** Why {@link testAccounts} has none, for the title of what is skipped. */
export const NO_ACCOUNTS = 'needs root and useradd(8), to make two accounts';

/** Makes the accounts of this run and removes those of runs that were killed. Returns what removes its own again. */
export async function makeAccounts(): Promise<() => Promise<void>> {
  if (!isRoot || !hasUseradd()) {
    if (process.env.CI === 'true' && isRoot) throw new Error(NO_ACCOUNTS);
    return () => Promise.resolve();
  }
  const names = ['a', 'b'].map((letter) => `${PREFIX}${process.pid}-${letter}`);
  const remove = (name: string): void => {
    execFileSync('userdel', [name], { stdio: 'ignore' });
  };
  await exclusively(() => {
    for (const name of abandoned()) {
      try {
        remove(name);
      } catch {
        // Something of it still runs, which is for whoever started it to end.
      }
    }
    for (const name of names) {
      execFileSync('useradd', ['-M', '-U', '-s', '/bin/sh', '-d', '/nonexistent', name]);
    }
  });
  process.env[VARIABLE] = names.join(',');
  return () =>
    exclusively(() => {
      names.forEach(remove);
    });
}

/** useradd(8) fails at once when somebody else has the password file locked. */
function exclusively(action: () => void): Promise<void> {
  return withExclusiveFile(join(tmpdir(), 'reloadctl-accounts.lock'), 60_000, () => {
    action();
    return Promise.resolve();
  });
}

function abandoned(): readonly string[] {
  return allUsers()
    .map(({ name }) => name)
    .filter((name) => {
      const pid = new RegExp(`^${PREFIX}(\\d+)-[ab]$`).exec(name)?.[1];
      return pid !== undefined && startTicksOf(Number(pid)) === undefined;
    });
}

function find(name: string): User {
  const user = allUsers().find((each) => each.name === name);
  if (user === undefined) throw new Error(`account ${name} is gone`);
  return user;
}

function allUsers(): readonly User[] {
  return parsePasswd(readFileSync('/etc/passwd', 'utf8'));
}

function hasUseradd(): boolean {
  try {
    execFileSync('useradd', ['--help'], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // A system with another tool for it.
  }
}
