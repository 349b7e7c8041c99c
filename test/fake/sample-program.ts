import type { LogSettings, Program } from '../../src/config/program.ts';
import type { ProgramSettings } from '../../src/config/settings/settings.ts';

const LOG: LogSettings = {
  target: { kind: 'file', path: '/var/log/usercenter.log' },
  maxBytes: 0,
  backups: 0,
  captureMaxBytes: 0,
  eventsEnabled: false,
  syslog: false,
};

/** Settings of reloadctl where the configuration has none. */
export const NO_SETTINGS: ProgramSettings = {
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
  notifyUrls: [],
  socket: undefined,
};

/** [program:usercenter] with supervisord's defaults, and what a test wants otherwise. */
export function sampleProgram(changes: Partial<Program> = {}): Program {
  return {
    kind: 'program',
    name: 'usercenter',
    group: 'usercenter',
    section: 'usercenter',
    position: { file: '/etc/supervisord.conf', line: 10 },
    command: '/venv/bin/gunicorn -c gunicorn.py wsgi:app',
    directory: '/srv/app',
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
    redirectStderr: true,
    stdout: LOG,
    stderr: LOG,
    serverurl: undefined,
    settings: NO_SETTINGS,
    ...changes,
  };
}
