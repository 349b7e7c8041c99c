import ts from 'typescript';
import { sourceFiles } from './source-files.ts';

/** A file of src/**\/*.ts with its syntax tree. */
export interface ParsedFile {
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** Every file of src/**\/*.ts that is compiled. */
export const parsedFiles: readonly ParsedFile[] = sourceFiles('.ts')
  .filter(({ path }) => !path.endsWith('.d.ts'))
  .map(({ path, text }) => ({
    path,
    text,
    tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
  }));

/** Calls `visit` with every node below `node`, itself included. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => {
    walk(child, visit);
  });
}

/** The names that a file declares and exports itself. */
export function exportedNames({ tree }: ParsedFile): ReadonlySet<string> {
  const names = tree.statements.filter(isExported).flatMap((statement) => {
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.map(({ name }) => name.getText(tree));
    }
    const { name } = statement as ts.DeclarationStatement;
    return name === undefined ? [] : [name.text];
  });
  return new Set(names);
}

const isExported = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) &&
  ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
