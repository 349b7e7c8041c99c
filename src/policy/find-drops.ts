import type { GunicornSettings } from '../servers/gunicorn/settings.ts';

/**
 * Why a worker of this gunicorn loses connections when it ends; undefined where it does not.
 * - gthread in 21 to 23 registers an accepted connection with its poller and leaves its loop without looking at it again
 *   (gunicorn/workers/gthread.py, accept). Measured with 21.2 and 23.0: one to five of 200 requests at every HUP; none with 20.1 and 24.1.
 * - With reuse_port each worker of 24 and later has a listening socket of its own (gunicorn/arbiter.py, spawn_worker); the kernel resets what
 *   waits at one that is closed, unless net.ipv4.tcp_migrate_req is on.
 */
export function findDrops(
  settings: Pick<GunicornSettings, 'version' | 'workerClass' | 'reusePort'>,
): 'gthread' | 'reuse-port' | undefined {
  const major = Number(/^\d+/.exec(settings.version)?.[0]);
  if (settings.reusePort && major >= 24) return 'reuse-port';
  return settings.workerClass === 'gthread' && major >= 21 && major <= 23 ? 'gthread' : undefined;
}
