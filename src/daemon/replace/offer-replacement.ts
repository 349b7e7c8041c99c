import type { ReplacementOutcome, ReplacementRequest } from './handover.ts';
import { listenForReplacement } from './control-socket.ts';
import { replaceBy, type Replaceable, type Successor } from './replace-by.ts';

/** A daemon's readiness to be replaced. */
export interface ReplacementOffer {
  /** Resolves when another daemon has taken over and whoever asked for it has been told. */
  readonly replaced: Promise<Successor>;
  readonly close: () => void;
}

/** Listens in the runtime directory for requests to be replaced, and carries them out, one at a time. */
export async function offerReplacement(
  directory: string,
  parts: Replaceable,
): Promise<ReplacementOffer> {
  let resolveReplaced: (successor: Successor) => void = () => undefined;
  const replaced = new Promise<Successor>((resolve) => {
    resolveReplaced = resolve;
  });
  let isBusy = false;
  const answer = async (
    request: ReplacementRequest,
    tell: (outcome: ReplacementOutcome) => Promise<void>,
  ): Promise<void> => {
    if (isBusy) {
      await tell({ ok: false, reason: 'another replacement is under way' });
      return;
    }
    isBusy = true;
    const done = await replaceBy(parts, request);
    if (!done.ok) {
      isBusy = false;
      await tell({ ok: false, reason: done.error });
      return;
    }
    const { newcomer, version } = done.value;
    await tell({ ok: true, pid: newcomer.pid, oldPid: parts.daemon.pid, version });
    resolveReplaced(done.value);
  };
  return { replaced, close: await listenForReplacement(directory, answer) };
}
