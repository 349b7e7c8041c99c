/** Runs one piece of work after the other, in the order of the calls; a failure is that of its own caller only. */
export type InTurn = <T>(work: () => T | Promise<T>) => Promise<T>;

/** A queue of its own. */
export function createInTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined); // Its caller has it.
    return result;
  };
}
