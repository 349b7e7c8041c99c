import type { Os } from '../../os/os.ts';
import { gunicornOf, type ReloadFacts, type ReloadOptions } from '../../policy/facts.ts';
import type { Refusal } from '../../policy/refusal.ts';
import { findOtherInterpreter } from '../../servers/gunicorn/find-interpreter.ts';
import { parseGunicornArgv } from '../../servers/gunicorn/command-line.ts';

/**
 * Why no reload would reach the packages of a release: it has a virtual environment of its own, and the master runs on that of the release before.
 * `offered` is the release's interpreter.
 */
export async function findInterpreterTrap(
  os: Os,
  facts: ReloadFacts,
  offered: string | undefined,
  { strategy, allowDowntime }: Pick<ReloadOptions, 'strategy' | 'allowDowntime'>,
): Promise<Refusal | undefined> {
  const gunicorn = gunicornOf(facts);
  const isStarted =
    strategy === 'restart' ||
    allowDowntime ||
    (facts.supervision?.overlap?.sockets.length ?? 0) > 0;
  if (gunicorn === undefined || isStarted) return undefined;
  const master = await os.process(gunicorn.master.pid);
  const argv = await os.argv(gunicorn.master);
  const running = argv.ok ? parseGunicornArgv(argv.value)?.python : undefined;
  if (master === undefined) return undefined;
  const other = await findOtherInterpreter(os, master, running, offered);
  return other === undefined ? undefined : { code: 'other-interpreter', ...other };
}
