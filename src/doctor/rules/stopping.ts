import { SUPERVISOR_DEFAULTS } from '../../config/supervisor-defaults.ts';
import type { SignalName } from '../../os/signals.ts';
import { isJobRunner, optionValue } from '../command/known-servers.ts';
import type { SignalEffect } from '../finding.ts';
import type { ProgramRule, ProgramSubject } from '../subject.ts';
import { bestStopSignal, stopEffect } from './stop-effects.ts';

/** A configured stopsignal that is no graceful stop for this kind of server. */
export const findStopSignal: ProgramRule = (subject) => {
  const { program, reading } = subject;
  const signal = program.stopsignal;
  const server = reading.call?.server;
  if (signal === undefined) return [];
  const { effect, option } = effectOf(subject, signal);
  if (effect === undefined) return [];
  const graceful = (server && bestStopSignal(server)) ?? 'SIGTERM';
  // With its option the signal of the table is the one that does not stop.
  const advice = option === 'die-on-term' ? 'SIGTERM' : graceful;
  const isRemapped = option === 'REMAP_SIGTERM';
  return [
    subject.find(
      effect === 'waits-for-clients' ? 'warning' : 'error',
      {
        code: 'stopsignal',
        server: server ?? 'program',
        signal: shortName(signal),
        effect,
        graceful: advice,
        option,
      },
      {
        key: isRemapped ? 'environment' : 'stopsignal',
        change: isRemapped ? undefined : subject.set('stopsignal', shortName(advice)),
      },
    ),
  ];
};

function effectOf(
  subject: ProgramSubject,
  signal: SignalName,
): { readonly effect: SignalEffect | undefined; readonly option: string | undefined } {
  const { program, reading } = subject;
  if (signal === 'SIGKILL') return { effect: 'cuts-off', option: undefined };
  if (reading.call?.server === 'uwsgi' && diesOnTerm(subject)) {
    // uWSGI 2.0 swaps the two (core/master.c); 2.1 always stops at TERM.
    if (signal === 'SIGTERM') return { effect: undefined, option: undefined };
    if (signal === 'SIGQUIT') return { effect: 'reloads', option: 'die-on-term' };
  }
  const remapped = program.environment.REMAP_SIGTERM === 'SIGQUIT';
  if (reading.call?.server === 'celery' && signal === 'SIGTERM' && remapped) {
    return { effect: 'cuts-off', option: 'REMAP_SIGTERM' };
  }
  const effect = reading.call && stopEffect(reading.call.server, signal);
  return { effect, option: undefined };
}

function diesOnTerm({ reading, serverFiles }: ProgramSubject): boolean {
  return (
    reading.call?.args.includes('--die-on-term') === true ||
    serverFiles.some((text) =>
      /^[ \t]*die-on-term[ \t]*=[ \t]*(true|1|yes|on)?[ \t]*$/m.test(text),
    ) ||
    serverFiles.some((text) => /^[ \t]*die-on-term[ \t]*:[ \t]*(true|1|yes|on)[ \t]*$/m.test(text))
  );
}

const shortName = (signal: SignalName): string => signal.replace(/^SIG/, '');

/** The seconds that a server takes for a graceful stop by its own settings; undefined where they cannot be seen or have no limit. */
function graceOf({
  reading,
  gunicorn,
}: ProgramSubject): { readonly setting: string; readonly seconds: number } | undefined {
  if (reading.call === undefined) return undefined;
  const { args } = reading.call;
  // Most servers are none of the cases; a test looks up the names of these.
  const server: string = reading.call.server;
  const option = (names: readonly string[], otherwise?: number): number | undefined => {
    const value = Number(optionValue(args, names) ?? otherwise);
    return Number.isFinite(value) ? value : undefined;
  };
  const seconds = ((): readonly [string, number | undefined] => {
    switch (server) {
      case 'gunicorn':
        return gunicorn?.ok === true
          ? ['graceful_timeout', gunicorn.value.gracefulTimeout]
          : ['graceful_timeout', option(['--graceful-timeout'])];
      case 'uvicorn':
        return ['--timeout-graceful-shutdown', option(['--timeout-graceful-shutdown'])];
      case 'hypercorn':
        return ['--graceful-timeout', option(['--graceful-timeout'], 3)];
      case 'sidekiq':
        return ['-t', option(['-t', '--timeout'], 25)];
      case 'dramatiq': {
        const ms = option(['--worker-shutdown-timeout'], 600_000);
        return ['--worker-shutdown-timeout', ms === undefined ? undefined : ms / 1000];
      }
      default:
        return ['', undefined];
    }
  })();
  return seconds[1] === undefined ? undefined : { setting: seconds[0], seconds: seconds[1] };
}

/** A master needs a moment of its own after its last worker. */
const LEAST_MARGIN_SECS = 1;
const GOOD_MARGIN_SECS = 5;

/** A supervisor that loses patience before the server may. */
export const findStopWait: ProgramRule = (subject) => {
  const { program, reading } = subject;
  const { stopwaitsecs } = program;
  const server = reading.call?.server;
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
  if (server === undefined || !isJobRunner(server)) return [];
  const limit = Number(
    optionValue(reading.call?.args ?? [], ['--time-limit', '--soft-time-limit']) ?? NaN,
  );
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
  const server = subject.reading.call?.server;
  if (!subject.program.stopasgroup || server === undefined || !isJobRunner(server)) return [];
  return [
    subject.find(
      'error',
      { code: 'stopasgroup-jobs', server },
      { key: 'stopasgroup', change: subject.set('stopasgroup', 'false') },
    ),
  ];
};
