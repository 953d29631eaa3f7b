import ts from "typescript-5.9";

/**
 * Classes, interfaces and other types that one can get at from what a module exports, by properties, results and parameters, and
 * that it does not export itself. A value of such a type cannot be exported by a package that only has this module.
 *
 * @param entry the module's declarations.
 * @param within types that are declared elsewhere do not count.
 * @param beside declarations of another module of the same package, whose types have a name there.
 * @returns what was found, each with a declaration that leads to it.
 */
export function unnamedTypes(entry: string, within: string, beside?: string): string[] {
  const entries = beside === undefined ? [entry] : [entry, beside];
  const program = ts.createProgram(entries, {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
    types: [],
  });
  const checker = program.getTypeChecker();
  const resolve = (symbol: ts.Symbol): ts.Symbol =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const exportsOf = (file: string): ts.Symbol[] => {
    const source = program.getSourceFile(file);
    const moduleSymbol = source && checker.getSymbolAtLocation(source);
    if (moduleSymbol === undefined) throw new Error(`${file} is no module`);
    return checker.getExportsOfModule(moduleSymbol).map(resolve);
  };
  const exported = exportsOf(entry);
  const named = new Set(beside === undefined ? [] : exportsOf(beside));
  const seen = new Set(exported);
  const unnamed: string[] = [];
  for (const symbol of seen) {
    for (const name of (symbol.declarations ?? []).flatMap(namesIn)) {
      const found = checker.getSymbolAtLocation(name);
      if (found === undefined) continue;
      const type = resolve(found);
      const file = type.declarations?.[0]?.getSourceFile().fileName ?? "";
      if (
        seen.has(type) ||
        named.has(type) ||
        !(type.flags & ts.SymbolFlags.Type) ||
        type.flags & ts.SymbolFlags.TypeParameter
      )
        continue;
      if (!file.startsWith(`${within}/`)) continue;
      seen.add(type);
      if (!isInlined(type)) unnamed.push(`${type.name}, from ${symbol.name}`);
    }
  }
  return unnamed.sort();
}

/** The compiler writes out an alias that its own module keeps to itself. */
function isInlined(type: ts.Symbol): boolean {
  return (type.declarations ?? []).every(
    (each) => ts.isTypeAliasDeclaration(each) && !(ts.getCombinedModifierFlags(each) & ts.ModifierFlags.Export),
  );
}

/** The names of types in a declaration, without private members, constructors, and the insides of computed types. */
function namesIn(node: ts.Node): ts.Node[] {
  if (ts.isConstructorDeclaration(node) || ts.isMappedTypeNode(node) || ts.isConditionalTypeNode(node)) return [];
  if (ts.isClassElement(node) && isPrivate(node)) return [];
  const name = nameOf(node);
  const inside: ts.Node[] = name === undefined ? [] : [name];
  ts.forEachChild(node, (child) => void inside.push(...namesIn(child)));
  return inside;
}

function isPrivate(node: ts.ClassElement): boolean {
  const isMarked = (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0;
  return isMarked || (node.name !== undefined && ts.isPrivateIdentifier(node.name));
}

function nameOf(node: ts.Node): ts.Node | undefined {
  if (ts.isTypeReferenceNode(node)) return node.typeName;
  if (ts.isExpressionWithTypeArguments(node)) return node.expression;
  return ts.isImportTypeNode(node) ? node.qualifier : undefined;
}
