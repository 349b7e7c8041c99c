import type { Finding, Severity } from '../doctor/finding.ts';
import { countOf } from './text/quantities.ts';
import { shown } from './text/shown.ts';
import { wrapHanging } from './text/wrap.ts';
import type { Theme, Tone } from './theme.ts';
import { changeWords, findingWords } from './words/finding.ts';

const TONES: Readonly<Record<Severity, Tone>> = { error: 'bad', warning: 'warn', info: 'faint' };

/** What was looked at, for the last line. */
export interface Examined {
  readonly programs: readonly string[];
  readonly unseen: ReadonlyArray<{ readonly program: string; readonly why: string }>;
  /** What was not looked at, and why, in a sentence. */
  readonly remarks: readonly string[];
}

/** Findings for people, the worst first, in lines of at most `width` columns except for paths and commands. */
export function renderFindings(
  findings: readonly Finding[],
  examined: Examined,
  theme: Theme,
  width: number,
): string[] {
  return [
    ...findings.flatMap((finding) => [...renderFinding(finding, theme, width), '']),
    ...renderSummary(findings, examined, theme, width),
  ];
}

function renderFinding(finding: Finding, theme: Theme, width: number): string[] {
  const { severity, program, position, change } = finding;
  const words = findingWords(finding);
  const item = (label: string, text: string): string[] =>
    wrapHanging(`  ${label} `, theme.plain(text), width);
  const subject = theme.plain(shown(program ?? 'the supervisor'));
  const place = change?.position ?? position;
  return [
    `${theme.paint(TONES[severity], severity)}  ${theme.paint('strong', subject)}  ${theme.paint('faint', finding.trouble.code)}`,
    ...item('seen:  ', words.observed),
    ...item('hurts: ', words.why),
    ...(change === undefined
      ? item('do:    ', words.advice ?? 'look at it')
      : // Whole, so that it can be copied.
        [`  change: ${theme.plain(shown(changeWords(change), 2000))}`]),
    ...(place === undefined
      ? []
      : wrapHanging(
          '  at:     ',
          theme.plain(`${shown(place.file, 2000)}:${place.line}`),
          width,
        ).map((line) => theme.paint('faint', line))),
  ];
}

function renderSummary(
  findings: readonly Finding[],
  { programs, unseen, remarks }: Examined,
  theme: Theme,
  width: number,
): string[] {
  const count = (severity: Severity): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const counts = [
    count('error') > 0 ? countOf(count('error'), 'error') : '',
    count('warning') > 0 ? countOf(count('warning'), 'warning') : '',
    count('info') > 0 ? countOf(count('info'), 'remark') : '',
  ].filter((text) => text !== '');
  const what =
    programs.length === 0
      ? 'the configuration'
      : `the configuration of ${countOf(programs.length, 'program')}`;
  const text =
    counts.length === 0 ? `Nothing found in ${what}.` : `${counts.join(', ')} in ${what}.`;
  const tone: Tone = count('error') > 0 ? 'bad' : count('warning') > 0 ? 'warn' : 'good';
  return [
    ...wrapHanging('', theme.plain(text), width).map((line) => theme.paint(tone, line)),
    ...unseen.flatMap(({ program, why }) =>
      wrapHanging(
        '  - ',
        theme.plain(`not looked at as it runs: ${shown(program)}: ${shown(why)}`),
        width,
      ),
    ),
    ...remarks.flatMap((remark) => wrapHanging('  - ', theme.plain(remark), width)),
  ];
}
