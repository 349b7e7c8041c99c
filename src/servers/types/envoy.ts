import type { ServerType } from '../server-type.ts';

/** Envoy: takes dynamic resources by itself; the rest needs a second Envoy, which only its hot restarter starts. */
export const envoy: ServerType = {
  name: 'envoy',
  title: 'Envoy',
  kind: 'web',
  recognition: {
    shown: 'runs a file named envoy, catches HUP, USR1, INT and TERM',
    binaries: /^envoy(-static)?$/,
    catches: ['SIGHUP', 'SIGUSR1', 'SIGINT', 'SIGTERM'],
  },
  actions: {
    fastStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'connections are closed; what is in flight is cut off unless it was drained before',
    },
    reopenLogs: { send: { by: 'signal', signal: 'SIGUSR1' }, clients: 'nothing' },
  },
  stopSignals: { SIGTERM: 'fast', SIGINT: 'fast', SIGHUP: 'no-stop', SIGUSR1: 'no-stop' },
  version: async ({ exe }, ask) =>
    exe === undefined
      ? undefined
      : /version: [0-9a-f]+\/(\d+\.\d[\w.]*)/.exec((await ask([exe, '--version'])) ?? '')?.[1],
  ready: 'Its admin interface answers GET /ready with 200.',
  proof: 'None: dynamic resources are loaded by themselves, the rest at the start.',
  traps: [
    'HUP is caught and ignored. It means something to hot-restarter.py only, which starts another Envoy at HUP.',
    'hot-restarter.py ends all of them when one of them ends unexpectedly, a new one with a bad configuration too: look at that with `envoy --mode validate -c FILE` before.',
    'TERM does not drain. Ask the admin interface before: POST /healthcheck/fail, then POST /drain_listeners?graceful, and wait.',
    'A second Envoy takes over only with the same --base-id and the next --restart-epoch; under a supervisor it is the restarter that is supervised.',
  ],
  sources: [
    'https://www.envoyproxy.io/docs/envoy/latest/operations/hot_restarter',
    'https://www.envoyproxy.io/docs/envoy/latest/operations/admin',
    'https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/operations/draining',
    'envoy: source/server/server.cc, restarter/hot-restarter.py',
  ],
  verified: [],
};
