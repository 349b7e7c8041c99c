import { canActAs } from '../os/credentials.ts';
import type { Os } from '../os/os.ts';
import type { StartFacts } from '../policy/facts.ts';
import { environmentToBoot, findCommand, mayRunConfigured } from '../servers/boot-context.ts';
import { readGunicornSettings } from '../servers/gunicorn/settings.ts';
import { rightsOfNextStart, workingDirectoryOf } from './check-code.ts';
import { provenProc } from './claimed-process.ts';
import type { Gathered } from './gather-facts.ts';
import type { Target } from './target.ts';

/** What a program that does not run would start: its own settings say how long that may take. */
export async function readStart(
  os: Os,
  target: Target,
  { facts, known }: Pick<Gathered, 'facts' | 'known'>,
  abort: AbortSignal,
): Promise<StartFacts | undefined> {
  if (target.kind !== 'supervised' || facts.server.type !== 'none') return undefined;
  const { program } = target;
  if (program === undefined) return undefined;
  const supervisorProc = provenProc(known);
  const rights = await rightsOfNextStart(os, program, supervisorProc);
  if (!canActAs(rights, os.me) || !(await mayRunConfigured(os, program, rights))) return undefined;
  const asked = { program, supervisorProc, startsAnew: true } as const;
  const { value: env } = await environmentToBoot(os, asked, undefined, rights);
  const command = await findCommand(os, { program }, undefined, env, rights);
  if (command === undefined) return { by: 'guess' };
  const cwd =
    program.directory ??
    (supervisorProc === undefined ? undefined : await workingDirectoryOf(os, supervisorProc));
  const settings = await readGunicornSettings(os, command, { cwd: cwd ?? '/', env, rights }, abort);
  return settings.ok ? { by: 'its-timeout', timeout: settings.value.timeout } : undefined;
}
