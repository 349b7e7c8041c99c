import { redactArgv, redactCommand } from './secrets/redact-command.ts';
import { redactText } from './secrets/redact-text.ts';
import { isSecretName } from './secrets/secret-name.ts';

/** What a terminal could obey or hide, beyond what JSON escapes itself. */
const UNPRINTABLE = /[\u007f-\u009f\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu;

/** A value as one line of JSON with its line feed, without secrets as {@link toJsonDocument}. */
export function toJsonLine(value: unknown): string {
  return `${stringify(value, undefined)}\n`;
}

/**
 * A value as one JSON document for people and programs. Secrets become ***; characters that a
 * terminal could obey are written as \uNNNN, which reads back as the same text.
 */
export function toJsonDocument(value: unknown): string {
  return `${stringify(value, 2)}\n`;
}

function stringify(value: unknown, indent: number | undefined): string {
  return JSON.stringify(value, withoutSecrets, indent).replace(UNPRINTABLE, toUnicodeEscape);
}

function withoutSecrets(key: string, value: unknown): unknown {
  if (typeof value === 'string') {
    if (isSecretName(key) && value !== '') return '***';
    return key === 'command' ? redactCommand(value) : redactText(value);
  }
  if (key === 'argv' && Array.isArray(value) && value.every((word) => typeof word === 'string')) {
    return redactArgv(value);
  }
  return value;
}

function toUnicodeEscape(character: string): string {
  let escaped = '';
  for (let index = 0; index < character.length; index += 1) {
    escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}
