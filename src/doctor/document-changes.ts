import type { ConfigDocument } from '../config/text/document.ts';
import type { Change } from './finding.ts';

/**
 * The change that gives `key` of `section` a value, in place or below the section's header;
 * undefined where the section is in no file.
 */
export function setInDocument(
  { sections }: Pick<ConfigDocument, 'sections'>,
  section: string,
  key: string,
  value: string,
): Change | undefined {
  const isOwn = sections.hasOwn(section, key);
  const position = isOwn ? sections.get(section, key)?.position : sections.positionOf(section);
  if (position === undefined) return undefined;
  return { change: 'set', section, key, value, position, replaces: isOwn };
}
