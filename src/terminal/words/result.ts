import { EXIT } from '../../base/errors.ts';
import type { FaultName } from '../../rpc/supervisor.ts';
import type { EventOf, Progress } from '../progress.ts';
import { failedRow, numberOf, pidOf } from '../progress.ts';
import { countOf, formatDuration } from '../text/quantities.ts';
import { shown } from '../text/shown.ts';
import { achievedWords, isDone, keepsOldVersion, missedWords } from './action.ts';
import { failureWords } from './failure.ts';
import { nextSteps } from './next-steps.ts';
import { refusalWords } from './refusal.ts';
import { remarkWords } from './remark.ts';
import { isServing, servingWords } from './serving.ts';
import { taskWords } from './step.ts';

/** One line of an explanation: 'serving', 'master 1234 with 4 old workers'. */
export interface Explained {
  readonly label: 'failed' | 'why' | 'seen' | 'killed' | 'serving' | 'next' | '';
  readonly text: string;
}

/** The one line that tells how an action ended: 'usercenter: reloaded (bridge, 4 workers, 6.9 s)'. */
export function resultSentence(result: EventOf<'result'>): string {
  const error = supervisorctlError(result);
  if (error !== undefined) return `${shown(result.target)}: ERROR (${error})`;
  return `${shown(result.target)}: ${outcomeWords(result)}${partsWords(result)}`;
}

/** The same for those who see nothing else, with the reason where there is one. */
export function resultMessage(result: EventOf<'result'>): string {
  const { refusal, failure } = result;
  const sentence = resultSentence(result);
  if (refusal !== undefined) return `${sentence}: ${refusalWords(refusal)}`;
  return failure === undefined ? sentence : `${sentence}: ${failureWords(failure)}`;
}

/** What happened beside the steps and matters for the result; for those who have not been told while it happened. */
export function explainRemarks(progress: Progress): readonly Explained[] {
  const holder = progress.remarks.findLast(({ event }) => event === 'lock-wait');
  return progress.remarks.flatMap((remark): Explained[] => {
    if (remark.event === 'killed') return [{ label: 'killed', text: remarkWords(remark) }];
    if (remark.event === 'beside') return [{ label: 'why', text: remarkWords(remark) }];
    const isHolder = remark === holder && progress.result?.outcome === 'busy';
    return isHolder ? [{ label: 'why', text: remarkWords(remark) }] : [];
  });
}

/** What a person needs beside that line when not all went well: what failed, what was seen, what serves, what to do. */
export function explainResult(progress: Progress): readonly Explained[] {
  const { result } = progress;
  if (result === undefined || result.outcome === 'done') return [];
  const rows: Explained[] = [];
  const failed = failedRow(progress);
  if (failed?.failure !== undefined && result.outcome !== 'done-with-kill') {
    const number = numberOf(progress, failed.step.id);
    const task = taskWords(failed.step, (role) => pidOf(progress, role));
    rows.push({ label: 'failed', text: number === undefined ? task : `step ${number}, ${task}` });
    rows.push({ label: 'seen', text: failureWords(failed.failure) });
  } else if (result.refusal !== undefined) {
    rows.push({ label: 'why', text: refusalWords(result.refusal) });
  } else if (result.failure !== undefined) {
    rows.push({ label: 'failed', text: failureWords(result.failure) });
  }
  if (result.serving !== undefined) {
    rows.push({ label: 'serving', text: servingWords(result.serving) });
  }
  nextSteps(result).forEach((text, index) => {
    rows.push({ label: index === 0 ? 'next' : '', text });
  });
  return rows;
}

/** What supervisorctl says of a start that the supervisor could not do. */
const ERROR_BY_FAULT: Readonly<Partial<Record<FaultName, string>>> = {
  SPAWN_ERROR: 'spawn error',
  ABNORMAL_TERMINATION: 'abnormal termination',
  NO_FILE: 'no such file',
  NOT_EXECUTABLE: 'file is not executable',
};

/** What supervisorctl says of a start or a stop that did nothing or could not be done; scripts look for it. */
function supervisorctlError(result: EventOf<'result'>): string | undefined {
  const { action, already, failure } = result;
  if (already === true) return action === 'start' ? 'already started' : 'not running';
  if (action !== 'start' || failure?.why !== 'supervisor') return undefined;
  return failure.fault === undefined ? undefined : ERROR_BY_FAULT[failure.fault];
}

function outcomeWords(result: EventOf<'result'>): string {
  const missed = missedWords(result.action);
  const oldServes = keepsOldVersion(result.action) && result.exitCode === EXIT.refused;
  switch (result.outcome) {
    case 'done':
      return achievedWords(result.action);
    case 'done-with-kill':
      if (result.killed === 0) {
        return `${achievedWords(result.action)}, but the master died on the way: requests were refused until it was there again`;
      }
      return `${achievedWords(result.action)}, but ${countOf(result.killed, 'process', 'processes')} had to be KILLed`;
    case 'refused':
      if (oldServes) return `${missed}, the old version still serves`;
      return result.refusal === undefined || result.action === 'check'
        ? missed
        : `${missed}, nothing was touched`;
    case 'down':
      return 'DOWN, nothing of it serves';
    case 'degraded':
      return `DEGRADED after a ${result.action} that did not succeed`;
    case 'failed':
      return missed;
    case 'busy':
      return `${missed}, another command is at work on it`;
    case 'interrupted':
      return interruptedWords(result);
  }
}

/** After an interruption what runs tells how far it got. */
function interruptedWords({ action, serving }: EventOf<'result'>): string {
  const missed = missedWords(action);
  if (serving === undefined || !isServing(serving)) return `${missed}, interrupted`;
  const isNew = serving.new.total > 0 && keepsOldVersion(action);
  if (!isNew) return `${missed}, interrupted; it serves as before`;
  return serving.old.total === 0
    ? `${achievedWords(action)}, but interrupted before the result was verified`
    : 'interrupted half way, with old and new workers serving';
}

function partsWords(result: EventOf<'result'>): string {
  // A refusal before the first step has no strategy yet, and took no time worth telling.
  if (result.refusal !== undefined || result.outcome === 'busy') return '';
  const parts: string[] = [];
  if (result.strategy !== undefined) parts.push(result.strategy);
  const workers = isDone(result.outcome) ? workersOf(result) : 0;
  if (workers > 0) parts.push(countOf(workers, 'worker'));
  parts.push(formatDuration(result.elapsedMs));
  return ` (${parts.join(', ')})`;
}

function workersOf(result: EventOf<'result'>): number {
  if (result.serving === undefined) return 0;
  if (result.action === 'scale') return result.serving.new.total + result.serving.old.total;
  return result.serving.new.total > 0 ? result.serving.new.total : result.serving.old.total;
}
