import { relative } from 'node:path';
import { EXIT, type ExitCode } from '../base/errors.ts';
import { requireConfigFile } from '../config/find-config-file.ts';
import type { Finding } from '../doctor/finding.ts';
import { makePatch } from '../doctor/fix/make-patch.ts';
import { proposeChanges } from '../doctor/fix/propose-changes.ts';
import type { LivePlace } from '../doctor/gather-live.ts';
import { runDoctor, type DoctorReport, type DoctorRequest } from '../doctor/run-doctor.ts';
import type { Interruption } from '../reload/interruption.ts';
import { createOs } from '../os/create-os.ts';
import type { Os } from '../os/os.ts';
import { findSupervisor } from '../reload/claimed-process.ts';
import type { Proc } from '../os/proc.ts';
import { openStateDirectory } from '../os/state-files.ts';
import { describeRpcFailure } from '../rpc/describe-failure.ts';
import { renderFindings } from '../terminal/findings-text.ts';
import { columnsOf } from '../terminal/output-stream.ts';
import { shown } from '../terminal/text/shown.ts';
import { changeWords, findingWords } from '../terminal/words/finding.ts';
import type { Context } from './context.ts';
import { mergeOptions } from './reload-options.ts';
import { userName } from './user-name.ts';

/** Flags of `doctor`. */
export interface DoctorFlags {
  readonly fix?: true;
  readonly offline?: true;
}

/**
 * Reads the configuration, and what runs of it, and says what will hurt. Nothing is signalled or changed. Exit 1 when a finding is an
 * error.
 */
export async function runDoctorCommand(
  context: Context,
  words: readonly string[],
  flags: DoctorFlags,
  interruption: Interruption,
): Promise<ExitCode> {
  const abort = interruption.orderly;
  const os = await createOs();
  const file = requireConfigFile({
    explicit: context.options.configuration,
    cwd: process.cwd(),
    binPath: process.argv[1] ?? '',
  });
  const remarks: string[] = [];
  const seen =
    flags.offline === true ? undefined : await lookAtSupervisor(context, os, abort, remarks);
  const report = await runDoctor({
    os,
    file,
    environment: { ...process.env, ...seen?.environment },
    names: words,
    live: seen?.live,
    supervisor:
      seen === undefined
        ? undefined
        : { uid: seen.proc.uid, gid: seen.proc.uid === os.me.uid ? os.me.gid : seen.proc.uid },
    mayAskServers: true,
    abort,
    // Servers that are asked are processes of ours, which must not be left behind.
    onAsk: () => {
      interruption.begin();
    },
  });
  if (abort.aborted) return interruption.signal === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
  if (flags.fix === true) await printFixes(context, os, report.findings);
  else if (context.options.json === true) context.printJson(toDocument(report, remarks));
  else {
    const { stream, theme } = (await context.openOutputs()).out;
    context.printAll(
      renderFindings(report.findings, { ...report, remarks }, theme, columnsOf(stream)),
    );
  }
  return report.findings.some(({ severity }) => severity === 'error') ? EXIT.failed : EXIT.ok;
}

interface SeenSupervisor {
  readonly live: DoctorRequest['live'];
  readonly proc: Proc;
  readonly environment: Readonly<Record<string, string>>;
}

/** The supervisor and what it runs; undefined, with the reason among the remarks, where there is none or not on this machine. */
async function lookAtSupervisor(
  context: Context,
  os: Os,
  abort: AbortSignal,
  remarks: string[],
): Promise<SeenSupervisor | undefined> {
  const { supervisor } = context;
  const [infos, known] = await Promise.all([
    supervisor.getAllProcessInfo(),
    findSupervisor(os, supervisor),
  ]);
  if (!infos.ok) {
    remarks.push(`nothing that runs was looked at: ${describeRpcFailure(infos.error).message}`);
    return undefined;
  }
  if (!known.ok) {
    remarks.push(`nothing that runs was looked at: ${supervisor.url} is not on this machine`);
    return undefined;
  }
  const { proc } = known.value;
  const state = await openStateDirectory({ uid: os.me.uid, env: process.env });
  const environment = known.value.isProven ? await os.environment(proc) : undefined;
  const place: LivePlace = {
    os,
    supervisor,
    state: state.ok ? state.value : undefined,
    user: await userName(os),
    options: (program) => mergeOptions({}, program.settings),
    abort,
  };
  return {
    live: { place, infos: infos.value },
    proc,
    environment: environment?.ok === true ? environment.value : {},
  };
}

function toDocument(report: DoctorReport, remarks: readonly string[]): unknown {
  return {
    findings: report.findings.map((finding) => {
      const { severity, program, position, trouble, change } = finding;
      const { observed, why, advice } = findingWords(finding);
      return {
        severity,
        code: trouble.code,
        program,
        file: position?.file,
        line: position?.line,
        observed,
        why,
        advice,
        change:
          change === undefined
            ? undefined
            : { file: change.position.file, line: change.position.line, text: changeWords(change) },
      };
    }),
    programs: report.programs,
    unseen: report.unseen,
    remarks,
  };
}

/** The changes as a diff that patch(1) takes. Nothing is applied. */
async function printFixes(context: Context, os: Os, findings: readonly Finding[]): Promise<void> {
  const edited = await proposeChanges(os, findings);
  const { formatPatch, FILE_HEADERS_ONLY } = await import('diff');
  const patches: string[] = [];
  const hidden: string[] = [];
  for (const file of edited) {
    const patch = await makePatch(file);
    const name = relative(process.cwd(), file.path);
    hidden.push(...patch.hidden.map((line) => `${shown(name)}:${line}`));
    if (patch.hunks.length === 0) continue;
    const names = { oldFileName: name, newFileName: name, oldHeader: undefined };
    const whole = { ...names, newHeader: undefined, hunks: [...patch.hunks] };
    patches.push(formatPatch(whole, FILE_HEADERS_ONLY));
  }
  if (context.options.json === true)
    context.printJson({ patches, hidden: hidden.length === 0 ? undefined : hidden });
  else context.printAll(patches.map((patch) => patch.trimEnd()));
  const left = findings.filter(({ change }) => change === undefined).length;
  if (context.options.quiet === true || context.options.json === true) return;
  const rest =
    left === 0
      ? ''
      : ` ${left} of ${findings.length} findings need more than a line: reloadctl doctor.`;
  if (hidden.length > 0) {
    process.stderr.write(
      `Left out, since the lines hold secrets: ${hidden.join(', ')}; reloadctl doctor says what to write there.\n`,
    );
  }
  process.stderr.write(
    patches.length === 0
      ? `No finding can be ended by a line of the configuration.${rest}\n`
      : `Nothing was changed: reloadctl doctor --fix | patch -p0 does it, then reloadctl update.${rest}\n`,
  );
}
