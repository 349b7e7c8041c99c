import { closestMatch } from 'leven';

/** Longer names are no typing errors, and each is compared with many. */
const LONGEST = 100;

/** The one of `known` that is most like `name`; `known` must not be empty. */
export function nearest(name: string, known: readonly string[]): string {
  const folded = known.find((each) => each.toLowerCase() === name.toLowerCase());
  if (folded !== undefined) return folded;
  const comparable = known.filter((each) => each.length <= LONGEST);
  return closestMatch(name.slice(0, LONGEST), comparable) ?? known[0] ?? '';
}

/** As {@link nearest}, but undefined when more than a third of the name would have to change. */
export function nearMiss(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST) return undefined;
  const maxDistance = Math.max(1, Math.floor(name.length / 3));
  const folded = known.find((each) => each.toLowerCase() === name.toLowerCase());
  const comparable = known.filter((each) => each.length <= LONGEST);
  return folded ?? closestMatch(name, comparable, { maxDistance });
}
