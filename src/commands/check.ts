import { resolve } from 'node:path';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { createOs } from '../os/create-os.ts';
import { openStateDirectory } from '../os/state-files.ts';
import { prepareCheck } from '../reload/check-code.ts';
import { gatherFacts } from '../reload/gather-facts.ts';
import type { Interruption } from '../reload/interruption.ts';
import { Journal } from '../reload/journal.ts';
import { keyOf, type Target } from '../reload/target.ts';
import { executeCheck, type CheckParts } from './execute-check.ts';
import type { Context } from './context.ts';
import { mergeOptions } from './reload-options.ts';
import { resolveTargets } from './resolve-targets.ts';
import { userName } from './user-name.ts';

/** Flags of `check`. */
export interface CheckFlags {
  readonly directory?: string;
  readonly timeout?: string;
}

/** Boots the code of each target aside and says whether it loads; exit 10 when it does not. Nothing that runs is touched. */
export async function runCheck(
  context: Context,
  words: readonly string[],
  flags: CheckFlags,
  interruption: Interruption,
): Promise<ExitCode> {
  const os = await createOs();
  mergeOptions(flags, undefined);
  const targets = await resolveTargets(context, os, words);
  interruption.begin();
  const renderer = await context.openRenderer();
  try {
    for (const target of targets) {
      renderer.begin(target.label);
      const code = await checkTarget({ os, renderer, interruption }, target, flags);
      if (code !== EXIT.ok) return code;
    }
    return EXIT.ok;
  } finally {
    renderer.finish();
  }
}

async function checkTarget(
  parts: CheckParts,
  target: Target,
  flags: CheckFlags,
): Promise<ExitCode> {
  const { os, interruption } = parts;
  const began = os.now();
  const options = mergeOptions(
    flags,
    target.kind === 'supervised' ? target.program?.settings : undefined,
  );
  const state = await openStateDirectory({ uid: os.me.uid, env: process.env });
  const journal = await Journal.open(state.ok ? state.value : undefined, keyOf(target));
  const gathered = await gatherFacts(os, target, journal, await userName(os), interruption.orderly);
  const directory = flags.directory === undefined ? undefined : resolve(flags.directory);
  const check = await prepareCheck(os, target, gathered, options, directory);
  const { server } = gathered.facts;
  const version = server.type === 'running' ? server.live.version : undefined;
  const code = await executeCheck(parts, target, check, { began, version });
  if (code === EXIT.ok && directory === undefined) await journal.disarm();
  return code;
}
