import { STRATEGIES } from '../../config/settings/setting-values.ts';
import { PLANNED_ACTIONS } from '../../policy/actions.ts';
import type { CommandLineModel } from './command-model.ts';
import type { Wanted } from './find-wanted.ts';
import { SHELLS } from './scripts.ts';

/** The names that a supervisor or a configuration has. */
export interface Names {
  readonly processes: ReadonlyArray<{ readonly group: string; readonly name: string }>;
  /** Groups in which nothing has to run yet. */
  readonly groups: readonly string[];
}

/** A word that can stand at the cursor. */
export interface Candidate {
  readonly word: string;
  readonly description?: string;
}

/** Whether names are needed to say what can stand there. */
export function needsNames({ kind }: Wanted): boolean {
  return ['program', 'programs', 'group', 'groups'].includes(kind);
}

/** The words that can stand at the cursor and begin with `current`. */
export function listCandidates(
  model: CommandLineModel,
  wanted: Wanted,
  current: string,
  names: Names,
): readonly Candidate[] {
  const { prefix } = wanted;
  const typed = current.slice(prefix.length);
  return candidatesOf(model, wanted, typed, names)
    .filter(({ word }) => word.startsWith(typed))
    .map((candidate) => ({ ...candidate, word: prefix + candidate.word }));
}

const CHOICES: Readonly<
  Record<'action' | 'signal' | 'strategy' | 'channel' | 'shell', readonly string[]>
> = {
  // 'restart --hard' is how a hard restart is typed.
  action: PLANNED_ACTIONS.filter((action) => action !== 'hard-restart'),
  signal: 'HUP INT QUIT TERM USR1 USR2 WINCH TTIN TTOU CONT KILL'.split(' '),
  strategy: STRATEGIES,
  channel: ['stdout', 'stderr'],
  shell: SHELLS,
};

function candidatesOf(
  model: CommandLineModel,
  wanted: Wanted,
  typed: string,
  names: Names,
): readonly Candidate[] {
  const { kind, given } = wanted;
  switch (kind) {
    case 'command':
      return model.commands.map(({ name, description }) => ({ word: name, description }));
    case 'option':
      return listOptions(wanted, typed);
    case 'program':
      return listPrograms(names, typed, false).map(toCandidate);
    case 'programs':
      return [...listPrograms(names, typed, true), 'all']
        .filter((word) => !given.includes(word))
        .map(toCandidate);
    case 'group':
    case 'groups': {
      const all = [...names.processes.map(({ group }) => group), ...names.groups];
      return [...new Set(all)].filter((word) => !given.includes(word)).map(toCandidate);
    }
    case 'file':
    case 'directory':
    case 'nothing':
      return [];
    case 'action':
    case 'signal':
    case 'strategy':
    case 'channel':
    case 'shell':
      return CHOICES[kind].map(toCandidate);
  }
}

const toCandidate = (word: string): Candidate => ({ word });

/** Long names, except where a short one is being typed. */
function listOptions({ options }: Wanted, typed: string): readonly Candidate[] {
  const isShort = /^-[^-]/.test(typed);
  const known = new Set<string>();
  const listed = options.flatMap(({ flags, description }) => {
    const long = flags.filter((flag) => flag.startsWith('--'));
    const shown = isShort || long.length === 0 ? flags : long;
    return shown.map((word) => ({ word, description }));
  });
  return listed.filter(({ word }) => !known.has(word) && known.add(word));
}

/**
 * As supervisorctl has them (supervisorctl.py, _complete_processes): 'name' where the group is called the same, unless a colon was
 * typed; else 'group:name' and, where several can be named, 'group:*'.
 */
function listPrograms({ processes }: Names, typed: string, several: boolean): readonly string[] {
  const found = new Set<string>();
  for (const { group, name } of processes) {
    if (!typed.includes(':') && name === group) found.add(name);
    else {
      found.add(`${group}:${name}`);
      if (several) found.add(`${group}:*`);
    }
  }
  return [...found];
}
