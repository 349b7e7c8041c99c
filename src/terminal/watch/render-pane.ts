import { stripVTControlCharacters } from 'node:util';
import { renderFrame, renderTranscript, type FrameView } from '../live/frame.ts';
import { renderOutput } from '../output-block.ts';
import { renderExplanation, renderRefusalOutput, renderSentence } from '../result-report.ts';
import { formatAge } from '../text/quantities.ts';
import { shown } from '../text/shown.ts';
import { displayWidth } from '../text/width.ts';
import type { Theme } from '../theme.ts';
import { chosenProgram } from './listed-programs.ts';
import { logLines } from './log-lines.ts';
import { fitRow, widthOf, type ScreenRow } from './screen-row.ts';
import type { ShownLog, WatchedProgram, WatchState, WatchTask } from './watch-state.ts';

/** The spinner turns this often. */
const TICK_MS = 200;

/** The lower part: the action under way or its report, else the log of the chosen program. Exactly `rows` rows, a title first. */
export function renderPane(state: WatchState, theme: Theme, rows: number): readonly ScreenRow[] {
  if (rows === 0) return [];
  const { task } = state;
  const [title, body] =
    task === undefined
      ? [titleOfLog(state), renderLog(state, theme, rows - 1)]
      : [titleOfTask(task), renderTask(state, task, theme, rows - 1)];
  const filled = [...body.slice(0, rows - 1), ...Array<ScreenRow>(rows).fill('')];
  const fitted = filled.slice(0, rows - 1).map((row) => fitPainted(row, state, theme));
  return [renderTitle(title, state, theme), ...fitted];
}

/** An explanation keeps commands and paths whole, so that they can be copied: here they must not leave the screen. */
function fitPainted(row: ScreenRow, { columns }: WatchState, theme: Theme): ScreenRow {
  if (typeof row !== 'string') return row;
  const text = stripVTControlCharacters(row);
  return displayWidth(text) <= columns ? row : fitRow(theme, columns, [{ text }]);
}

interface Title {
  readonly name: string;
  readonly rest: string;
}

function renderTitle({ name, rest }: Title, state: WatchState, theme: Theme): ScreenRow {
  const line = theme.plain('─') === '─' ? '─' : '-';
  const left = fitRow(theme, state.columns, [
    { text: `${line}${line} `, tone: 'faint' },
    { text: name, tone: 'strong' },
    { text: rest === '' ? ' ' : `  ${rest} `, tone: 'faint' },
  ]);
  const spare = Math.max(0, state.columns - widthOf(left));
  return [...left, { text: line.repeat(spare), tone: 'faint' }];
}

function titleOfTask(task: WatchTask): Title {
  const rest = task.state.is === 'running' ? '' : 'Esc closes this report';
  return { name: `${task.action} ${shown(task.name, 60)}`, rest };
}

function titleOfLog(state: WatchState): Title {
  const program = chosenProgram(state);
  if (program === undefined) return { name: 'no program', rest: '' };
  const log = logOf(state, program);
  const channel = log !== undefined && 'channel' in log ? log.channel : undefined;
  const facts = [
    program.pid === undefined ? program.description : undefined,
    [program.type, program.version].filter((word) => word !== undefined).join(' '),
    program.pid === undefined ? undefined : `pid ${program.pid}`,
    program.reloaded === undefined
      ? undefined
      : `reloaded ${formatAge(program.reloaded.agoMs)}, ${program.reloaded.outcome}`,
    channel,
  ].filter((fact) => fact !== undefined && fact !== '');
  return { name: shown(program.name, 60), rest: shown(facts.join(', '), 200) };
}

/** The log that is known, if it is still that of this program. */
function logOf(state: WatchState, program: WatchedProgram): ShownLog | undefined {
  return state.log?.key === program.key ? state.log : undefined;
}

function renderLog(state: WatchState, theme: Theme, rows: number): readonly ScreenRow[] {
  const program = chosenProgram(state);
  const log = program === undefined ? undefined : logOf(state, program);
  if (log === undefined) return [];
  if ('problem' in log) {
    return [fitRow(theme, state.columns, [{ text: shown(log.problem), tone: 'faint' }])];
  }
  if (log.text === '') {
    return [fitRow(theme, state.columns, [{ text: 'The log is empty.', tone: 'faint' }])];
  }
  return logLines(log.text, log.isCut, rows).map((text) =>
    fitRow(theme, state.columns, [{ text }]),
  );
}

function renderTask(
  state: WatchState,
  task: WatchTask,
  theme: Theme,
  rows: number,
): readonly ScreenRow[] {
  const { progress } = task;
  const view: FrameView = {
    theme,
    width: state.columns,
    rows,
    nowMs: state.nowMs + task.offsetMs,
    tick: Math.floor((state.nowMs - task.startedAtMs) / TICK_MS),
    target: task.name,
  };
  switch (task.state.is) {
    case 'running':
      return renderFrame(progress, view);
    case 'failed':
      return task.state.lines.map((text) =>
        fitRow(theme, state.columns, [{ text: shown(text), tone: 'bad' }]),
      );
    case 'ended':
      return renderReport(task, view, rows);
  }
}

/** How it ended and why, then the end of what was said, then, where there is room, the steps. */
function renderReport(
  { progress }: WatchTask,
  view: FrameView,
  rows: number,
): readonly ScreenRow[] {
  const { theme, width } = view;
  const { result } = progress;
  const told = [
    ...(result === undefined ? [] : [renderSentence(result, theme)]),
    ...renderExplanation(progress, theme, width),
  ];
  const blocks = [
    ...progress.outputs.map((output) => renderOutput(output, theme)),
    renderRefusalOutput(progress, theme),
  ].flat();
  // The last lines of a traceback say what it was.
  const said = blocks.slice(-Math.max(0, rows - told.length));
  const steps = renderTranscript(progress, view);
  const hasRoom = told.length + said.length + steps.length + 1 <= rows;
  return [
    ...told,
    ...said.map((line) => fitRow(theme, width, [{ text: line }])),
    ...(hasRoom ? ['', ...steps] : []),
  ];
}
