import ts from "typescript-5.9";

/** What a file takes from another one. */
export interface Import {
  /** As it is written: `./ring.ts`, `@foundation/actor`, `node:net`. */
  readonly specifier: string;
  /** The names it takes, by which the other file calls them. `*` for all. */
  readonly names: readonly string[];
  /** Whether anything of it is left when the types are stripped. */
  readonly isTypeOnly: boolean;
  /** Whether the module loads the other one before it runs itself. */
  readonly isAtLoad: boolean;
}

/** What the rules of the house know of a TypeScript file. */
export interface SourceFile {
  /** Relative to the root of the repository, with `/`. */
  readonly path: string;
  readonly lines: number;
  readonly firstLine: string;
  readonly imports: readonly Import[];
  /** The names it exports. */
  readonly exports: readonly string[];
  /** Whether it declares anything that runs; a file of types does not. */
  readonly hasCode: boolean;
}

/** Reads a file's imports and exports. Types that it names in passing, as `typeof import("./a.ts")`, are imports too. */
export function sourceFileOf(path: string, text: string): SourceFile {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext);
  return {
    path,
    lines: text.split("\n").length - (text.endsWith("\n") ? 1 : 0),
    firstLine: text.slice(0, text.indexOf("\n")),
    imports: [...source.statements.flatMap(declaredImport), ...importsInside(source)],
    exports: source.statements.flatMap(exportedNames),
    hasCode: source.statements.some(isCode),
  };
}

function declaredImport(statement: ts.Statement): Import[] {
  if (ts.isImportDeclaration(statement)) {
    const { importClause: clause } = statement;
    return [
      importOf(statement.moduleSpecifier, clause === undefined ? [] : namesOf(clause), clause?.isTypeOnly ?? false),
    ];
  }
  if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) return [];
  const { exportClause: clause, isTypeOnly } = statement;
  const names = clause !== undefined && ts.isNamedExports(clause) ? clause.elements.map(originalName) : ["*"];
  return [importOf(statement.moduleSpecifier, names, isTypeOnly)];
}

function importOf(specifier: ts.Expression, names: readonly string[], isTypeOnly: boolean): Import {
  return { specifier: (specifier as ts.StringLiteral).text, names, isTypeOnly, isAtLoad: !isTypeOnly };
}

function namesOf({ name, namedBindings }: ts.ImportClause): string[] {
  const named =
    namedBindings === undefined
      ? []
      : ts.isNamedImports(namedBindings)
        ? namedBindings.elements.map(originalName)
        : ["*"];
  return name === undefined ? named : ["default", ...named];
}

function originalName({ propertyName, name }: ts.ImportSpecifier | ts.ExportSpecifier): string {
  return (propertyName ?? name).text;
}

/** Imports in expressions and types, and files that are named for another process: `new URL("./a.ts", import.meta.url)`. */
function importsInside(source: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierInside(node);
    if (specifier !== undefined)
      found.push({ specifier, names: ["*"], isTypeOnly: ts.isImportTypeNode(node), isAtLoad: false });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function specifierInside(node: ts.Node): string | undefined {
  if (ts.isImportTypeNode(node)) {
    return ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : undefined;
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return textOf(node.arguments[0]);
  }
  if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== "URL")
    return undefined;
  const file = textOf(node.arguments?.[0]);
  return file?.endsWith(".ts") ? file.replace(/^(?!\.)/, "./") : undefined;
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined;
}

function isCode(statement: ts.Statement): boolean {
  if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) return false;
  return !ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement);
}

function exportedNames(statement: ts.Statement): string[] {
  if (ts.isExportAssignment(statement)) return ["default"];
  if (ts.isExportDeclaration(statement)) {
    const { exportClause: clause } = statement;
    if (clause === undefined) return [];
    return ts.isNamedExports(clause) ? clause.elements.map(({ name }) => name.text) : [clause.name.text];
  }
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) return ["default"];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => boundNames(name));
  const { name } = statement as ts.DeclarationStatement;
  return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
}

function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : boundNames(element.name)));
}
