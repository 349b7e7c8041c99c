import type { Pid, Proc } from '../../../src/os/proc.ts';
import type { LiveProcess, LiveServer } from '../../../src/servers/live-process.ts';

const PROC: Proc = {
  pid: 7 as Pid,
  startTicks: 1,
  ppid: 1,
  pgid: 7,
  sid: 7,
  state: 'S',
  uid: 0,
  comm: 'master',
  cpuSeconds: 0,
  rssBytes: 0,
};

/** A process of which nothing is known but its argv. */
export const sampleProcess = (argv: readonly string[]): LiveProcess => ({
  proc: PROC,
  exe: '/usr/bin/server',
  argv,
  caught: undefined,
});

/** The same as a server, in /srv/data. */
export const sampleLive = (over: Partial<LiveServer> = {}): LiveServer => ({
  ...sampleProcess([]),
  children: [],
  cwd: '/srv/data',
  command: [],
  version: undefined,
  settings: new Map(),
  ...over,
});
