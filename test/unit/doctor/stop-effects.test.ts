import { describe, expect, it } from 'vitest';
import { bestStopSignal, stopEffect } from '../../../src/doctor/rules/stop-effects.ts';
import { SERVER_TYPES } from '../../../src/servers/registry.ts';
import type { ServerType } from '../../../src/servers/server-type.ts';

function typeNamed(name: string): ServerType {
  const type = SERVER_TYPES.find((each) => each.name === name);
  if (type === undefined) throw new Error(`no type ${name}`);
  return type;
}

describe('what a stop signal does to a server', () => {
  it.each([
    ['gunicorn', 'SIGTERM', undefined],
    ['gunicorn', 'SIGINT', 'cuts-off'],
    ['gunicorn', 'SIGHUP', 'reloads'],
    ['uwsgi', 'SIGTERM', 'goes-on'],
    ['uwsgi', 'SIGHUP', 'reloads'],
    // Nothing better is to be had.
    ['uwsgi', 'SIGINT', undefined],
    ['daphne', 'SIGTERM', undefined],
    ['nginx', 'SIGQUIT', undefined],
    ['nginx', 'SIGTERM', 'cuts-off'],
    ['apache', 'SIGUSR1', 'reloads'],
    ['php-fpm', 'SIGUSR2', 'reloads'],
    ['unicorn', 'SIGTERM', 'cuts-off'],
    ['huey', 'SIGTERM', 'cuts-off'],
    ['celery-beat', 'SIGQUIT', 'cuts-off'],
  ] as const)('%s: %s', (server, signal, effect) => {
    expect(stopEffect(typeNamed(server), signal)).toBe(effect);
  });

  it.each([
    ['gunicorn', 'SIGTERM'],
    ['nginx', 'SIGQUIT'],
    ['apache', 'SIGWINCH'],
    ['haproxy', 'SIGUSR1'],
    // Nothing is graceful without the master FIFO.
    ['uwsgi', 'SIGINT'],
    ['huey', 'SIGINT'],
    ['postgres', 'SIGINT'],
    ['celery-beat', 'SIGTERM'],
  ] as const)('%s is best stopped with %s', (server, signal) => {
    expect(bestStopSignal(typeNamed(server))).toBe(signal);
  });
});
