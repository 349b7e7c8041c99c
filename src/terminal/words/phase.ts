import type { Phase } from '../../policy/plan.ts';

const PHASE: Readonly<Record<Phase, string>> = {
  prove: 'Prove: the old version is not touched; a failure or Ctrl-C takes this back',
  switch: 'Switch: the old version gives way; this is carried through to the end',
  retire: 'Retire: what is no longer needed goes',
  verify: 'Verify: does the result hold?',
};

/** What holds while the steps of a phase are carried out. */
export const phaseWords = (phase: Phase): string => PHASE[phase];
