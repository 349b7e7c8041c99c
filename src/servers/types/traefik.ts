import type { ServerType } from '../server-type.ts';

/** Traefik: takes what its providers tell it by itself; there is nothing to be told from outside. */
export const traefik: ServerType = {
  name: 'traefik',
  title: 'Traefik',
  kind: 'web',
  recognition: {
    shown: 'runs a file named traefik, catches USR1, INT and TERM',
    binaries: /^traefik$/,
    catches: ['SIGUSR1', 'SIGINT', 'SIGTERM'],
  },
  actions: {
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'requests in flight are answered within graceTimeOut, later ones are refused',
      // entryPoints.NAME.transport.lifeCycle.graceTimeOut, by default.
      graceSecs: 10,
    },
    reopenLogs: { send: { by: 'signal', signal: 'SIGUSR1' }, clients: 'nothing' },
  },
  stopSignals: { SIGTERM: 'graceful', SIGINT: 'graceful', SIGHUP: 'fast', SIGUSR1: 'no-stop' },
  version: async ({ exe }, ask) =>
    exe === undefined
      ? undefined
      : /^Version:\s+(\S+)/m.exec((await ask([exe, 'version'])) ?? '')?.[1],
  configured: {
    programs: /^traefik$/,
  },
  ready: 'The one process is there; with --ping its /ping answers 200.',
  proof: 'None: it loads what changes in its providers when it sees it.',
  traps: [
    'HUP ends it, though the kernel says that it catches HUP: the runtime of Go does, and then ends the process.',
    'Routers, services and middlewares of the file provider are loaded when the file changes (`watch`, on by default); nothing has to be sent.',
    'The static configuration (entry points, providers, log files) is read at the start only: restart it.',
    'A bad dynamic configuration is only seen in the log; the last good one stays in service.',
    'With a graceTimeOut above stopwaitsecs the supervisor KILLs it.',
  ],
  sources: [
    'https://doc.traefik.io/traefik/providers/file/',
    'https://doc.traefik.io/traefik/routing/entrypoints/#lifecycle',
    'https://doc.traefik.io/traefik/observability/logs/#log-rotation',
    'https://github.com/traefik/traefik/issues/1660',
  ],
  verified: [],
};
