import type { Rights } from '../os/credentials.ts';
import { rightsOfProcess } from '../servers/boot-context.ts';
import type { Session } from './session.ts';
import { NOT_YET, TRUE, type Check } from './watch.ts';

const HEALTH_CALL_MS = 5000;

/** What has only just been started had no rights that could be taken before. */
function rightsOfServer({ os, parts, roles }: Session): Promise<Rights> {
  return parts.rights === 'nobody'
    ? rightsOfProcess(os, roles.supervised)
    : Promise.resolve(parts.rights);
}

/** Every address answers 2xx. */
export function checkHealthy(session: Session, urls: readonly string[]): Check {
  return async () => {
    for (const url of urls) {
      const probe = await session.os.httpGet(
        url,
        HEALTH_CALL_MS,
        await rightsOfServer(session),
        session.parts.interruption.atOnce,
      );
      const isHealthy = probe.ok && probe.status >= 200 && probe.status < 300;
      session.answers.unhealthy = isHealthy
        ? undefined
        : { url, observed: probe.ok ? `status ${probe.status}` : probe.error };
      if (!isHealthy) return NOT_YET;
    }
    return TRUE;
  };
}
