import type { Tone } from '../../src/terminal/theme.ts';
import type { Deployment } from './deployment.ts';
import type { Measured, Progress } from './measure-deployment.ts';
import { LONGEST_WAIT_MS } from './promise.ts';
import type { Cell, Row } from './table.ts';
import { formatWait } from './wait-text.ts';

/** The row of a deployment that is under way. */
export function progressRow({ way }: Deployment, progress: Progress): Row {
  return {
    way: { text: way },
    ...countCells(progress),
    serves: { text: progress.now, tone: 'active' },
    exit: { text: '' },
  };
}

/** The row of a deployment that is over. */
export function finalRow(deployment: Deployment, measured: Measured, isNarrow: boolean): Row {
  return {
    way: { text: deployment.way },
    ...countCells(measured),
    serves: servesCell(deployment, measured.serves, isNarrow),
    exit: { text: String(measured.exitCode ?? '-') },
  };
}

function countCells({
  sent,
  failed,
  longestMs,
}: Pick<Progress, 'sent' | 'failed' | 'longestMs'>): Pick<Row, 'sent' | 'failed' | 'longest'> {
  return {
    sent: { text: String(sent) },
    failed: { text: String(failed), tone: toneOf(failed === 0) },
    longest: { text: formatWait(longestMs), tone: toneOf(longestMs < LONGEST_WAIT_MS) },
  };
}

function servesCell(
  { boots, before }: Deployment,
  serves: string | undefined,
  isNarrow: boolean,
): Cell {
  if (serves === undefined) return { text: isNarrow ? 'nothing' : 'nothing: down', tone: 'bad' };
  const isUnchanged = !boots && serves === before;
  return { text: isUnchanged && !isNarrow ? `${serves}, unchanged` : serves, tone: 'good' };
}

function toneOf(isGood: boolean): Tone {
  return isGood ? 'good' : 'bad';
}
