import type { GunicornFacts, ReloadFacts } from './facts.ts';
import type { Refusal } from './refusal.ts';

/** Why nothing can be asked of a server that is not known, or not the expected one. */
export function refuseOther({
  proc: { pid },
  expected,
}: Extract<ReloadFacts['server'], { type: 'other' }>): Refusal {
  if (expected === undefined) return { code: 'type-unknown', pid };
  return expected.reloads === 'by-strategy'
    ? { code: 'no-master', pid }
    : { code: 'type-mismatch', pid, type: expected.type };
}

/** Why no new instance of this gunicorn could come up. */
export function findBootTrap(gunicorn: GunicornFacts): Refusal | undefined {
  if (gunicorn.settings?.ok === false && gunicorn.settings.error.why === 'broken') {
    return { code: 'settings-broken', output: gunicorn.settings.error.output };
  }
  const [taken] = gunicorn.bindTaken;
  return taken === undefined ? undefined : { code: 'bind-taken', address: taken };
}
