import type { WorkerCount } from '../../reload/events.ts';
import type { Progress } from '../progress.ts';
import type { Theme, Tone } from '../theme.ts';
import { jobsWords } from '../words/serving.ts';
import { layRow, type Span } from './row.ts';

/** The most cells of a bar: with more workers one cell stands for several. */
const MAX_CELLS = 24;

interface Bar {
  readonly label: string;
  readonly tone: Tone | undefined;
  /** What the whole bar stands for. */
  readonly of: number;
  readonly full: number;
  readonly words: string;
}

/** Who serves at the moment, a bar for each kind of worker. Nothing where no workers can be seen. */
export function renderWorkerBars(progress: Progress, theme: Theme, width: number): string[] {
  const jobs = progress.serving?.jobs;
  const bars = barsOf(progress);
  const longest = Math.max(0, ...bars.map(({ of }) => Math.min(of, MAX_CELLS)));
  return [
    ...bars.map((bar) => layRow(theme, width, spansOf(bar, longest, theme))),
    ...(jobs === undefined
      ? []
      : [layRow(theme, width, [{ text: '  jobs    ', tone: 'faint' }, { text: jobsWords(jobs) }])]),
  ];
}

function barsOf(progress: Progress): Bar[] {
  const { serving, most, expected } = progress;
  if (serving === undefined) return [];
  const bars: Bar[] = [];
  if (most.old > 0) {
    bars.push({
      label: 'old',
      tone: undefined,
      of: most.old,
      full: serving.old.total,
      words: serving.old.total === 0 ? 'gone' : `${serving.old.total} of ${most.old}`,
    });
  }
  if (progress.plan?.action !== 'stop') {
    // The workers of a successor are the new ones from the moment at which it takes its place.
    const fresh = serving.successor ?? serving.new;
    const of = Math.max(expected ?? 0, fresh.total);
    if (of > 0) bars.push({ label: 'new', tone: 'good', of, ...readiness(fresh, of) });
  }
  if (serving.bridge !== undefined) {
    const of = Math.max(expected ?? 0, serving.bridge.total);
    const { full, words } = readiness(serving.bridge, of);
    const pid = `, pid ${serving.bridge.pid}`;
    bars.push({ label: 'bridge', tone: 'active', of, full, words: words + pid });
  } else if (most.bridge > 0) {
    bars.push({ label: 'bridge', tone: 'active', of: most.bridge, full: 0, words: 'gone' });
  }
  return bars;
}

function readiness(
  count: WorkerCount,
  of: number,
): { readonly full: number; readonly words: string } {
  if (count.ready === undefined) {
    return { full: count.total, words: `${count.total} of ${of}, readiness not visible` };
  }
  return { full: count.ready, words: `${count.ready} of ${of} ready` };
}

function spansOf(bar: Bar, longest: number, theme: Theme): Span[] {
  const cells = Math.min(bar.of, MAX_CELLS);
  const full = scale(bar.full, bar.of, cells);
  return [
    { text: `  ${bar.label.padEnd(8)}`, tone: 'faint' },
    { text: theme.symbols.barFull.repeat(full), tone: bar.tone },
    { text: theme.symbols.barEmpty.repeat(cells - full), tone: 'faint' },
    { text: ' '.repeat(longest - cells + 2) },
    { text: bar.words },
  ];
}

/** Neither "all" nor "none" is shown before it is true. */
function scale(part: number, whole: number, cells: number): number {
  if (part <= 0 || whole <= 0) return 0;
  if (part >= whole) return cells;
  return Math.min(cells - 1, Math.max(1, Math.floor((part / whole) * cells)));
}
