import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { REPOSITORY } from '../../rig/place.ts';

/** Names that come from outside: no code of ours has to write each of them. */
const FROM_OUTSIDE: Readonly<Record<string, string>> = {
  SignalName: 'the kernel tells it',
  FaultName: 'the supervisor tells it',
  Dialect: 'the next release of supervisor will have it',
};

interface Variant {
  readonly union: string;
  /** The property that tells the members apart; undefined for a union of strings. */
  readonly tag: string | undefined;
  readonly name: string;
}

const SOURCES: readonly ts.SourceFile[] = readdirSync(join(REPOSITORY, 'src'), {
  recursive: true,
  encoding: 'utf8',
})
  .filter((name) => name.endsWith('.ts'))
  .map((name) => {
    const text = readFileSync(join(REPOSITORY, 'src', name), 'utf8');
    return ts.createSourceFile(name, text, ts.ScriptTarget.ESNext, true);
  });

/** The string that a type is, where it is one. */
const literalOf = (node: ts.TypeNode): string | undefined =>
  ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal) ? node.literal.text : undefined;

/** The strings that a type can be, also those of a union inside it. */
function stringsOf(node: ts.TypeNode): readonly string[] {
  if (ts.isUnionTypeNode(node)) return node.types.flatMap(stringsOf);
  const text = literalOf(node);
  return text === undefined ? [] : [text];
}

/** The properties of an object type that are one of some strings. */
function tagsOf(node: ts.TypeNode): ReadonlyMap<string, readonly string[]> {
  if (ts.isParenthesizedTypeNode(node)) return tagsOf(node.type);
  if (ts.isIntersectionTypeNode(node))
    return new Map(node.types.flatMap((type) => [...tagsOf(type)]));
  if (!ts.isTypeLiteralNode(node)) return new Map();
  return new Map(
    node.members.flatMap((member) => {
      if (!ts.isPropertySignature(member) || member.type === undefined) return [];
      const strings = stringsOf(member.type);
      return strings.length === 0 ? [] : [[member.name.getText(), strings] as const];
    }),
  );
}

function variantsOf({ name, type }: ts.TypeAliasDeclaration): readonly Variant[] {
  if (!ts.isUnionTypeNode(type)) return [];
  const union = name.text;
  const strings = stringsOf(type);
  if (strings.length > 0) {
    return strings.map((text) => ({ union, tag: undefined, name: text }));
  }
  const [first, ...others] = type.types.map(tagsOf);
  if (first === undefined) return [];
  const tag = [...first.keys()].find((key) => others.every((other) => other.has(key)));
  if (tag === undefined) return [];
  const names = [first, ...others].flatMap((tags) => tags.get(tag) ?? []);
  return names.map((each) => ({ union, tag, name: each }));
}

/** Whether a string is compared with, or stands for a type, a property or a file. */
function isOnlyNamed(node: ts.StringLiteralLike): boolean {
  const { parent } = node;
  if (ts.isBinaryExpression(parent)) {
    const { kind } = parent.operatorToken;
    return (
      kind === ts.SyntaxKind.EqualsEqualsEqualsToken ||
      kind === ts.SyntaxKind.ExclamationEqualsEqualsToken
    );
  }
  return (
    ts.isCaseClause(parent) ||
    ts.isLiteralTypeNode(parent) ||
    ts.isImportDeclaration(parent) ||
    (ts.isPropertyAssignment(parent) && parent.name === node)
  );
}

/** Every string that is a value somewhere, alone and behind the property that it is given to. */
function madeIn(sources: readonly ts.SourceFile[]): ReadonlySet<string> {
  const made = new Set<string>();
  const visit = (node: ts.Node, property: string | undefined): void => {
    const inside = ts.isPropertyAssignment(node) ? node.name.getText() : property;
    if (ts.isStringLiteralLike(node) && !isOnlyNamed(node)) {
      made.add(node.text);
      made.add(`${property ?? ''}: ${node.text}`);
    }
    // What is handed to a function, or given back by one, gets its property elsewhere.
    const isElsewhere = ts.isCallExpression(node) || ts.isArrowFunction(node);
    ts.forEachChild(node, (child) => {
      visit(child, isElsewhere ? undefined : inside);
    });
  };
  for (const source of sources) visit(source, undefined);
  return made;
}

describe('every variant of a union', () => {
  const variants = SOURCES.flatMap((source) =>
    source.statements.filter(ts.isTypeAliasDeclaration).flatMap(variantsOf),
  ).filter(({ union }) => !(union in FROM_OUTSIDE));
  const made = madeIn(SOURCES);

  test('is found', () => {
    const unions = new Set(variants.map(({ union }) => union));
    for (const union of ['Refusal', 'PlanNote', 'Condition', 'Step', 'StepFailure', 'EventBody']) {
      expect(unions).toContain(union);
    }
    for (const union of ['ErrorCode', 'LimitReason', 'Role', 'Outcome']) {
      expect(unions).toContain(union);
    }
  });

  test('is made somewhere', () => {
    const dead = variants.filter(
      ({ tag, name }) =>
        !made.has(tag === undefined ? name : `${tag}: ${name}`) && !made.has(`: ${name}`),
    );
    expect(dead.map(({ union, name }) => `${union}: ${name}`)).toEqual([]);
  });
});
