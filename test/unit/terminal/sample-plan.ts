import type { Plan, Role, Step, StepId } from '../../../src/policy/plan.ts';
import type { Pid } from '../../../src/os/proc.ts';

/** A step's id from plain text. */
export const stepId = (id: string): StepId => id as StepId;

const proc = (pid: number, role: Role) => ({ pid: pid as Pid, startTicks: pid * 10, role });

const usr2 = stepId('usr2');
const hup = stepId('hup');

/** What an ordinary reload of a gunicorn 26 looks like. */
const BRIDGE_STEPS: readonly Step[] = [
  {
    id: stepId('keep-control'),
    phase: 'prove',
    do: 'keep-file',
    path: '/srv/usercenter/gunicorn.ctl',
    as: '/srv/usercenter/gunicorn.ctl.reloadctl',
  },
  {
    id: usr2,
    phase: 'prove',
    do: 'signal',
    signal: 'SIGUSR2',
    to: 'master',
    via: 'direct',
    effect: { is: 'bridge-appeared' },
    limit: { ms: 10_000, reason: 'master-loop' },
    atLimit: 'refuse',
  },
  {
    id: stepId('bridge-boots'),
    phase: 'prove',
    do: 'wait',
    until: { is: 'bridge-ready', workers: 4 },
    limit: { ms: 32_000, reason: 'worker-timeout', since: usr2 },
    atLimit: 'refuse',
  },
  {
    id: stepId('bridge-holds'),
    phase: 'prove',
    do: 'wait',
    until: { is: 'bridge-steady', workers: 4, ms: 1_500, recycles: false },
    limit: { ms: 13_000, reason: 'settle' },
    atLimit: 'refuse',
  },
  {
    id: hup,
    phase: 'switch',
    do: 'signal',
    signal: 'SIGHUP',
    to: 'master',
    via: 'direct',
    effect: { is: 'new-worker-appeared' },
    limit: { ms: 10_000, reason: 'master-loop' },
    atLimit: 'degraded',
  },
  {
    id: stepId('new-workers'),
    phase: 'switch',
    do: 'wait',
    until: { is: 'new-workers-ready', count: 4 },
    limit: { ms: 32_000, reason: 'worker-timeout', since: hup },
    atLimit: 'degraded',
  },
  {
    id: stepId('old-workers'),
    phase: 'switch',
    do: 'wait',
    until: { is: 'old-workers-left', atMost: 0 },
    limit: { ms: 30_000, reason: 'graceful-timeout', since: hup },
    atLimit: 'kill',
  },
  {
    id: stepId('retire-bridge'),
    phase: 'retire',
    do: 'signal',
    signal: 'SIGTERM',
    to: 'bridge',
    via: 'direct',
    effect: { is: 'bridge-gone' },
    limit: { ms: 32_000, reason: 'graceful-timeout' },
    atLimit: 'kill',
  },
  {
    id: stepId('restore-control'),
    phase: 'retire',
    do: 'restore-file',
    path: '/srv/usercenter/gunicorn.ctl',
    from: '/srv/usercenter/gunicorn.ctl.reloadctl',
  },
  {
    id: stepId('settled'),
    phase: 'verify',
    do: 'wait',
    until: { is: 'settled', workers: 4, ms: 1_000, recycles: false },
    limit: { ms: 12_000, reason: 'settle' },
    atLimit: 'degraded',
  },
];

/** An ordinary reload of a gunicorn 26 with four workers under supervisord. */
export const BRIDGE_PLAN: Plan = {
  action: 'reload',
  strategy: 'bridge',
  target: { label: 'usercenter', supervisorName: 'usercenter:usercenter' },
  serverType: 'gunicorn',
  version: '26.1.0',
  procs: [
    proc(1234, 'supervised'),
    proc(1234, 'master'),
    proc(1240, 'old-workers'),
    proc(1241, 'old-workers'),
    proc(1242, 'old-workers'),
    proc(1243, 'old-workers'),
  ],
  workersAfter: 4,
  notes: [
    { code: 'bridge-is-default' },
    { code: 'stopwaitsecs-too-short', stopwaitsecs: 10, gracefulTimeout: 30 },
  ],
  steps: BRIDGE_STEPS,
  onFailure: [],
  undo: [
    {
      id: stepId('undo-bridge'),
      phase: 'prove',
      do: 'signal',
      signal: 'SIGTERM',
      to: 'bridge',
      via: 'direct',
      effect: { is: 'bridge-gone' },
      limit: { ms: 32_000, reason: 'graceful-timeout' },
      atLimit: 'kill',
    },
    {
      id: stepId('undo-restore-control'),
      phase: 'prove',
      do: 'restore-file',
      path: '/srv/usercenter/gunicorn.ctl',
      from: '/srv/usercenter/gunicorn.ctl.reloadctl',
    },
    {
      id: stepId('undo-pidfile'),
      phase: 'prove',
      do: 'remove-pidfile',
      path: '/run/usercenter.pid.2',
    },
  ],
};
