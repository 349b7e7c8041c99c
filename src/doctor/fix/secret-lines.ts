import { redactCommand } from '../../base/secrets/redact-command.ts';
import { isSecretName } from '../../base/secrets/secret-name.ts';
import { isEnvironmentKey } from '../../config/text/remember-secrets.ts';

const OPTION = /^(\s*)([^\s=:;#[][^=:]*?)\s*[=:]/u;

/**
 * The lines of a configuration file that may hold a secret: passwords, what looks like one in a
 * command or an address, and every environment=.
 */
export function findSecretLines(text: string): ReadonlySet<number> {
  const found = new Set<number>();
  let openAt: number | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const indent = line.length - line.trimStart().length;
    const isDeeper = openAt !== undefined && (line.trim() === '' || indent > openAt);
    if (!isDeeper) {
      const [, before, key] = OPTION.exec(line) ?? [];
      openAt =
        key !== undefined && (isSecretName(key) || isEnvironmentKey(key))
          ? (before ?? '').length
          : undefined;
    }
    // A comment may hold the line that stood there before.
    const bare = line.replace(/^\s*[;#]+\s*/u, '');
    const key = OPTION.exec(bare)?.[2];
    const isNamed = key !== undefined && (isSecretName(key) || isEnvironmentKey(key));
    if (openAt !== undefined || isNamed || redactCommand(bare) !== bare) found.add(index);
  }
  return found;
}
