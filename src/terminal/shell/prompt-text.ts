import type { ProcessState, RpcFailure } from '../../rpc/supervisor.ts';
import { displayWidth } from '../text/width.ts';
import type { Theme, Tone } from '../theme.ts';

/** What the shell knows of the supervisor. */
export type Known =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'programs'; readonly states: readonly ProcessState[] }
  | { readonly kind: 'lost'; readonly why: RpcFailure['kind'] };

/** The states in the order of the prompt, what they are called there, and what they are shown in. */
const STATES: ReadonlyArray<readonly [ProcessState, string, Tone]> = [
  ['RUNNING', 'up', 'faint'],
  ['STARTING', 'starting', 'warn'],
  ['STOPPING', 'stopping', 'warn'],
  ['STOPPED', 'stopped', 'faint'],
  ['EXITED', 'exited', 'faint'],
  ['BACKOFF', 'BACKOFF', 'bad'],
  ['FATAL', 'FATAL', 'bad'],
  ['UNKNOWN', 'UNKNOWN', 'bad'],
];

const LOST: Partial<Readonly<Record<RpcFailure['kind'], string>>> = {
  unauthorized: 'no password',
  denied: 'no permission',
  timeout: 'no answer',
};

/** 'supervisor (7 up, 1 FATAL)> '. What would take more than half of the terminal is shortened to what is wrong, or left out. */
export function renderPrompt(name: string, known: Known, theme: Theme, width: number): string {
  const parts = partsOf(known);
  const bad = parts.filter(([, tone]) => tone === 'bad');
  const fitting = [parts, bad].find((each) => each.length > 0 && fits(name, each, width));
  if (fitting === undefined) return `${name}> `;
  const painted = fitting.map(([text, tone]) => theme.paint(tone, text));
  const separator = theme.paint('faint', ', ');
  return `${name} ${theme.paint('faint', '(')}${painted.join(separator)}${theme.paint('faint', ')')}> `;
}

type Part = readonly [text: string, tone: Tone];

function partsOf(known: Known): readonly Part[] {
  switch (known.kind) {
    case 'nothing':
      return [];
    case 'lost':
      return [[LOST[known.why] ?? 'not connected', 'bad']];
    case 'programs':
      return STATES.map(([state, word, tone]): Part => {
        const count = known.states.filter((each) => each === state).length;
        return [count === 0 ? '' : `${count} ${word}`, tone];
      }).filter(([text]) => text !== '');
  }
}

function fits(name: string, parts: readonly Part[], width: number): boolean {
  const text = `${name} (${parts.map(([part]) => part).join(', ')})> `;
  return displayWidth(text) <= width / 2;
}
