import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { REPOSITORY } from '../../../rig/place.ts';

/**
 * The names of a union type in a source file: its string literals, and the literals of the property `tag` of its object types. Types
 * are gone when tests run, so the source is read.
 */
export function unionMembers(path: string, type: string, tag?: string): readonly string[] {
  const text = readFileSync(join(REPOSITORY, path), 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  const alias = source.statements.find(
    (statement): statement is ts.TypeAliasDeclaration =>
      ts.isTypeAliasDeclaration(statement) && statement.name.text === type,
  );
  if (alias === undefined) throw new Error(`${path} declares no type ${type}`);
  const names: string[] = [];
  collect(alias.type, tag, names);
  if (names.length === 0) throw new Error(`${path}: ${type} has no names`);
  return [...new Set(names)];
}

function collect(node: ts.TypeNode, tag: string | undefined, names: string[]): void {
  if (ts.isUnionTypeNode(node) || ts.isIntersectionTypeNode(node)) {
    for (const part of node.types) collect(part, tag, names);
  } else if (ts.isParenthesizedTypeNode(node)) collect(node.type, tag, names);
  else if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) {
    names.push(node.literal.text);
  } else if (ts.isTypeLiteralNode(node) && tag !== undefined) {
    for (const member of node.members) {
      if (!ts.isPropertySignature(member) || member.type === undefined) continue;
      if (ts.isIdentifier(member.name) && member.name.text === tag)
        collect(member.type, tag, names);
    }
  }
}
