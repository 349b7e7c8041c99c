import { interpreted } from '../interpreted.ts';
import type { ServerType } from '../server-type.ts';

/** Phusion Passenger Standalone: its agent restarts the application when it is told to; the command is the proof of no more than that. */
export const passenger: ServerType = {
  name: 'passenger',
  title: 'Phusion Passenger',
  kind: 'web',
  recognition: {
    shown: 'runs ruby with the script passenger (`passenger start`), catches INT and TERM',
    ...interpreted({ interpreter: 'ruby', scripts: ['passenger'] }),
    catches: ['SIGINT', 'SIGTERM'],
  },
  actions: {
    reload: {
      send: {
        by: 'command',
        shown: 'passenger-config restart-app --ignore-app-not-running DIRECTORY',
        argv: ({ cwd }) =>
          cwd === undefined
            ? undefined
            : ['passenger-config', 'restart-app', '--ignore-app-not-running', cwd],
      },
      clients:
        'nobody is refused, but requests wait until a new process has loaded the application; the rolling restart is for Enterprise',
      loads: 'code',
      proof: 'answer',
      effectSecs: 60,
      bootSecs: 90,
      drainSecs: 60,
      afterDrain: 'left',
      keepsOldWhenBad: false,
      cost: 'stall',
    },
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients: 'requests in flight are answered, later ones are refused',
    },
  },
  stopSignals: { SIGTERM: 'graceful', SIGINT: 'graceful' },
  version: async (_live, ask) =>
    /Passenger\S* (\d[\d.]*)/.exec((await ask(['passenger-config', '--version'])) ?? '')?.[1],
  ready:
    'The agent starts a process of the application at the next request; a health check tells whether that works.',
  proof: '`passenger-config restart-app` says that it has restarted the application.',
  traps: [
    'A restart that the command has accepted may still fail at the next request: give a health check.',
    'Several running instances need `--instance`: reload them by PASSENGER_INSTANCE_REGISTRY_DIR, one at a time.',
    'touch tmp/restart.txt does the same, but only at the next request.',
  ],
  sources: [
    'https://www.phusionpassenger.com/library/admin/standalone/restart_app.html',
    'https://www.phusionpassenger.com/docs/references/config_reference/standalone/',
  ],
  verified: [],
};
