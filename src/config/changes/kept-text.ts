import { createHmac, randomBytes } from 'node:crypto';
import { redactCommand } from '../../base/secrets/redact-command.ts';

/** Separates a text without its secrets from its digest. No option's text holds a line feed. */
const SEPARATOR = '\n';

/**
 * A text as it may be kept in a file: without its secrets, but with a salted digest by which {@link
 * isKeptText} recognises it.
 */
export function keepText(text: string): string {
  const visible = redactCommand(text);
  if (visible === text || text.includes(SEPARATOR)) return text;
  const salt = randomBytes(16).toString('hex');
  return [visible, salt, digest(salt, text)].join(SEPARATOR);
}

/** Whether `kept` is of `text`. */
export function isKeptText(kept: string, text: string): boolean {
  const [, salt, hash] = kept.split(SEPARATOR);
  if (salt === undefined || hash === undefined) return kept === text;
  return digest(salt, text) === hash || kept === text;
}

/** What may be shown of a kept text. */
export function visibleText(kept: string): string {
  return kept.split(SEPARATOR)[0] ?? '';
}

function digest(salt: string, text: string): string {
  return createHmac('sha256', salt).update(text).digest('hex');
}
