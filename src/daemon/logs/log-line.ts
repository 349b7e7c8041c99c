import { redactText } from '../../base/secrets/redact-text.ts';
import type { LogLevel } from './logger.ts';

/** The levels, the loudest first, with their names in the log (supervisor/loggers.py, LevelsByName). */
const NAMES: Readonly<Record<LogLevel, string>> = {
  critical: 'CRIT',
  error: 'ERRO',
  warn: 'WARN',
  info: 'INFO',
  debug: 'DEBG',
  trace: 'TRAC',
  blather: 'BLAT',
};

const ORDER = Object.keys(NAMES);

/** Whether a message of `level` is logged where `threshold` is the quietest level that is. */
export function isLogged(level: LogLevel, threshold: LogLevel): boolean {
  return ORDER.indexOf(level) <= ORDER.indexOf(threshold);
}

/** 'YYYY-MM-DD HH:MM:SS,mmm LEVL message' in local time, as supervisord writes it, without the line feed and without secrets. */
export function formatLogLine(epochMs: number, level: LogLevel, message: string): string {
  const time = new Date(epochMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  const millis = String(time.getMilliseconds()).padStart(3, '0');
  return `${date} ${clock},${millis} ${NAMES[level]} ${redactText(message)}`;
}
