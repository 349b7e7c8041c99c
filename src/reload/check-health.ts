import type { Rights } from '../os/credentials.ts';
import type { Condition } from '../policy/condition.ts';
import { rightsOfProcess } from '../servers/boot-context.ts';
import { askHealth } from './ask-health.ts';
import type { Session } from './session.ts';
import { NOT_YET, TRUE, type Check } from './watch.ts';

/** What has only just been started had no rights that could be taken before. */
export function rightsOfServer({ os, parts, roles }: Session): Promise<Rights> {
  return parts.rights === 'nobody'
    ? rightsOfProcess(os, roles.supervised)
    : Promise.resolve(parts.rights);
}

/** Every address answers as it should. */
export function checkHealthy(
  session: Session,
  { urls, ...terms }: Extract<Condition, { is: 'healthy' }>,
): Check {
  return async () => {
    for (const url of urls) {
      const rights = await rightsOfServer(session);
      const abort = session.parts.interruption.atOnce;
      const { unhealthy } = await askHealth(session, { url, terms, rights, abort });
      session.answers.unhealthy = unhealthy;
      if (unhealthy !== undefined) return NOT_YET;
    }
    return TRUE;
  };
}
