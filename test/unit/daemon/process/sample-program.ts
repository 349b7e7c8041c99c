import type { LogSettings, Program } from '../../../../src/config/program.ts';

const LOG: LogSettings = {
  target: { kind: 'none' },
  maxBytes: 0,
  backups: 0,
  captureMaxBytes: 0,
  eventsEnabled: false,
  syslog: false,
};

/** A program named web with supervisord's defaults and no logs. */
export function sampleProgram(differences: Partial<Program> = {}): Program {
  return {
    kind: 'program',
    name: 'web',
    group: 'web',
    section: 'program:web',
    position: { file: 'supervisord.conf', line: 1 },
    command: 'true',
    directory: undefined,
    environment: {},
    user: undefined,
    umask: undefined,
    priority: 999,
    processNum: 0,
    numprocs: 1,
    autostart: true,
    autorestart: 'unexpected',
    startsecs: 1,
    startretries: 3,
    exitcodes: [0],
    stopsignalNumber: 15,
    stopsignal: 'SIGTERM',
    stopwaitsecs: 10,
    isStopwaitSet: false,
    stopasgroup: false,
    killasgroup: false,
    redirectStderr: false,
    stdout: LOG,
    stderr: LOG,
    serverurl: undefined,
    settings: {
      type: undefined,
      strategy: undefined,
      surge: undefined,
      healthUrls: [],
      healthHost: undefined,
      healthHeaders: undefined,
      healthExpect: undefined,
      settleMs: undefined,
      timeoutMs: undefined,
      reloadSignal: undefined,
      hooks: {},
      socket: undefined,
    },
    ...differences,
  };
}
