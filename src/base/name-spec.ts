/** 'name' where group and process share it, else 'group:name', as supervisorctl prints it. */
export function nameSpecOf({
  group,
  name,
}: {
  readonly group: string;
  readonly name: string;
}): string {
  return group === name ? name : `${group}:${name}`;
}

/**
 * What a word names: 'g:*' and 'g:' are the whole group (`name` is undefined), 'n' is the process n
 * of the group n (supervisor/options.py, split_namespec).
 */
export function splitNameSpec(word: string): {
  readonly group: string;
  readonly name: string | undefined;
} {
  const colon = word.indexOf(':');
  if (colon === -1) return { group: word, name: word };
  const name = word.slice(colon + 1);
  return { group: word.slice(0, colon), name: name === '' || name === '*' ? undefined : name };
}
