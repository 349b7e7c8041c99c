import type { Strategy } from '../config/settings/setting-values.ts';
import type { SignalName } from '../os/signals.ts';

/** Why this strategy: one is the reason, the others are what a reader should know. */
export type PlanNote =
  | { readonly code: 'strategy-asked'; readonly strategy: Strategy }
  | { readonly code: 'bridge-is-default' }
  | { readonly code: 'overlap-is-default' }
  | {
      readonly code: 'memory-for-some';
      readonly availableBytes: number;
      readonly neededBytes: number;
      readonly surge: number;
    }
  | { readonly code: 'supervisor-signals-only'; readonly user: string }
  | { readonly code: 'readiness-by-time'; readonly seconds: number }
  | { readonly code: 'settings-unknown'; readonly why: string }
  | { readonly code: 'config-changed'; readonly path: string; readonly applied: boolean }
  | { readonly code: 'workers-change'; readonly from: number; readonly to: number }
  | { readonly code: 'workers-raised'; readonly configured: number; readonly running: number }
  | { readonly code: 'workers-raised-lost'; readonly configured: number; readonly running: number }
  | { readonly code: 'server-hooks-run-twice'; readonly hooks: readonly string[] }
  /** A worker of this gunicorn loses connections that it has accepted, or that wait for it, when it ends, whoever ends it. */
  | {
      readonly code: 'workers-drop-connections';
      readonly version: string;
      readonly why: 'gthread' | 'reuse-port';
    }
  | {
      readonly code: 'stopwaitsecs-too-short';
      readonly stopwaitsecs: number;
      readonly gracefulTimeout: number;
    }
  | { readonly code: 'downtime'; readonly why: 'asked' | 'allowed' | 'no-reload' }
  | { readonly code: 'stall'; readonly why: 'hup' | 'sockets-held' | 'server-type' }
  | { readonly code: 'leftover-successor'; readonly pid: number }
  | { readonly code: 'leftover-bridge'; readonly pid: number }
  | { readonly code: 'interrupted-before'; readonly strategy: Strategy; readonly workers: number }
  | { readonly code: 'memory-unknown' }
  /** A server of a known type: what was recognised, and in which way it runs. */
  | {
      readonly code: 'server-recognised';
      readonly title: string;
      readonly variants: readonly string[];
    }
  /** What this type's reload reads is its configuration only. */
  | { readonly code: 'configuration-only'; readonly title: string }
  /** The new version cannot be tried aside. */
  | { readonly code: 'unchecked'; readonly title: string }
  /** The supervisor's stop signal is not this type's graceful stop. */
  | {
      readonly code: 'stop-not-graceful';
      readonly title: string;
      readonly stopsignal: SignalName;
      readonly means: 'fast' | 'no-stop' | 'unknown';
      /** What would be graceful; undefined: no signal is. */
      readonly graceful: SignalName | undefined;
    }
  /** Jobs that run are waited for. */
  | { readonly code: 'jobs-finish'; readonly title: string; readonly seconds: number }
  /** The log files that are open now. */
  | { readonly code: 'logs-open'; readonly paths: readonly string[] }
  /** Which files the server has open may not be seen: that it was told is all that will be known. */
  | { readonly code: 'logs-unseen' }
  /** The next start goes back to the number of workers that the configuration gives. */
  | { readonly code: 'scale-not-kept'; readonly configured: number | undefined }
  | { readonly code: 'type-unknown' }
  /** As the refusal of that name: so new workers come first and the old ones go after. */
  | { readonly code: 'relative-config'; readonly path: string; readonly directory: string }
  /** gunicorn's files are newer than what runs of it. */
  | { readonly code: 'server-changed'; readonly version: string };
