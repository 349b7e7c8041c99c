/** What a process may do, as the kernel's numbers, for which no user database is needed. */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** The supplementary groups. */
  readonly groups: readonly number[];
  /** For people: 'alice', or 'uid 54321' where the user database has no name. */
  readonly name: string;
}

/**
 * Whose rights something is done with: 'ours' are this process's. 'nobody' stands for a process
 * whose rights cannot be told; everything is denied then.
 */
export type Rights = Credentials | 'ours' | 'nobody';

/** Why a process is not asked or acted for with its own rights. */
export type CredentialsFailure = 'gone' | 'denied' | 'unsupported' | 'mixed' | 'user-namespace';

/** The rights of a process, or why they cannot be taken. A failure never means our own. */
export type CredentialsReading =
  | { readonly ok: true; readonly value: Rights }
  | { readonly ok: false; readonly error: CredentialsFailure };

/** Whether we can act with these rights: root can become anybody, others are only themselves. */
export function canActAs(
  rights: Rights,
  me: { readonly uid: number },
): rights is Credentials | 'ours' {
  if (rights === 'nobody') return false;
  return rights === 'ours' || me.uid === 0 || me.uid === rights.uid;
}

/**
 * The user and group ids in /proc/PID/status (proc_pid_status(5)). 'mixed': the four differ, as in
 * a set-user-ID program, so arguments and environment may be somebody else's.
 */
export function parseCredentials(
  status: string,
): Pick<Credentials, 'uid' | 'gid' | 'groups'> | 'mixed' | undefined {
  const numbersOf = (field: string): readonly number[] | undefined => {
    const text = new RegExp(`^${field}:\\s*([\\d\\s]*?)\\s*$`, 'm').exec(status)?.[1];
    return text
      ?.split(/\s+/)
      .filter((word) => word !== '')
      .map(Number);
  };
  const uids = numbersOf('Uid');
  const gids = numbersOf('Gid');
  const groups = numbersOf('Groups');
  const [uid] = uids ?? [];
  const [gid] = gids ?? [];
  if (uid === undefined || gid === undefined || groups === undefined) return undefined;
  const isOne = (ids: readonly number[] | undefined, id: number): boolean =>
    ids?.length === 4 && ids.every((each) => each === id);
  return isOne(uids, uid) && isOne(gids, gid) ? { uid, gid, groups } : 'mixed';
}
