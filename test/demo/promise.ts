import { BOOT_SECONDS, type Deployment } from './deployment.ts';
import type { Measured } from './measure-deployment.ts';
import { formatWait } from './wait-text.ts';

/** No request waits longer than a tenth of the boot. */
export const LONGEST_WAIT_MS = BOOT_SECONDS * 100;

/** Whether requests may wait for the boot, but not fail: the daemon holds the sockets. */
export function isHeld({ way }: Deployment): boolean {
  return way === 'restart --hard' || way === 'kill -9, master';
}

/** What reloadctl promises and `measured` does not show, in words; empty when all is kept. */
export function findBrokenPromises(deployment: Deployment, measured: Measured): readonly string[] {
  const { boots, version, before } = deployment;
  const serves = boots ? version : before;
  const exitCode = boots ? 0 : 10;
  const broken: string[] = [];
  if (measured.failed > 0) {
    broken.push(`${measured.failed} of ${measured.sent} requests failed (${measured.firstError})`);
  }
  // For as long as the load generator itself was held up the server is not to blame.
  if (!isHeld(deployment) && measured.longestMs - measured.lagMs >= LONGEST_WAIT_MS) {
    broken.push(
      `a request waited ${formatWait(measured.longestMs)}, of which the load generator's own delay was at most ${formatWait(measured.lagMs)}; promised: less than ${formatWait(LONGEST_WAIT_MS)}`,
    );
  }
  if (measured.serves !== serves) {
    broken.push(`${measured.serves ?? 'nothing'} serves afterwards instead of ${serves}`);
  }
  if (measured.exitCode !== exitCode && deployment.way !== 'kill -9, master') {
    broken.push(`the exit code is ${measured.exitCode ?? 'none'} instead of ${exitCode}`);
  }
  return broken;
}
