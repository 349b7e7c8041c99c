import type { Plan } from '../../policy/plan.ts';
import { countOf } from '../text/quantities.ts';
import { shown } from '../text/shown.ts';
import { actionWords } from './action.ts';

/** What is about to be done: 'reload usercenter'. */
export function headline(plan: Plan): string {
  return `${actionWords(plan.action)} ${shown(plan.target.label, 80)}`;
}

/** How, and on what: 'bridge, gunicorn 26.1.0, master 1234, 4 workers'. */
export function subjectWords(plan: Plan): string {
  const parts: string[] = [];
  if (plan.strategy !== undefined) parts.push(plan.strategy);
  const type = plan.serverType === 'unknown' ? '' : shown(plan.serverType, 40);
  if (type !== '') parts.push([type, shown(plan.version ?? '', 20)].join(' ').trim());
  const main =
    plan.procs.find(({ role }) => role === 'master') ??
    plan.procs.find(({ role }) => role === 'supervised');
  if (main !== undefined) parts.push(`${main.role === 'master' ? 'master' : 'pid'} ${main.pid}`);
  if (plan.workersAfter !== undefined) parts.push(countOf(plan.workersAfter, 'worker'));
  return parts.join(', ');
}
