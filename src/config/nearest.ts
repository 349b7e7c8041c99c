import { closestMatch } from 'leven';

/** The one of `known` that is most like `name`; `known` must not be empty. */
export function nearest(name: string, known: readonly string[]): string {
  const folded = known.find((each) => each.toLowerCase() === name.toLowerCase());
  return folded ?? closestMatch(name, known) ?? known[0] ?? '';
}

/** As {@link nearest}, but undefined when even that one is too different to be what was meant: more than a third changed. */
export function nearMiss(name: string, known: readonly string[]): string | undefined {
  const maxDistance = Math.max(1, Math.floor(name.length / 3));
  const folded = known.find((each) => each.toLowerCase() === name.toLowerCase());
  return folded ?? closestMatch(name, known, { maxDistance });
}
