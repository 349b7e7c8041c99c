import { VERSION } from '../../base/version.ts';
import { wrapText } from '../../terminal/text/wrap.ts';
import { synopsisOf, type CommandRecord, type OptionRecord } from '../records/command-record.ts';
import { GLOBAL_OPTIONS, VERSION_OPTION } from '../records/options.ts';

/** The manual page in the language of man(7). */
export function renderManPage(commands: readonly CommandRecord[]): readonly string[] {
  return [
    `.TH RELOADCTL 1 "" "reloadctl ${escape(VERSION)}" "User Commands"`,
    '.nh',
    '.SH NAME',
    'reloadctl \\- put new code into running servers without anybody noticing',
    '.SH SYNOPSIS',
    '.B reloadctl',
    '.RI [ options ]',
    '.RI [ COMMAND',
    '.RI [ TARGET ...]]',
    '.SH DESCRIPTION',
    ...paragraph(
      'reloadctl reloads, restarts, stops and starts the programs of a supervisord, and does everything else that supervisorctl does. A reload puts the new code of a gunicorn into service without a failed or a stalled request, or says why it did not and leaves the old code serving.',
    ),
    '.PP',
    ...paragraph('Without a command it opens a shell in which the commands are typed.'),
    '.PP',
    ...paragraph(
      'A TARGET is name, group:name, group:*, all, pid:N or pidfile:PATH. reload, restart, plan and check need none where there is only one program.',
    ),
    '.SH OPTIONS',
    ...[VERSION_OPTION, ...GLOBAL_OPTIONS].flatMap(renderOption),
    '.SH COMMANDS',
    ...commands.filter(({ isHidden }) => isHidden !== true).flatMap(renderCommand),
    '.SH EXIT STATUS',
    ...EXIT_STATUS.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, escape(meaning)]),
    '.SH FILES',
    '.TP',
    '.I supervisord.conf',
    ...paragraph(
      'The configuration of the supervisor; searched as supervisorctl does, in the current directory and in /etc. Its sections [reloadctl] and [reloadctl:NAME] hold settings of reloadctl.',
    ),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, meaning]) => ['.TP', `.B ${escape(name)}`, escape(meaning)]),
    '.SH SEE ALSO',
    '.BR supervisord (1),',
    '.BR supervisorctl (1),',
    '.BR gunicorn (1)',
  ];
}

const EXIT_STATUS: ReadonlyArray<readonly [string, string]> = [
  ['0', 'Done and observed.'],
  ['1', 'It could not be done.'],
  ['2', 'Bad usage or configuration.'],
  ['3', 'status: something does not run.'],
  ['4', 'status: unknown name; no supervisor.'],
  ['5', 'The API of the supervisor is another one.'],
  ['7', 'Not running.'],
  ['10', 'Refused: the old version still serves.'],
  ['11', 'Done, but something had to be killed.'],
  ['12', 'The program is down or degraded.'],
  ['13', 'Busy: another run on this program.'],
  ['130, 143', 'Interrupted, with the service left serving.'],
];

const ENVIRONMENT: ReadonlyArray<readonly [string, string]> = [
  ['NO_COLOR', 'No colours.'],
  ['RELOADCTL_STATE_DIR', 'The directory for locks and journals.'],
  ['RELOADCTL_DEBUG', 'With 1, errors come with a stack trace.'],
];

function renderOption({ flags, doc }: OptionRecord): readonly string[] {
  return ['.TP', `.B ${escape(flags)}`, ...paragraph(doc)];
}

function renderCommand(record: CommandRecord): readonly string[] {
  const { name, description, options = [], examples } = record;
  const words = synopsisOf(record).replace(/^\[options\] ?/, '');
  return [
    `.SS ${[name, ...words.split(' ')]
      .filter((word) => word !== '')
      .map(escape)
      .join(' ')}`,
    ...paragraph(`${capitalized(description)}.`),
    ...options.flatMap(renderOption),
    ...(examples.length > 0 ? ['.PP', 'Examples:'] : []),
    ...examples.flatMap(([line, does]) => [
      '.TP',
      `.B reloadctl ${escape(line)}`,
      ...paragraph(does),
    ]),
  ];
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A text in lines as man(7) asks for them: short, and a new one for each sentence. */
function paragraph(text: string): readonly string[] {
  return text.split(/(?<=\.) (?=[A-Z])/).flatMap((sentence) => wrapText(sentence, 70).map(escape));
}

/** Takes from every character the meaning that it has for roff. */
function escape(text: string): string {
  return text
    .replaceAll('\\', '\\(rs')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replace(/^\./, '\\&.');
}
