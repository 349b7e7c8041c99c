import { basename, dirname } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { exportedNames, parsedFiles, walk } from './support/parsed-files.ts';
import { expectKnown } from './support/known.ts';

const MOST_LINES = 400;
const MOST_MUTABLE_FIELDS = 10;

const MOST_COLUMNS = 100;

/** Tables may be longer: their paths, with the reason. */
const TABLES: Readonly<Record<string, string>> = {};

const LONG_FILES: readonly string[] = [];

const CLASSES: readonly string[] = [];

/** How many lines of comments are too wide in each room at the most; to become fewer. */
const WIDE_COMMENTS: Readonly<Record<string, number>> = {
  commands: 155,
  config: 38,
  daemon: 325,
  doctor: 5,
  os: 66,
  policy: 110,
  reload: 160,
  rpc: 4,
  servers: 140,
  terminal: 78,
};

/** Names that are exported more than once and mean the same each time, with the reason. */
const SAME_NAMES: Readonly<Record<string, string>> = {};

const NAMES = [
  'DAEMON_OPTIONS',
  'membersOf',
  'Turns',
  'Wanted',
  'Names',
  'refuse',
  'parseEnvironment',
  'isAlive',
  'Listener',
  'Launch',
  'exitCodeOf',
  'Credentials',
  'findProcess',
  'tailLog',
  'planLaunch',
  'findCommand',
  'Session',
  'BootClock',
  'sendSignal',
  'holdSockets',
  'scaleWorkers',
];

/** Base names that are right in both places, with the reason. */
const SAME_FILES: Readonly<Record<string, string>> = {
  'src/commands/daemon.ts': 'a command has its own name; src/daemon/daemon.ts is what it starts',
  'src/commands/plan.ts': 'a command has its own name; src/policy/plan.ts is what it prints',
};

const FILES = ['src/commands/program.ts', 'src/os/files.ts'];

/** Values by key, only where there is more than one. */
function severalBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return new Map([...groups].filter(([, group]) => group.length > 1));
}

/** Rooms beside each other, or one directly in the other. */
function areNeighbours(left: string, right: string): boolean {
  const [a, b] = [dirname(left), dirname(right)];
  return a === b || dirname(a) === dirname(b) || dirname(a) === b || dirname(b) === a;
}

function mutableFields(node: ts.ClassLikeDeclaration): number {
  const isFixed = ({ kind }: ts.ModifierLike): boolean =>
    kind === ts.SyntaxKind.ReadonlyKeyword || kind === ts.SyntaxKind.StaticKeyword;
  return node.members.filter(
    (member) => ts.isPropertyDeclaration(member) && member.modifiers?.some(isFixed) !== true,
  ).length;
}

describe('src', () => {
  test(`has no file of more than ${MOST_LINES} lines but tables`, () => {
    const long = parsedFiles
      .filter(({ text }) => text.split('\n').length - 1 > MOST_LINES)
      .map(({ path }) => path);
    expectKnown(long, [...Object.keys(TABLES), ...LONG_FILES]);
  });

  test(`has no class with more than ${MOST_MUTABLE_FIELDS} fields that change`, () => {
    const large: string[] = [];
    for (const { tree } of parsedFiles) {
      walk(tree, (node) => {
        if (!ts.isClassLike(node)) return;
        const fields = mutableFields(node);
        if (fields > MOST_MUTABLE_FIELDS) large.push(`${node.name?.text ?? ''}: ${fields}`);
      });
    }
    expectKnown(large, CLASSES);
  });

  test(`has no comment wider than ${MOST_COLUMNS} columns`, () => {
    const counts = new Map<string, number>();
    for (const { path, text } of parsedFiles) {
      const room = path.split('/')[1] ?? '';
      const isWide = (line: string): boolean =>
        line.length > MOST_COLUMNS && /^\s*(?:\/\/|\/?\*)/.test(line);
      const count = text.split('\n').filter(isWide).length;
      if (count > 0) counts.set(room, (counts.get(room) ?? 0) + count);
    }
    const tooMany = [...counts].filter(([room, count]) => count > (WIDE_COMMENTS[room] ?? 0));
    expect(tooMany, 'say why in fewer words').toEqual([]);
    expectKnown([...counts.keys()], Object.keys(WIDE_COMMENTS));
  });

  test('exports no name twice with two meanings', () => {
    const exported = parsedFiles.flatMap((file) =>
      [...exportedNames(file)].map((name) => ({ name, path: file.path })),
    );
    expectKnown(
      [...severalBy(exported, ({ name }) => name).keys()],
      [...Object.keys(SAME_NAMES), ...NAMES],
    );
  });

  test('has no base name twice in neighbouring rooms', () => {
    const paths = parsedFiles.map(({ path }) => path);
    const twice = [...severalBy(paths, (path) => basename(path)).values()].flatMap((places) =>
      places.filter((place, index) =>
        places.slice(index + 1).some((other) => areNeighbours(place, other)),
      ),
    );
    expectKnown(twice, [...Object.keys(SAME_FILES), ...FILES]);
  });
});
