/** What a process name on the wire means: one process, or a whole group. */
interface NameSpec {
  readonly group: string;
  /** undefined: every process of the group. */
  readonly process: string | undefined;
}

/** Reads 'name', 'group:name', 'group:*' or 'group:' (supervisor/options.py, split_namespec). */
export function parseNameSpec(text: string): NameSpec {
  const colon = text.indexOf(':');
  if (colon === -1) return { group: text, process: text };
  const process = text.slice(colon + 1);
  return {
    group: text.slice(0, colon),
    process: process === '' || process === '*' ? undefined : process,
  };
}

/** The name of a process as supervisord writes it: 'name' where the group is called the same, else 'group:name'. */
export function formatNameSpec({
  group,
  name,
}: {
  readonly group: string;
  readonly name: string;
}): string {
  return group === name ? name : `${group}:${name}`;
}
