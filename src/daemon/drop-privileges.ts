import { EXIT, ReloadctlError } from '../base/errors.ts';
import type { SystemUser } from '../config/program.ts';

/** In Node's documentation, not in its types. */
interface InitGroups {
  readonly initgroups?: (user: string, extraGroup: number) => void;
}

/** Becomes `user`, supplementary groups included. Throws 'refused' in supervisord's words when we may not (supervisor/options.py). */
export function dropPrivileges({ name, uid, gid }: SystemUser): void {
  const { geteuid, setgid, setuid } = process;
  const { initgroups } = process as InitGroups;
  if (geteuid?.() === uid) return;
  if (geteuid?.() !== 0 || initgroups === undefined) {
    throw new ReloadctlError("Can't drop privilege as nonroot user", {
      code: 'refused',
      exitCode: EXIT.usage,
      hint: `[supervisord] has user=${name}: start the daemon as root or as ${name}.`,
    });
  }
  initgroups(name, gid);
  setgid?.(gid);
  setuid?.(uid);
}
