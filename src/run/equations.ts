// A cell written as on the slide, one equation a line:
//
//   Γu = sigmoid(Wuc @ c + Wux @ x + bu)
//   c~ = tanh(Wcc @ c + Wcx @ x + bc)
//   c = Γu * c~ + (1 - Γu) * c
//
// `@` is the matrix product, `*` the element-wise one. A name that is read before its equation is the state of the last step; a
// name without an equation is a parameter: a matrix left of `@`, else a vector. x is the input; the last equation is the output.
import { fail } from "../base/index.ts";
import { type Cell, cell } from "../nn/index.ts";
import { add, div, exp, linear, log, mul, neg, relu, sigmoid, sqrt, sub, type Tensor, tanh } from "../tensor/index.ts";

type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "call"; readonly name: keyof typeof functions; readonly of: Expression }
  | { readonly kind: "binary"; readonly op: string; readonly a: Expression; readonly b: Expression };

interface Equation {
  readonly name: string;
  readonly value: Expression;
  readonly line: number;
}

const functions = { sigmoid, tanh, relu, exp, log, sqrt, σ: sigmoid } as const;
const mostLength = 4000;

/** @throws UnrolledError with code "argument": a line that is no equation, no state, a product that is not of a matrix and a vector */
export function cellOfEquations(text: string): Cell {
  if (text.length > mostLength)
    fail({
      where: "cell",
      expected: `at most ${mostLength} characters`,
      received: String(text.length),
      code: "argument",
    });
  const equations = text.split("\n").flatMap((line, i) => parseLine(line, i + 1));
  const output = equations.at(-1)?.name;
  if (output === undefined) return fail({ where: "cell", expected: "an equation", received: "none", code: "argument" });
  const { states, matrices, vectors } = namesOf(equations);
  if (states.length === 0)
    fail({
      where: "cell",
      expected: "a name that is read before its equation: the state of the last step",
      received: "none",
      hint: `for example ${output} = tanh(W @ ${output} + U @ x + b)`,
      code: "argument",
    });
  return cell({
    name: "own",
    options: { equations: text },
    parameters: ({ inputSize: D, hiddenSize: H }) =>
      Object.fromEntries([
        ...[...matrices].map(([name, right]) => [name, [H, right === "x" ? D : H]] as const),
        ...vectors.map((name) => [name, [H]] as const),
      ]),
    state: states,
    step(parameters, x, state) {
      const values: Record<string, Tensor> = { ...parameters, ...state, x };
      for (const { name, value } of equations) values[name] = evaluate(value, values);
      return { output: values[output]!, state: Object.fromEntries(states.map((name) => [name, values[name]!])) };
    },
  });
}

/** Which names are states, and which are parameters. */
function namesOf(equations: readonly Equation[]) {
  const defined = new Set(equations.map(({ name }) => name));
  const found = new Set<string>();
  const [states, vectors] = [new Set<string>(), new Set<string>()];
  const matrices = new Map<string, string>();
  for (const { name, value, line } of equations) {
    const where = `cell:${line}`;
    const visit = (part: Expression): void => {
      if (part.kind === "call") visit(part.of);
      else if (part.kind === "name") {
        if (part.name === "x") return;
        if (!defined.has(part.name)) vectors.add(part.name);
        else if (!found.has(part.name)) states.add(part.name);
      } else if (part.kind === "binary" && part.op === "@") {
        const { a, b } = part;
        if (a.kind !== "name" || defined.has(a.name) || a.name === "x")
          return void fail({ where, problem: "the left side of @ must be the name of a matrix", code: "argument" });
        const right = b.kind === "name" && b.name === "x" ? "x" : "state";
        const before = matrices.get(a.name);
        if (before !== undefined && before !== right)
          fail({ where, problem: `${a.name} multiplies both the input and a state`, code: "argument" });
        matrices.set(a.name, right);
        visit(b);
      } else if (part.kind === "binary") {
        visit(part.a);
        visit(part.b);
      }
    };
    visit(value);
    found.add(name);
  }
  for (const name of matrices.keys())
    if (vectors.has(name)) fail({ where: "cell", problem: `${name} is both a matrix and a vector`, code: "argument" });
  return { states: [...states], matrices, vectors: [...vectors] };
}

function evaluate(part: Expression, values: Readonly<Record<string, Tensor>>): Tensor {
  const result = value(part, values);
  return typeof result === "number" ? add(mul(values.x!, 0), result) : result;
}

function value(part: Expression, values: Readonly<Record<string, Tensor>>): Tensor | number {
  switch (part.kind) {
    case "number":
      return part.value;
    case "name":
      return values[part.name]!;
    case "call": {
      const of = value(part.of, values);
      if (typeof of === "number")
        return fail({ where: "cell", problem: `${part.name} of a number: write the number`, code: "argument" });
      return functions[part.name](of);
    }
    case "binary": {
      if (part.op === "@") return linear(value(part.b, values) as Tensor, value(part.a, values) as Tensor);
      const [a, b] = [value(part.a, values), value(part.b, values)];
      if (typeof a === "number" && typeof b === "number")
        return { "+": a + b, "-": a - b, "*": a * b, "/": a / b }[part.op]!;
      if (part.op === "-" && a === 0) return neg(b as Tensor);
      return { "+": add, "-": sub, "*": mul, "/": div }[part.op]!(a, b);
    }
  }
}

const token = /\s*(?:(\d+(?:\.\d+)?)|([\p{L}_][\p{L}\p{N}_~']*)|([-+*/@()=⊙]))/uy;

function parseLine(line: string, number: number): Equation[] {
  const plain = line.replace(/(#|\/\/).*/, "").trim();
  if (plain === "") return [];
  const where = `cell:${number}`;
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < plain.length) {
    const at = token.lastIndex;
    const found = token.exec(plain);
    if (!found)
      return fail({
        where,
        expected: "a name, a number or an operator",
        received: plain.slice(at).trim()[0],
        code: "argument",
      });
    const [, digits, name, sign] = found;
    tokens.push(digits ?? name ?? (sign === "⊙" ? "*" : sign!));
  }
  let at = 0;
  const expect = (wanted: string): void => {
    if (tokens[at++] !== wanted)
      fail({ where, expected: wanted, received: tokens[at - 1] ?? "the end of the line", code: "argument" });
  };
  const isName = (text: string | undefined): text is string => text !== undefined && /^[\p{L}_]/u.test(text);
  function chain(operators: readonly string[], next: () => Expression): Expression {
    let a = next();
    while (operators.includes(tokens[at] ?? "")) {
      const op = tokens[at++]!;
      a = { kind: "binary", op, a, b: next() };
    }
    return a;
  }
  const sum = (): Expression => chain(["+", "-"], product);
  const product = (): Expression => chain(["*", "/"], matrix);
  function matrix(): Expression {
    const a = factor();
    return tokens[at] === "@" && ++at ? { kind: "binary", op: "@", a, b: matrix() } : a;
  }
  function factor(): Expression {
    const first = tokens[at++];
    if (first === "-") return { kind: "binary", op: "-", a: { kind: "number", value: 0 }, b: factor() };
    if (first === "(") {
      const inner = sum();
      expect(")");
      return inner;
    }
    if (first !== undefined && /^\d/.test(first)) return { kind: "number", value: Number(first) };
    if (!isName(first))
      return fail({
        where,
        expected: "a name or a number",
        received: first ?? "the end of the line",
        code: "argument",
      });
    if (tokens[at] !== "(") return { kind: "name", name: first };
    if (!Object.hasOwn(functions, first))
      fail({ where, expected: Object.keys(functions).join(", "), received: first, code: "argument" });
    at++;
    const of = sum();
    expect(")");
    return { kind: "call", name: first as keyof typeof functions, of };
  }
  const name = tokens[at++];
  if (!isName(name) || name === "x")
    fail({ where, expected: "the name of a result", received: name ?? "nothing", code: "argument" });
  expect("=");
  const result = sum();
  if (at < tokens.length) fail({ where, expected: "the end of the line", received: tokens[at]!, code: "argument" });
  return [{ name: name!, value: result, line: number }];
}
