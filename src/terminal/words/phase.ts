import type { Phase } from '../../policy/plan.ts';

/** What holds while the steps of a phase are carried out. */
export function phaseWords(phase: Phase): string {
  switch (phase) {
    case 'prove':
      return 'Prove: the old version is not touched; a failure or Ctrl-C takes this back';
    case 'switch':
      return 'Switch: the old version gives way; this is carried through to the end';
    case 'retire':
      return 'Retire: what is no longer needed goes';
    case 'verify':
      return 'Verify: does the result hold?';
  }
}
