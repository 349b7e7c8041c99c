import { BOOT_SECONDS, REQUESTS_PER_SECOND, type Deployment, type Scene } from './deployment.ts';
import type { Measured } from './measure-deployment.ts';
import { findBrokenPromises, isHeld, LONGEST_WAIT_MS } from './promise.ts';
import { formatWait } from './wait-text.ts';

/** A deployment and what came of it. */
export interface Result {
  readonly deployment: Deployment;
  readonly measured: Measured;
}

/** What is shown, in paragraphs. `supervisor` is '' where there is none. */
export function explain(versions: { gunicorn: string; supervisor: string }): readonly string[] {
  const { gunicorn, supervisor } = versions;
  const under =
    supervisor === ''
      ? 'under reloadctl daemon (there is no supervisord here, which would be shown first)'
      : `under supervisord ${supervisor}, then preloaded under reloadctl daemon,`;
  const hup = supervisor === '' ? '' : ' A bare HUP is `supervisorctl signal HUP`.';
  return [
    `gunicorn ${gunicorn} ${under} serves an app that takes ${BOOT_SECONDS} s to boot, while a client sends ${REQUESTS_PER_SECOND} requests a second whatever the answers. Each row puts a new version into service and shows how many requests failed, how long the slowest one took from the moment at which it was due, what serves afterwards, and how the command exited.${hup} All of it takes less than three minutes.`,
  ];
}

/** Above the rows with new code that boots, and above those with code that does not. */
export function headingOf({ supervisor, releases }: Scene, { boots }: Deployment): string {
  if (releases === true) return 'Behind a link: a release that does not boot, then a worker dies';
  const what = boots ? 'ew code that boots' : 'ew code that does not boot';
  return supervisor === 'supervisord' ? `N${what}` : `Preloaded, under reloadctl daemon: n${what}`;
}

/** What the rows of reloadctl come to. */
export interface Verdict {
  readonly isKept: boolean;
  readonly lines: readonly string[];
}

/** Whether reloadctl did what it promises, and what it did instead. */
export function judge(results: readonly Result[]): Verdict {
  const own = results.filter(
    ({ deployment: { way } }) => way === 'reloadctl reload' || way === 'reloadctl deploy',
  );
  const held = results.filter(({ deployment }) => isHeld(deployment));
  const broken = [...own, ...held].flatMap(({ deployment, measured }) =>
    findBrokenPromises(deployment, measured).map(
      (fault) => `Not as promised: ${deployment.way} of ${deployment.version}: ${fault}.`,
    ),
  );
  if (broken.length > 0) return { isKept: false, lines: broken };
  const sent = own.reduce((sum, { measured }) => sum + measured.sent, 0);
  const longestMs = Math.max(0, ...own.map(({ measured }) => measured.longestMs));
  const lagMs = Math.max(0, ...own.map(({ measured }) => measured.lagMs));
  const lines = [
    `With reloadctl none of ${sent} requests failed and none waited longer than ${formatWait(longestMs)}; code that does not boot changed nothing.`,
  ];
  if (held.length > 0) {
    const sentThen = held.reduce((sum, { measured }) => sum + measured.sent, 0);
    lines.push(
      `The daemon holds the sockets: neither a hard restart nor a KILL of the master lost one of ${sentThen} requests; they waited for the boot.`,
    );
  }
  if (longestMs >= LONGEST_WAIT_MS) {
    lines.push(
      `This machine is busy: for up to ${formatWait(lagMs)} of that the load generator itself was held up.`,
    );
  }
  return { isKept: true, lines };
}
