import type { ProcessState } from '../../rpc/supervisor.ts';

/** What the last column of `status` is made of. Times in whole seconds since the epoch. */
export interface DescribedProcess {
  readonly name: string;
  readonly state: ProcessState;
  readonly pid: number;
  readonly startEpochS: number;
  readonly stopEpochS: number;
  readonly nowEpochS: number;
  readonly spawnError: string;
}

/** The last column of `status` (supervisor/rpcinterface.py, _interpretProcessInfo). */
export function describeProcess(process: DescribedProcess): string {
  switch (process.state) {
    case 'RUNNING':
      return `pid ${process.pid}, uptime ${formatUptime(process.nowEpochS - process.startEpochS)}`;
    case 'FATAL':
    case 'BACKOFF':
      return process.spawnError === ''
        ? `unknown error (try "tail ${process.name}")`
        : process.spawnError;
    case 'STOPPED':
    case 'EXITED':
      return process.startEpochS === 0 ? 'Not started' : formatMoment(process.stopEpochS);
    case 'STARTING':
    case 'STOPPING':
    case 'UNKNOWN':
      return '';
  }
}

/** Python's str(timedelta): '0:00:03', '1 day, 0:00:00', '2 days, 1:01:01'. A clock that was set back counts as no time at all. */
function formatUptime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor(whole / 3600) % 24;
  const time = [hours, twoDigits(Math.floor(whole / 60) % 60), twoDigits(whole % 60)].join(':');
  if (days === 0) return time;
  return `${days} ${days === 1 ? 'day' : 'days'}, ${time}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** strftime's '%b %d %I:%M %p' in the C locale and local time. */
function formatMoment(epochS: number): string {
  const date = new Date(epochS * 1000);
  const hours = date.getHours();
  const time = `${twoDigits(hours % 12 === 0 ? 12 : hours % 12)}:${twoDigits(date.getMinutes())}`;
  const month = MONTHS[date.getMonth()] ?? '';
  return `${month} ${twoDigits(date.getDate())} ${time} ${hours < 12 ? 'AM' : 'PM'}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
