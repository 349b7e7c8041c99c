import type { Phase, Plan, PlannedProc, Role, Step, StepId } from '../policy/plan.ts';
import { displayWidth, padEnd, padStart } from './text/width.ts';
import { wrapHanging } from './text/wrap.ts';
import type { Theme, Tone } from './theme.ts';
import { clientsWords } from './words/action.ts';
import { headline, subjectWords } from './words/headline.ts';
import { noteWeight, noteWords } from './words/note.ts';
import { phaseWords } from './words/phase.ts';
import { rolePlural, roleWords } from './words/role.ts';
import { stepDetails } from './words/step.ts';
import { taskWords, type PidOf } from './words/step.ts';

const ROLES: readonly Role[] = [
  'supervised',
  'master',
  'bridge',
  'successor',
  'old-instance',
  'old-workers',
  'new-workers',
  'leftovers',
];
const DETAIL_LABEL_WIDTH = 'limit'.length + 2;

/** A plan for people, every signal and limit in it; lines of at most `width` columns except for paths and commands. */
export function renderPlan(plan: Plan, theme: Theme, width: number): string[] {
  return new PlanPrinter(plan, theme, width).print();
}

class PlanPrinter {
  readonly #plan: Plan;
  readonly #theme: Theme;
  readonly #width: number;
  readonly #lines: string[] = [];

  constructor(plan: Plan, theme: Theme, width: number) {
    this.#plan = plan;
    this.#theme = theme;
    this.#width = width;
  }

  print(): string[] {
    this.#title();
    this.#why();
    this.#clients();
    this.#procs();
    this.#steps();
    this.#undo();
    this.#onFailure();
    return this.#lines;
  }

  #title(): void {
    const title = this.#theme.plain(headline(this.#plan));
    const subject = this.#theme.plain(subjectWords(this.#plan));
    const painted = this.#theme.paint('strong', title);
    if (displayWidth(`${title}  ${subject}`) <= this.#width) {
      this.#lines.push(`${painted}  ${this.#theme.paint('faint', subject)}`.trimEnd());
    } else {
      this.#lines.push(painted);
      this.#item('  ', subject, 'faint');
    }
  }

  #why(): void {
    if (this.#plan.notes.length === 0) return;
    this.#heading('Why and what to know');
    for (const note of this.#plan.notes) {
      const warn = noteWeight(note) === 'warn';
      this.#item(warn ? '  ! ' : '  - ', noteWords(note), warn ? 'warn' : undefined);
    }
  }

  #clients(): void {
    const words = clientsWords(this.#plan);
    if (words === undefined) return;
    this.#heading('What clients notice');
    this.#item('  ', words);
  }

  #procs(): void {
    const rows = processRows(this.#plan.procs);
    if (rows.length === 0) return;
    this.#heading('Processes');
    const labelWidth = Math.max(...rows.map(({ label }) => label.length)) + 2;
    for (const { label, text } of rows) this.#item(`  ${padEnd(label, labelWidth)}`, text);
  }

  #steps(): void {
    this.#heading('Steps');
    if (this.#plan.steps.length === 0) this.#item('  ', 'none: there is nothing to do');
    const numberWidth = String(this.#plan.steps.length).length;
    let phase: Phase | undefined;
    this.#plan.steps.forEach((step, index) => {
      if (step.phase !== phase) this.#item('  ', phaseWords(step.phase));
      phase = step.phase;
      this.#step(`  ${padStart(String(index + 1), numberWidth)}  `, step);
    });
  }

  #undo(): void {
    if (this.#plan.undo.length === 0) return;
    this.#heading('If a step of the phase "prove" fails');
    // The exit code is that of the failure that led here.
    for (const step of this.#plan.undo) this.#step('  - ', step, / \(exit \d+\)$/u);
  }

  #onFailure(): void {
    if (this.#plan.onFailure.length === 0) return;
    this.#heading('If it does not come to its end as planned');
    for (const step of this.#plan.onFailure) this.#step('  - ', step);
  }

  #step(mark: string, step: Step, leaveOut = /$^/u): void {
    this.#item(mark, taskWords(step, this.#pidOf));
    const indent = ' '.repeat(mark.length);
    for (const { label, text } of stepDetails(step, this.#numberOf)) {
      const first = `${indent}${padEnd(label, DETAIL_LABEL_WIDTH)}`;
      this.#item(first, text.replace(leaveOut, ''), 'faint');
    }
  }

  #heading(text: string): void {
    this.#lines.push('', this.#theme.paint('strong', text));
  }

  #item(first: string, text: string, tone?: Tone): void {
    for (const line of wrapHanging(first, this.#theme.plain(text), this.#width)) {
      this.#lines.push(tone === undefined ? line : this.#theme.paint(tone, line));
    }
  }

  readonly #pidOf: PidOf = (role) => this.#plan.procs.find((proc) => proc.role === role)?.pid;

  readonly #numberOf = (id: StepId): number | undefined => {
    const index = this.#plan.steps.findIndex((step) => step.id === id);
    return index === -1 ? undefined : index + 1;
  };
}

function processRows(
  procs: readonly PlannedProc[],
): ReadonlyArray<{ readonly label: string; readonly text: string }> {
  const pidsOf = (role: Role): number[] =>
    procs.filter((proc) => proc.role === role).map(({ pid }) => pid);
  const supervised = pidsOf('supervised');
  return ROLES.flatMap((role) => {
    const pids = pidsOf(role);
    if (pids.length === 0) return [];
    const isMaster = pids.every((pid) => pidsOf('master').includes(pid));
    if (role === 'supervised' && isMaster) return [];
    const note =
      role === 'master' && pids.every((pid) => supervised.includes(pid))
        ? ', started by the supervisor'
        : '';
    const label = pids.length > 1 ? rolePlural(role) : roleWords(role);
    return [{ label, text: pids.join(' ') + note }];
  });
}
