import type { WatchKey } from '../../../../src/terminal/watch/keypress.ts';
import { renderWatch } from '../../../../src/terminal/watch/render-watch.ts';
import type { ScreenRow } from '../../../../src/terminal/watch/screen-row.ts';
import { updateWatch, type WatchEvent } from '../../../../src/terminal/watch/update-watch.ts';
import type { WatchRequest } from '../../../../src/terminal/watch/watch-step.ts';
import {
  openingState,
  type WatchedProgram,
  type WatchState,
} from '../../../../src/terminal/watch/watch-state.ts';
import { createTheme, type Theme } from '../../../../src/terminal/theme.ts';
import { PLAIN } from '../recorder.ts';

const MIB = 2 ** 20;

/** A program with what differs from a RUNNING gunicorn. */
export function program(name: string, changes: Partial<WatchedProgram> = {}): WatchedProgram {
  return {
    key: `${name}:${name}`,
    name,
    state: 'RUNNING',
    description: 'pid 4711, uptime 3:12:09',
    pid: 4711,
    type: 'gunicorn',
    version: '27.0.1',
    workers: { ready: 4, total: 4 },
    memoryBytes: 102 * MIB,
    cpuPercent: 3.2,
    uptimeMs: 11_529_000,
    reloaded: { agoMs: 10_800_000, outcome: 'done' },
    ...changes,
  };
}

/** What a process that does not run lacks. */
const NOTHING = {
  pid: undefined,
  type: undefined,
  version: undefined,
  workers: undefined,
  memoryBytes: undefined,
  cpuPercent: undefined,
  uptimeMs: undefined,
  reloaded: undefined,
} as const;

/** Five programs of several kinds. */
export const PROGRAMS: readonly WatchedProgram[] = [
  program('broken', { ...NOTHING, state: 'FATAL', description: "can't find command '/bin/nope'" }),
  program('cache', { ...NOTHING, state: 'RUNNING', pid: 77, memoryBytes: 9 * MIB, cpuPercent: 0 }),
  program('usercenter'),
  program('web:api', {
    workers: { ready: 2, total: 4 },
    cpuPercent: 240,
    memoryBytes: 1300 * MIB,
    uptimeMs: 5000,
    reloaded: { agoMs: 4000, outcome: 'refused' },
  }),
  program('idle', { ...NOTHING, state: 'STOPPED', description: 'Not started' }),
];

/** The view as a test drives it: events in, a screen out. The clock is the test's. */
export class View {
  state: WatchState;
  nowMs = 0;
  requests: readonly WatchRequest[] = [];

  constructor(columns = 80, rows = 24) {
    this.state = openingState('unix:///run/supervisor.sock', { columns, rows }, 0);
  }

  send(...events: readonly WatchEvent[]): this {
    for (const event of events) {
      const step = updateWatch(this.state, event, this.nowMs);
      this.state = step.state;
      this.requests = step.requests;
    }
    return this;
  }

  /** Keys by name, or else character by character. */
  press(...keys: readonly string[]): this {
    for (const key of keys) {
      const isName = key.length > 1;
      this.send({
        is: 'key',
        key: (isName ? { key } : { key: 'character', text: key }) as WatchKey,
      });
    }
    return this;
  }

  sample(programs = PROGRAMS, isOtherSupervisor = false): this {
    return this.send({ is: 'sampled', programs, clock: '07:31:05', isOtherSupervisor });
  }

  /** The rows of the screen. */
  screen(theme: Theme = PLAIN): string[] {
    return renderWatch(this.state, theme).map(textOf);
  }

  /** The screen as a snapshot. */
  get shown(): string {
    return `\n${this.screen()
      .map((row) => row.trimEnd())
      .join('\n')}\n`;
  }

  get footer(): string {
    return this.screen().at(-1) ?? '';
  }
}

/** A row without its look. */
function textOf(row: ScreenRow): string {
  return typeof row === 'string' ? row : row.map(({ text }) => text).join('');
}

/** Neither colours nor anything beyond ASCII. */
export const ASCII: Theme = createTheme({ color: false, unicode: false });
