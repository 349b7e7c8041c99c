import { SUPERVISOR_DEFAULTS } from '../../config/supervisor-defaults.ts';
import type { SignalName } from '../../os/signals.ts';
import { optionValue, type StopRemark } from '../../servers/configured.ts';
import type { ProgramRule, ProgramSubject } from '../subject.ts';
import { bestStopSignal, stopEffect } from './stop-effects.ts';

/** A configured stopsignal that is no graceful stop for this kind of server. */
export const findStopSignal: ProgramRule = (subject) => {
  const { program, call } = subject;
  const signal = program.stopsignal;
  if (signal === undefined) return [];
  const { effect, option, better, inEnvironment = false } = remarkOn(subject, signal);
  if (effect === undefined) return [];
  const advice = better ?? (call && bestStopSignal(call.type)) ?? 'SIGTERM';
  return [
    subject.find(
      effect === 'waits-for-clients' ? 'warning' : 'error',
      {
        code: 'stopsignal',
        server: call?.type.name ?? 'program',
        signal: shortName(signal),
        effect,
        graceful: advice,
        option,
      },
      {
        key: inEnvironment ? 'environment' : 'stopsignal',
        change: inEnvironment ? undefined : subject.set('stopsignal', shortName(advice)),
      },
    ),
  ];
};

function remarkOn({ call }: ProgramSubject, signal: SignalName): StopRemark {
  if (signal === 'SIGKILL') return { effect: 'cuts-off' };
  if (call === undefined) return { effect: undefined };
  const remark = call.type.configured?.stopRemark?.(call, signal);
  return remark ?? { effect: stopEffect(call.type, signal) };
}

const shortName = (signal: SignalName): string => signal.replace(/^SIG/, '');

/** How long a graceful stop takes by the server's settings; undefined if unseen or unlimited. */
function graceOf({
  call,
  gunicorn,
}: ProgramSubject): { readonly setting: string; readonly seconds: number } | undefined {
  if (call !== undefined && gunicorn?.ok === true) {
    return { setting: 'graceful_timeout', seconds: gunicorn.value.gracefulTimeout };
  }
  const grace = call === undefined ? undefined : call.type.configured?.grace?.(call);
  return grace === undefined ? undefined : { setting: grace[0], seconds: grace[1] };
}

/** A master needs a moment of its own after its last worker. */
const LEAST_MARGIN_SECS = 1;
const GOOD_MARGIN_SECS = 5;

/** A supervisor that loses patience before the server may. */
export const findStopWait: ProgramRule = (subject) => {
  const { program, call } = subject;
  const { stopwaitsecs } = program;
  const grace = graceOf(subject);
  if (grace !== undefined) {
    if (stopwaitsecs >= grace.seconds + LEAST_MARGIN_SECS) return [];
    const needs = Math.ceil(grace.seconds);
    return [
      subject.find(
        'error',
        { code: 'stopwaitsecs-too-short', stopwaitsecs, setting: grace.setting, needs },
        {
          key: 'stopwaitsecs',
          change: subject.set('stopwaitsecs', String(needs + GOOD_MARGIN_SECS)),
        },
      ),
    ];
  }
  if (call?.type.kind !== 'job-runner') return [];
  const server = call.type.name;
  const limit = Number(optionValue(call.args, ['--time-limit', '--soft-time-limit']) ?? NaN);
  const longest = Number.isFinite(limit) ? limit : undefined;
  // supervisord's default: nobody thought of it.
  if (stopwaitsecs >= (longest ?? SUPERVISOR_DEFAULTS.stopwaitsecs + 1)) return [];
  return [
    subject.find(
      longest === undefined ? 'warning' : 'error',
      { code: 'stopwaitsecs-for-jobs', stopwaitsecs, server, longest },
      {
        key: 'stopwaitsecs',
        change: subject.set(
          'stopwaitsecs',
          String(longest === undefined ? 600 : Math.ceil(longest) + GOOD_MARGIN_SECS),
        ),
      },
    ),
  ];
};

/** A group signal reaches the process that works on a job, which ends at once. */
export const findGroupStop: ProgramRule = (subject) => {
  const type = subject.call?.type;
  if (!subject.program.stopasgroup || type?.kind !== 'job-runner') return [];
  return [
    subject.find(
      'error',
      { code: 'stopasgroup-jobs', server: type.name },
      { key: 'stopasgroup', change: subject.set('stopasgroup', 'false') },
    ),
  ];
};
