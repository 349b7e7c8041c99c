import { EXIT, ReloadctlError, type ExitCode } from '../../base/errors.ts';
import { createOs } from '../../os/create-os.ts';

import { openStateDirectory } from '../../os/state-files.ts';
import type { DeployAction, DeployResult } from '../../reload/deploy/deploy-events.ts';
import { readDeploy, type DeployRecord } from '../../reload/deploy/deploy-record.ts';
import { findLink, linksOf, type LinkMove } from '../../reload/deploy/find-link.ts';
import { rightsOfLink } from '../../reload/deploy/move-link.ts';
import { findPrevious, recordDeploy } from '../../reload/deploy/deploy-history.ts';
import { revisionOf } from '../../reload/deploy/revision.ts';
import type { Interruption } from '../../reload/interruption.ts';
import { takeLock } from '../../reload/take-lock.ts';
import { remarkWords } from '../../terminal/words/remark.ts';
import type { Context } from '../context.ts';
import { Notifier, warnOnStderr } from '../notifier.ts';
import { mergeOptions, waitMsOf, type ReloadFlags } from '../reload-options.ts';
import { findTargets } from '../resolve-targets.ts';
import type { RunOn } from '../run-one.ts';
import { throughRun } from '../through-run.ts';
import { userName } from '../user-name.ts';
import { Deployment, type DeployParts, type DeployTarget } from './deployment.ts';
import { DeployTeller } from './told.ts';

/** Flags of `deploy`. */
export interface DeployFlags extends ReloadFlags {
  readonly release?: string;
  readonly link?: string;
  readonly resume?: true;
}

/** Flags of `rollback`. */
export interface RollbackFlags extends ReloadFlags {
  readonly to?: string;
  readonly link?: string;
}

/** What both need before anything is decided. */
interface Opened {
  readonly context: Context;
  readonly on: RunOn;
  readonly targets: readonly DeployTarget[];
}

/** Puts a release into service behind the link that the programs are started through, or what a killed run has left right. */
export async function runDeploy(
  context: Context,
  words: readonly string[],
  flags: DeployFlags,
  interruption: Interruption,
): Promise<ExitCode> {
  const { release } = flags;
  if ((release === undefined) === (flags.resume === undefined)) {
    throw usage(
      release === undefined ? 'which release?' : '--release and --resume exclude each other',
      'Name its directory: reloadctl deploy TARGET --release DIR.',
    );
  }
  const opened = await open(context, words, flags, interruption);
  if (release === undefined) return resume(opened, flags);
  const move = await findLink(
    opened.on.os.files('ours'),
    programsOf(opened.targets),
    release,
    flags.link,
  );
  return carryOut(opened, 'deploy', move);
}

/** Puts an earlier release into service again. */
export async function runRollback(
  context: Context,
  words: readonly string[],
  flags: RollbackFlags,
  interruption: Interruption,
): Promise<ExitCode> {
  const opened = await open(context, words, flags, interruption);
  const files = opened.on.os.files('ours');
  const programs = programsOf(opened.targets);
  const release = flags.to ?? (await previousRelease(opened, flags.link));
  return carryOut(opened, 'rollback', await findLink(files, programs, release, flags.link));
}

async function open(
  context: Context,
  words: readonly string[],
  flags: ReloadFlags,
  interruption: Interruption,
): Promise<Opened> {
  // Checked before anybody is asked, so that a wrong word is told at once.
  mergeOptions(flags, undefined);
  waitMsOf(flags);
  const os = await createOs();
  const found = await findTargets(context, os, words);
  interruption.begin();
  const targets: DeployTarget[] = [];
  for (const each of found) {
    const target = await throughRun(context, os, 'reload', each);
    if (target.kind === 'process' || target.program === undefined) {
      throw usage(
        `${target.label}: its configuration is not known`,
        'Name programs of the supervisord.conf: the link is one that their configuration names.',
      );
    }
    targets.push(target);
  }
  const state = await openStateDirectory({ uid: os.me.uid, env: process.env });
  if (!state.ok) {
    throw new ReloadctlError(`deploy: ${state.error}`, {
      code: 'refused',
      exitCode: EXIT.failed,
      hint: 'It writes down what it is about to do, so that the next run can put right what a killed one leaves: name a directory by RELOADCTL_STATE_DIR.',
    });
  }
  return {
    context,
    targets,
    on: {
      os,
      state: state.value,
      interruption,
      notifier: new Notifier(os, interruption.atOnce, warnOnStderr),
      action: 'reload',
      flags,
      user: await userName(os),
    },
  };
}

async function previousRelease(
  { on, targets }: Opened,
  named: string | undefined,
): Promise<string> {
  const files = on.os.files('ours');
  const links = named === undefined ? await linksOf(files, programsOf(targets)) : undefined;
  const paths = links?.map(({ path }) => path) ?? [named ?? ''];
  for (const link of paths) {
    const now = await files.realpath(link);
    const previous = now.ok ? await findPrevious(on.state, link, now.value) : undefined;
    if (previous !== undefined) return previous;
  }
  throw usage(
    `${targets.map(({ label }) => label).join(', ')}: no deployment is recorded that could be gone back from`,
    'Name the release: reloadctl rollback TARGET --to DIR.',
  );
}

/** Only one deployment by a link at a time. */
async function carryOut(opened: Opened, action: DeployAction, move: LinkMove): Promise<ExitCode> {
  return underLock(opened, move.link, async (teller) => {
    const { on } = opened;
    const left = await readDeploy(on.state, move.link);
    if (left === undefined) return finish(opened, teller, action, move);
    const restored = await putRight(opened, teller, left);
    if (restored.outcome === 'broken') return tellEnd(opened, teller, restored);
    // The link says something else now.
    const files = on.os.files('ours');
    const again = await findLink(files, programsOf(opened.targets), move.to, move.link);
    return finish(opened, teller, action, again);
  });
}

async function finish(
  opened: Opened,
  teller: DeployTeller,
  action: DeployAction,
  move: LinkMove,
): Promise<ExitCode> {
  const { on, targets } = opened;
  const startedEpochMs = on.os.wallClock();
  const result = await new Deployment(await partsOf(opened, teller, action, move)).run();
  await recordDeploy(on.state, {
    result,
    programs: targets.map(({ label }) => label),
    startedEpochMs,
    user: on.user,
    revision: await revisionOf(on.os, move.to),
  });
  return tellEnd(opened, teller, result);
}

function tellEnd({ targets }: Opened, teller: DeployTeller, result: DeployResult): ExitCode {
  teller.end(
    result,
    targets.map(({ label }) => label),
  );
  return result.exitCode;
}

async function resume(opened: Opened, flags: DeployFlags): Promise<ExitCode> {
  const { on, targets } = opened;
  const files = on.os.files('ours');
  const links =
    flags.link === undefined
      ? (await linksOf(files, programsOf(targets))).map(({ path }) => path)
      : [flags.link];
  for (const link of links) {
    const left = await readDeploy(on.state, link);
    if (left === undefined) continue;
    return underLock(opened, link, async (teller) => {
      const result = await putRight(opened, teller, left);
      const code = result.outcome === 'broken' ? result.exitCode : EXIT.ok;
      return tellEnd(opened, teller, { ...result, exitCode: code });
    });
  }
  opened.context.print('nothing was left unfinished');
  return EXIT.ok;
}

async function putRight(
  opened: Opened,
  teller: DeployTeller,
  left: DeployRecord,
): Promise<DeployResult> {
  const { link, from, to, user, startedEpochMs } = left;
  teller.tell({ event: 'cut-short', link, from, to, user, startedEpochMs });
  const { context, on } = opened;
  // It may have been of more programs than are named now.
  const all = await findTargets(context, on.os, left.programs);
  const targets: DeployTarget[] = [];
  for (const each of all) {
    const target = await throughRun(context, on.os, 'reload', each);
    if (target.kind === 'supervised') targets.push(target);
  }
  const move = { link, from, to, fromText: left.fromText, toText: to };
  const parts = await partsOf({ ...opened, targets }, teller, 'deploy', move);
  return new Deployment(parts).putRight(left);
}

const partsOf = async (
  { context, on, targets }: Opened,
  teller: DeployTeller,
  action: DeployAction,
  move: LinkMove,
): Promise<DeployParts> => ({
  context,
  on,
  teller,
  action,
  move,
  linkRights: await rightsOfLink(on.os, move.link),
  targets,
});

const programsOf = (
  targets: readonly DeployTarget[],
): Array<NonNullable<DeployTarget['program']>> =>
  targets.flatMap(({ program }) => (program === undefined ? [] : [program]));

async function underLock(
  { context, on }: Opened,
  link: string,
  work: (teller: DeployTeller) => Promise<ExitCode>,
): Promise<ExitCode> {
  const outputs = await context.openOutputs();
  const teller = new DeployTeller(context, outputs, () => on.os.now());
  const attempt = await takeLock(on.os, on.interruption, {
    key: `deploy ${link}`,
    purpose: `deploy by ${link}`,
    waitMs: waitMsOf(on.flags),
    onWait: (holder) => {
      if (context.options.json === true) return;
      outputs.err.stream.write(`  ${remarkWords({ event: 'lock-wait', atMs: 0, ...holder })}\n`);
    },
  });
  switch (attempt.got) {
    case 'busy':
      throw new ReloadctlError(`${link}: another deployment is under way`, {
        code: 'busy',
        exitCode: EXIT.busy,
        hint: remarkWords({ event: 'lock-wait', atMs: 0, ...attempt.holder }),
      });
    case 'interrupted':
      return on.interruption.signal === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
    case 'lock':
      try {
        return await work(teller);
      } finally {
        await attempt.lock.release();
        await on.notifier?.end();
      }
  }
}

function usage(message: string, hint: string): ReloadctlError {
  return new ReloadctlError(message, { code: 'usage', exitCode: EXIT.usage, hint });
}
