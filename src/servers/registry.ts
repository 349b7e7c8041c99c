import { gunicorn } from './gunicorn/gunicorn.ts';
import type { ServerType } from './server-type.ts';
import { apache } from './types/apache.ts';
import { caddy } from './types/caddy.ts';
import { celery, celeryBeat } from './types/celery.ts';
import { daphne } from './types/daphne.ts';
import { dramatiq } from './types/dramatiq.ts';
import { envoy } from './types/envoy.ts';
import { granian } from './types/granian.ts';
import { haproxy } from './types/haproxy.ts';
import { huey } from './types/huey.ts';
import { hypercorn } from './types/hypercorn.ts';
import { java } from './types/java.ts';
import { nginx } from './types/nginx.ts';
import { node } from './types/node.ts';
import { passenger } from './types/passenger.ts';
import { phpFpm } from './types/php-fpm.ts';
import { pm2 } from './types/pm2.ts';
import { postgres } from './types/postgres.ts';
import { puma } from './types/puma.ts';
import { redis } from './types/redis.ts';
import { rq } from './types/rq.ts';
import { rsyslog } from './types/rsyslog.ts';
import { sidekiq } from './types/sidekiq.ts';
import { traefik } from './types/traefik.ts';
import { unicorn } from './types/unicorn.ts';
import { uvicorn } from './types/uvicorn.ts';
import { uwsgi } from './types/uwsgi.ts';
import { varnish } from './types/varnish.ts';

/** Every type of server in the order of their names: one file each in types/, gunicorn a folder. */
export const SERVER_TYPES: readonly ServerType[] = [
  apache,
  caddy,
  celery,
  celeryBeat,
  daphne,
  dramatiq,
  envoy,
  granian,
  gunicorn,
  haproxy,
  huey,
  hypercorn,
  java,
  nginx,
  node,
  passenger,
  phpFpm,
  pm2,
  postgres,
  puma,
  redis,
  rq,
  rsyslog,
  sidekiq,
  traefik,
  unicorn,
  uvicorn,
  uwsgi,
  varnish,
];
