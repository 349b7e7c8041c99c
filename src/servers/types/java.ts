import type { ServerType } from '../server-type.ts';

/** A Java virtual machine: TERM, INT and HUP all run its shutdown hooks and end it; QUIT prints its threads. */
export const java: ServerType = {
  name: 'java',
  title: 'Java',
  kind: 'web',
  recognition: {
    shown: 'runs a file named java, catches TERM and HUP, as a virtual machine without -Xrs does',
    binaries: /^java$/,
    catches: ['SIGHUP', 'SIGTERM'],
  },
  actions: {
    gracefulStop: {
      send: { by: 'signal', signal: 'SIGTERM' },
      clients:
        'requests in flight are answered where the application waits for them in a shutdown hook (Spring Boot: server.shutdown=graceful); else they are cut off',
    },
  },
  stopSignals: {
    SIGTERM: 'graceful',
    SIGINT: 'graceful',
    SIGHUP: 'graceful',
    SIGQUIT: 'no-stop',
  },
  version: async ({ exe }, ask) =>
    exe === undefined
      ? undefined
      : /version "([^"]+)"/.exec((await ask([exe, '-version'])) ?? '')?.[1],
  ready: 'It runs; whether it serves is for a health check to say.',
  proof:
    'There is no reload: a restart is done when the new process runs, or the health check answers.',
  traps: [
    'It catches HUP, and ends: never take a HUP that is caught for a reload.',
    'QUIT does not stop it: it prints the stacks of all threads.',
    'A start script that does not exec keeps TERM from it: use `exec java`, or stopasgroup.',
    'Spring Boot gives requests 30 s at a graceful stop (spring.lifecycle.timeout-per-shutdown-phase), longer than the stopwaitsecs of supervisord.',
    'It exits with 143 after TERM: with autorestart=unexpected say exitcodes=0,143.',
  ],
  sources: [
    'https://docs.oracle.com/en/java/javase/17/troubleshoot/handle-signals-and-exceptions.html',
    'https://docs.spring.io/spring-boot/reference/web/graceful-shutdown.html',
  ],
  verified: ['OpenJDK 17.0.15 (Debian 12)'],
};
