import { basename } from 'node:path';
import type { ServerName } from '../../servers/registry.ts';

/** A server that a configured command starts, with the words after its own name. */
export interface ServerCall {
  readonly server: ServerName;
  readonly args: readonly string[];
}

/** Names of programs and what they are. A program of another name may be a link to one of them: then nothing is said. */
const BY_PROGRAM: ReadonlyMap<string, ServerName> = new Map([
  ['gunicorn', 'gunicorn'],
  ['gunicorn3', 'gunicorn'],
  ['uwsgi', 'uwsgi'],
  ['uwsgi-core', 'uwsgi'],
  ['nginx', 'nginx'],
  ['apache2', 'apache'],
  ['apache2ctl', 'apache'],
  ['apachectl', 'apache'],
  ['httpd', 'apache'],
  ['php-fpm', 'php-fpm'],
  ['haproxy', 'haproxy'],
  ['unicorn', 'unicorn'],
  ['unicorn_rails', 'unicorn'],
  ['puma', 'puma'],
  ['uvicorn', 'uvicorn'],
  ['hypercorn', 'hypercorn'],
  ['granian', 'granian'],
  ['daphne', 'daphne'],
  ['celery', 'celery'],
  ['rq', 'rq'],
  ['rqworker', 'rq'],
  ['dramatiq', 'dramatiq'],
  ['huey_consumer', 'huey'],
  ['huey_consumer.py', 'huey'],
  ['sidekiq', 'sidekiq'],
  ['postgres', 'postgres'],
  ['redis-server', 'redis'],
  ['rsyslogd', 'rsyslog'],
  ['varnishd', 'varnish'],
  ['caddy', 'caddy'],
  ['traefik', 'traefik'],
  ['node', 'node'],
  ['nodejs', 'node'],
]);

/** What `python -m NAME` is. */
const BY_MODULE: ReadonlyMap<string, ServerName> = new Map([
  ['gunicorn', 'gunicorn'],
  ['gunicorn.app.wsgiapp', 'gunicorn'],
  ['uvicorn', 'uvicorn'],
  ['hypercorn', 'hypercorn'],
  ['granian', 'granian'],
  ['daphne', 'daphne'],
  ['celery', 'celery'],
  ['rq', 'rq'],
  ['rq.cli', 'rq'],
  ['dramatiq', 'dramatiq'],
  ['huey.bin.huey_consumer', 'huey'],
]);

const INTERPRETER = /^(python|pypy|ruby)[\d.]*$/;

/** The server that these words start; undefined for anything else. Wrappers have to be taken off before. */
export function readServerCall(words: readonly string[]): ServerCall | undefined {
  const [first] = words;
  if (first === undefined) return undefined;
  const name = basename(first);
  if (INTERPRETER.test(name)) return readInterpreted(words);
  return named(name, words.slice(1));
}

function named(name: string, args: readonly string[]): ServerCall | undefined {
  const server =
    BY_PROGRAM.get(name) ??
    (/^php-fpm[\d.]+$/.test(name) ? 'php-fpm' : undefined) ??
    (/^gunicorn-[\d.]+$/.test(name) ? 'gunicorn' : undefined) ??
    (/^uwsgi_python[\d.]*$/.test(name) ? 'uwsgi' : undefined);
  return server === undefined ? undefined : refine({ server, args });
}

function readInterpreted(words: readonly string[]): ServerCall | undefined {
  for (let index = 1; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '-m') {
      const server = BY_MODULE.get(words[index + 1] ?? '');
      return server === undefined ? undefined : refine({ server, args: words.slice(index + 2) });
    }
    if (word === '-W' || word === '-X') index += 1;
    else if (!word.startsWith('-')) {
      // manage.py run_huey and the like are the applications' own names.
      if (basename(word) === 'manage.py' && words[index + 1] === 'run_huey') {
        return { server: 'huey', args: words.slice(index + 2) };
      }
      if (basename(word) === 'manage.py' && words[index + 1] === 'rqworker') {
        return { server: 'rq', args: words.slice(index + 2) };
      }
      return named(basename(word), words.slice(index + 1));
    }
  }
  return undefined;
}

/** celery and rq are several programs in one. */
function refine(call: ServerCall): ServerCall | undefined {
  if (call.server === 'celery') {
    if (call.args.includes('beat')) return { ...call, server: 'celery-beat' };
    return call.args.includes('worker') ? call : undefined;
  }
  if (call.server === 'rq' && call.args.length > 0) {
    return call.args.some((word) => word === 'worker' || word === 'worker-pool') ||
      !['info', 'enqueue', 'empty', 'requeue', 'suspend', 'resume', 'cron', 'scheduler'].includes(
        call.args[0] ?? '',
      )
      ? call
      : undefined;
  }
  return call;
}

/** Whether a job would be lost when it is ended before it is done. */
export function isJobRunner(server: ServerName): boolean {
  return JOB_RUNNERS.has(server);
}

const JOB_RUNNERS: ReadonlySet<ServerName> = new Set([
  'celery',
  'rq',
  'dramatiq',
  'huey',
  'sidekiq',
]);

/** The value of an option in its usual spellings: `--name value`, `--name=value`, `-n value`, `-nvalue`. */
export function optionValue(args: readonly string[], names: readonly string[]): string | undefined {
  let found: string | undefined;
  for (const [index, word] of args.entries()) {
    for (const name of names) {
      if (word === name) found = args[index + 1];
      else if (name.startsWith('--') && word.startsWith(`${name}=`))
        found = word.slice(name.length + 1);
      else if (!name.startsWith('--') && word.startsWith(name)) found = word.slice(name.length);
    }
  }
  return found;
}
