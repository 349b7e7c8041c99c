/** A key that was pressed: a name, or the character that it types. */
export type WatchKey = NamedKey<KeyName> | { readonly key: 'character'; readonly text: string };

/** A member of the union for each name. */
type NamedKey<Name> = Name extends KeyName ? { readonly key: Name } : never;

type KeyName =
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'backspace'
  | 'interrupt'
  | 'suspend'
  | 'redraw'
  | 'erase-line';

/** What node:readline says of a key (its emitKeypressEvents). */
export interface Keypress {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

const BY_NAME: Readonly<Record<string, KeyName>> = {
  up: 'up',
  down: 'down',
  pageup: 'page-up',
  pagedown: 'page-down',
  home: 'home',
  end: 'end',
  return: 'enter',
  enter: 'enter',
  escape: 'escape',
  backspace: 'backspace',
};

const BY_CONTROL: Readonly<Record<string, KeyName>> = {
  c: 'interrupt',
  z: 'suspend',
  l: 'redraw',
  u: 'erase-line',
  p: 'up',
  n: 'down',
  b: 'page-up',
  f: 'page-down',
};

/** The key that was meant; undefined for one without a meaning here. */
export function toWatchKey(text: string | undefined, pressed: Keypress): WatchKey | undefined {
  const { name, ctrl = false, meta = false } = pressed;
  if (ctrl) {
    const key = BY_CONTROL[name ?? ''];
    return named(key);
  }
  // A lone escape comes with meta, when nothing followed it in time.
  const key = meta && name !== 'escape' ? undefined : BY_NAME[name ?? ''];
  if (key !== undefined) return named(key);
  const isPrintable = text !== undefined && /^[^\p{C}\p{Zl}\p{Zp}]$/u.test(text);
  return isPrintable && !meta ? { key: 'character', text } : undefined;
}

function named(key: KeyName | undefined): WatchKey | undefined {
  return key === undefined ? undefined : { key };
}
