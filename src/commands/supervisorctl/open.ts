import { EXIT, type ExitCode } from '../../base/errors.ts';
import { Context } from '../context.ts';
import { Report } from './report.ts';

/** Shows the status of the supervisor at a URL. What that status is does not count: 0 unless it cannot be asked at all. */
export async function runOpen(context: Context, args: readonly string[]): Promise<ExitCode> {
  const url = args.join(' ').trim();
  if (!/^(?:unix|http):/i.test(url)) {
    const report = new Report(context, 'open');
    report.failed('ERROR: url must be http:// or unix://', EXIT.failed);
    return report.exitCode;
  }
  const { runStatus } = await import('../status.ts');
  const other = new Context({ ...context.options, serverurl: url });
  try {
    await runStatus(other, [], {});
  } finally {
    other.close();
  }
  return EXIT.ok;
}
