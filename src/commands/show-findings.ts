import { findConfigFile } from '../config/find-config-file.ts';
import { concerns } from '../doctor/finding.ts';
import { runDoctor } from '../doctor/run-doctor.ts';
import type { Os } from '../os/os.ts';
import type { Action } from '../policy/actions.ts';
import type { Target } from '../reload/target.ts';
import { toJsonLine } from '../base/json.ts';
import { columnsOf } from '../terminal/output-stream.ts';
import { wrapHanging } from '../terminal/text/wrap.ts';
import { findingWords } from '../terminal/words/finding.ts';
import type { Context } from './context.ts';

/**
 * Says, before an action on programs begins, what of their configuration will hurt in it: the errors that doctor finds without asking
 * anybody, so that it costs some milliseconds. Never fails: an action does not depend on it.
 */
export async function showFindings(
  context: Context,
  os: Os,
  targets: readonly Target[],
  action: Action,
  abort: AbortSignal,
): Promise<void> {
  const names = targets.flatMap((target) =>
    target.kind === 'supervised' && target.program !== undefined ? [target.name] : [],
  );
  if (names.length === 0) return;
  const { configuration: explicit, json, quiet } = context.options;
  const file = findConfigFile({ explicit, cwd: process.cwd(), binPath: process.argv[1] ?? '' });
  if (!file.ok || file.value === undefined) return;
  const { findings } = await runDoctor({
    os,
    file: file.value,
    environment: process.env,
    names,
    live: undefined,
    supervisor: undefined,
    mayAskServers: false,
    abort,
  }).catch(() => ({ findings: [] })); // What is wrong with the whole file is told by those who need it.
  const told = findings.filter(
    (finding) => finding.severity === 'error' && concerns(finding, action),
  );
  for (const finding of told) {
    const { observed, why } = findingWords(finding);
    if (json === true) {
      const { code } = finding.trouble;
      process.stdout.write(
        toJsonLine({ event: 'finding', code, program: finding.program, observed, why }),
      );
    } else if (quiet !== true) {
      const { stream, theme } = (await context.openOutputs()).err;
      const lines = wrapHanging('! ', theme.plain(`${observed}: ${why}`), columnsOf(stream));
      stream.write(`${lines.map((line) => theme.paint('warn', line)).join('\n')}\n`);
    }
  }
}
