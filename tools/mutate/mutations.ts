import { parseAst } from "vitest/node";

/** One small wrong change of a source text. */
export interface Mutation {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** 1-based. */
  readonly line: number;
  /** For people: what stood there, and what does now. */
  readonly what: string;
}

/** A node of the syntax tree (ESTree, with TypeScript's), as far as it is looked at here. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** In place of one operator: the one next to it. */
const operators: Readonly<Record<string, string>> = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "&&": "||",
  "||": "&&",
  "+=": "-=",
  "-=": "+=",
  "++": "--",
  "--": "++",
};
/** Longest text of a change that is shown. */
const shownMax = 70;

/** All small wrong changes of a TypeScript source, in its order. Types, imports, texts and logging are left alone. */
export function mutationsOf(source: string): Mutation[] {
  const found: Mutation[] = [];
  const textOf = ({ start, end }: Node): string => source.slice(start, end);

  const replace = ({ start, end }: Pick<Node, "start" | "end">, text: string): void => {
    const line = source.slice(0, start).split("\n").length;
    const shorten = (each: string): string => each.replaceAll(/\s+/g, " ").trim().slice(0, shownMax) || "nothing";
    found.push({ start, end, text, line, what: `${shorten(source.slice(start, end))}  becomes  ${shorten(text)}` });
  };

  const swapOperator = (node: Node, left: Node, right: Node): void => {
    const other = operators[node.operator as string];
    const isOfTexts = [left, right].some((side) => /^["'`]/.test(textOf(side)));
    if (other === undefined || isOfTexts) return;
    const at = source.indexOf(node.operator as string, left.end);
    replace(
      { start: node.start, end: node.end },
      source.slice(node.start, at) + other + source.slice(at + (node.operator as string).length, node.end),
    );
  };

  const visitors: Readonly<Record<string, (node: Node) => void>> = {
    BinaryExpression: (node) => swapOperator(node, node.left as Node, node.right as Node),
    LogicalExpression: (node) => {
      if (node.operator === "??") replace(node, textOf(node.left as Node));
      else swapOperator(node, node.left as Node, node.right as Node);
    },
    AssignmentExpression: (node) => swapOperator(node, node.left as Node, node.right as Node),
    UpdateExpression: (node) => {
      const argument = node.argument as Node;
      const other = operators[node.operator as string] ?? "";
      replace(node, node.prefix ? other + textOf(argument) : textOf(argument) + other);
    },
    UnaryExpression: (node) => {
      if (node.operator === "!") replace(node, textOf(node.argument as Node));
    },
    Literal: (node) => {
      const value = node.value;
      if (typeof value === "number") replace(node, value === 1 ? "0" : `(${textOf(node)} + 1)`);
      if (typeof value === "boolean") replace(node, String(!value));
    },
    ConditionalExpression: (node) => {
      const [test, yes, no] = [node.test, node.consequent, node.alternate] as [Node, Node, Node];
      replace(node, `${textOf(test)} ? ${textOf(no)} : ${textOf(yes)}`);
    },
    IfStatement: (node) => {
      const [test, yes, no] = [node.test, node.consequent, node.alternate] as [Node, Node, Node | null];
      if (no === null) replace(node, "{}");
      else replace(node, `if (${textOf(test)}) { ${textOf(no)} } else { ${textOf(yes)} }`);
    },
    AwaitExpression: (node) => replace(node, `(${textOf(node.argument as Node)})`),
    ExpressionStatement: (node) => {
      if (!/^super\(|\blog\??\.(debug|info|warn|error)\(/.test(textOf(node)) && !node.directive) replace(node, ";");
    },
    MethodDefinition: (node) => {
      const body = (node.value as Node).body as Node | null;
      const returns = (node.value as Node).returnType as Node | null;
      const isVoid = returns !== null && /^:\s*(void|Promise<void>)$/.test(textOf(returns));
      if (isVoid && body !== null && (body.body as Node[]).length > 1)
        replace({ start: body.start, end: body.start + 1 }, "{ if (this) return;");
    },
  };

  const visit = (node: Node): void => {
    const isType = node.type.startsWith("TS") && !/^TS(As|NonNull|Satisfies)/.test(node.type);
    if (isType || node.type === "ImportDeclaration" || node.type === "TemplateElement") return;
    visitors[node.type]?.(node);
    for (const [field, value] of Object.entries(node)) {
      if (field === "typeAnnotation" || field === "returnType") continue;
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child);
    }
  };
  visit(parseAst(source, { lang: "ts" }) as unknown as Node);
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}
