import type { DaemonSettings } from '../../config/program.ts';

/** supervisord's log levels, the loudest first. */
export type LogLevel = DaemonSettings['loglevel'];

/** The daemon's own log. */
export interface Logger {
  /** One message; line feeds stay in it. Never throws and never waits. */
  log(level: LogLevel, message: string): void;
}
