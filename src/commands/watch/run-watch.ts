import { EXIT, ReloadctlError, type ExitCode } from '../../base/errors.ts';
import { createOs } from '../../os/create-os.ts';
import { openStateDirectory } from '../../os/state-files.ts';
import { canRedraw } from '../../terminal/create-renderer.ts';
import type { Context } from '../context.ts';
import { wordsOf } from '../supervisorctl/words-of.ts';
import { LiveWatch } from './live-watch.ts';
import { watchPlainly } from './plain-watch.ts';
import { ProgramSampler } from './program-sampler.ts';

const DEFAULT_INTERVAL_MS = 1000;

/** Faster would be no use to the eye, and a load for the supervisor. */
const MIN_SECONDS = 0.2;
const MAX_SECONDS = 3600;

/**
 * Shows the programs that `words` mean again and again: on the whole screen where there is a terminal, a keyboard, and no --json,
 * otherwise as plain listings. `interval` in seconds as it was typed. Throws 'usage' for one that makes no sense.
 */
export async function runWatch(
  context: Context,
  words: readonly string[],
  interval: string | undefined,
): Promise<ExitCode> {
  const intervalMs = parseInterval(interval);
  const os = await createOs();
  const state = await openStateDirectory({ uid: os.me.uid, env: process.env });
  const sampler = new ProgramSampler(
    os,
    context.supervisor,
    state.ok ? state.value : undefined,
    wordsOf(words),
  );
  const { out } = await context.openOutputs();
  const { stdin: input, stdout: output, env } = process;
  const isLive = context.options.json !== true && canRedraw(output, env) && input.isTTY;
  if (!isLive) return watchPlainly(context, sampler, out, intervalMs);
  const { theme } = out;
  return new LiveWatch({ context, os, sampler, input, output, theme, intervalMs }).run();
}

/** Milliseconds. */
function parseInterval(text: string | undefined): number {
  if (text === undefined) return DEFAULT_INTERVAL_MS;
  const seconds = Number(text);
  const isNumber = /^\d+(\.\d+)?$/.test(text);
  if (isNumber && seconds >= MIN_SECONDS && seconds <= MAX_SECONDS) return seconds * 1000;
  throw new ReloadctlError(`--interval ${text}: not a number of seconds`, {
    code: 'usage',
    exitCode: EXIT.usage,
    hint: `Write a number from ${MIN_SECONDS} to ${MAX_SECONDS}, such as 1 or 2.5.`,
  });
}
