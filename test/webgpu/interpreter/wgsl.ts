// The WGSL that the engine writes, as JavaScript: a kernel becomes a generator that one thread runs and that yields at each
// barrier. Arithmetic is that of 32-bit numbers.
import { type Token, tokensOf } from "./tokens.ts";

type Type = "f32" | "u32" | "i32" | "bool" | "vec4<f32>" | "vec4<u32>";
interface Expression {
  readonly code: string;
  readonly type: Type;
}

export interface Kernel {
  /** JavaScript that returns what a thread runs; free names: the arrays, wg, groups, $ (helpers). */
  readonly code: string;
  readonly threads: number;
  /** Arrays in workgroup memory. */
  readonly workgroup: readonly { readonly name: string; readonly type: Type; readonly length: number }[];
}

const precedence: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<", ">", "<=", ">="],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];
const comparisons = new Set(["==", "!=", "<", ">", "<=", ">=", "&&", "||"]);
const isVector = (type: Type): boolean => type.startsWith("vec4");

class Parser {
  private at = 0;
  private readonly tokens: readonly Token[];
  private scopes: Map<string, Type>[] = [new Map()];
  private readonly functions = new Map<string, Type>();
  private readonly arrays = new Map<string, Type>();
  readonly workgroup: { name: string; type: Type; length: number }[] = [];
  threads = 1;
  /** Storage buffers, whose accesses are watched. */
  private readonly shared = new Set<string>();

  constructor(text: string) {
    this.tokens = tokensOf(text);
  }

  module(): string {
    let code = "";
    while (this.at < this.tokens.length) {
      while (this.skip("@")) this.attribute();
      if (this.skip("var")) this.global();
      else {
        this.expect("fn");
        code += this.fn();
      }
    }
    return code;
  }

  private attribute(): void {
    const name = this.name();
    if (this.peek() !== "(") return;
    this.expect("(");
    if (name === "workgroup_size") this.threads = Number.parseInt(this.next(), 10);
    else this.next();
    this.expect(")");
  }

  private global(): void {
    this.expect("<");
    const space = this.name();
    if (this.skip(",")) this.name();
    this.expect(">");
    const name = this.name();
    this.expect(":");
    this.expect("array");
    this.expect("<");
    const type = this.type();
    const length = this.skip(",") ? Number.parseInt(this.next(), 10) : 0;
    this.expect(">");
    this.expect(";");
    this.arrays.set(name, type);
    if (space === "workgroup") this.workgroup.push({ name, type, length });
    if (space === "storage") this.shared.add(name);
  }

  private type(): Type {
    const name = this.name();
    if (name !== "vec4" && name !== "vec3") return name as Type;
    this.expect("<");
    const inner = this.name();
    this.expect(">");
    return `${name}<${inner}>` as Type;
  }

  private fn(): string {
    const name = this.name();
    const main = name === "main";
    this.expect("(");
    const scope = new Map<string, Type>();
    const names: string[] = [];
    while (!this.skip(")")) {
      while (this.skip("@")) this.attribute();
      const parameter = this.name();
      this.expect(":");
      scope.set(parameter, this.type());
      names.push(parameter);
      this.skip(",");
    }
    if (this.skip("->")) this.functions.set(name, this.type());
    this.scopes.push(scope);
    const body = this.block();
    this.scopes.pop();
    return main ? `return function* (lid) ${body};` : `const ${name} = (${names.join(", ")}) => ${body};\n`;
  }

  private block(): string {
    this.expect("{");
    this.scopes.push(new Map());
    let code = "{\n";
    while (!this.skip("}")) code += this.statement();
    this.scopes.pop();
    return `${code}}`;
  }

  private statement(): string {
    const text = this.peek();
    if (text === "{") return this.block();
    if (this.skip("if")) {
      const condition = this.expression().code;
      const yes = this.block();
      return `if (${condition}) ${yes}${this.skip("else") ? ` else ${this.block()}` : ""}\n`;
    }
    if (this.skip("while")) return `while (${this.expression().code}) ${this.block()}\n`;
    if (this.skip("for")) return this.loop();
    if (this.skip("return")) {
      const value = this.peek() === ";" ? "" : this.expression().code;
      this.expect(";");
      return `return ${value};\n`;
    }
    if (text === "break" || text === "workgroupBarrier") {
      this.next();
      if (this.skip("(")) this.expect(")");
      this.expect(";");
      return text === "break" ? "break;\n" : "yield;\n";
    }
    const code = this.simple();
    this.expect(";");
    return `${code};\n`;
  }

  private loop(): string {
    this.expect("(");
    this.scopes.push(new Map());
    const first = this.peek() === ";" ? "" : this.simple();
    this.expect(";");
    const condition = this.expression().code;
    this.expect(";");
    const update = this.simple();
    this.expect(")");
    const body = this.block();
    this.scopes.pop();
    return `for (${first}; ${condition}; ${update}) ${body}\n`;
  }

  /** Declarations and assignments. */
  private simple(): string {
    if (this.skip("let") || this.skip("var")) {
      const name = this.name();
      const declared = this.skip(":") ? this.type() : undefined;
      this.expect("=");
      const value = this.expression();
      this.scopes.at(-1)!.set(name, declared ?? value.type);
      return `let ${name} = ${value.code}`;
    }
    const name = this.name();
    if (this.skip("++")) return `${name} = ${name} + 1 >>> 0`;
    const array = this.arrays.get(name);
    if (!array) {
      const type = this.typeOf(name);
      if (this.skip("=")) return `${name} = ${this.expression().code}`;
      this.expect("+=");
      return `${name} = ${this.binary("+", { code: name, type }, this.expression()).code}`;
    }
    const index = this.index();
    const part = this.peek() === "[" ? this.index() : undefined;
    this.expect("=");
    const value = this.expression().code;
    const put = (at: string) => (this.shared.has(name) ? `${name}.put(${at}, ${value})` : `${name}[${at}] = ${value}`);
    if (!isVector(array)) return put(index);
    return part ? put(`4 * ${index} + ${part}`) : `$.putQuad(${name}, ${index}, ${value})`;
  }

  private index(): string {
    this.expect("[");
    const { code } = this.expression();
    this.expect("]");
    return `(${code})`;
  }

  private typeOf(name: string): Type {
    for (const scope of [...this.scopes].reverse()) {
      const type = scope.get(name);
      if (type) return type;
    }
    throw new Error(`WGSL: unknown name ${name}`);
  }

  private expression(level = 0): Expression {
    if (level === precedence.length) return this.unary();
    let left = this.expression(level + 1);
    while (precedence[level]!.includes(this.peek() ?? ""))
      left = this.binary(this.next(), left, this.expression(level + 1));
    return left;
  }

  private unary(): Expression {
    if (this.skip("-")) {
      const { code, type } = this.unary();
      return { code: isVector(type) ? `$.negative(${code})` : `(-${code})`, type };
    }
    if (this.skip("!")) return { code: `(!${this.unary().code})`, type: "bool" };
    let value = this.primary();
    for (;;) {
      if (this.skip("."))
        value = { code: `${value.code}["xyzw".indexOf("${this.name()}")]`, type: elementOf(value.type) };
      else if (this.peek() === "[") value = { code: `${value.code}[${this.index()}]`, type: elementOf(value.type) };
      else return value;
    }
  }

  private primary(): Expression {
    const { kind, text } = this.tokens[this.at]!;
    this.at++;
    if (text === "(") {
      const { code, type } = this.expression();
      this.expect(")");
      return { code: `(${code})`, type };
    }
    if (kind === "number") return literal(text);
    if (text === "true" || text === "false") return { code: text, type: "bool" };
    if (text === "vec4") {
      this.at--;
      const type = this.type();
      const values = this.list();
      if (values.length === 0) return { code: "[0, 0, 0, 0]", type };
      return { code: values.length === 1 ? `$.four(${values[0]!.code})` : `[${values.map(({ code }) => code)}]`, type };
    }
    if (text === "bitcast") {
      this.expect("<");
      const type = this.type();
      // `>>` closes the type and the call's own bracket.
      if (!this.skip(">")) throw new Error("WGSL: bitcast");
      const [{ code, type: from } = { code: "", type }] = this.list();
      return {
        code:
          from === type ? code : `$.${isVector(type) ? "quad" : "word"}_${elementOf(from)}_${elementOf(type)}(${code})`,
        type,
      };
    }
    const array = this.arrays.get(text);
    if (array) return this.element(text, array);
    if (this.peek() === "(") return this.call(text);
    if (this.peek() === "." && (text === "wg" || text === "groups")) {
      this.at += 2;
      return { code: text, type: "u32" };
    }
    return { code: text, type: this.typeOf(text) };
  }

  private element(name: string, type: Type): Expression {
    const index = this.index();
    const get = (at: string) => (this.shared.has(name) ? `${name}.get(${at})` : `${name}[${at}]`);
    if (!isVector(type)) return { code: get(index), type };
    if (this.peek() !== "[" && this.peek() !== ".") return { code: `$.quad(${name}, ${index})`, type };
    const part = this.skip(".") ? String("xyzw".indexOf(this.name())) : this.index();
    return { code: get(`4 * ${index} + ${part}`), type: elementOf(type) };
  }

  private list(): Expression[] {
    this.expect("(");
    const values: Expression[] = [];
    while (!this.skip(")")) {
      values.push(this.expression());
      this.skip(",");
    }
    return values;
  }

  private call(name: string): Expression {
    const given = this.list();
    const [a, b, c] = given.map(({ code }) => code);
    const type = given[0]!.type;
    if (name === "u32" || name === "i32" || name === "f32") return { code: convert(name, given[0]!), type: name };
    const own = this.functions.get(name);
    if (own) return { code: `${name}(${given.map(({ code }) => code).join(", ")})`, type: own };
    if (name === "select") return { code: `(${c} ? ${b} : ${a})`, type };
    if (name === "min" || name === "max") return { code: `$.${name}(${a}, ${b})`, type };
    if (name === "fma") return { code: `$.fma(${a}, ${b}, ${c})`, type };
    if (["exp", "log", "sqrt", "tanh", "abs", "sign"].includes(name))
      return { code: type === "f32" ? `$.fround(Math.${name}(${a}))` : `(Math.${name}(${a}) | 0)`, type };
    throw new Error(`WGSL: unknown function ${name}`);
  }

  private binary(operator: string, { code: a, type }: Expression, { code: b }: Expression): Expression {
    if (comparisons.has(operator))
      return {
        code: `(${a} ${operator.length === 2 && "=!".includes(operator[0]!) ? `${operator}=` : operator} ${b})`,
        type: "bool",
      };
    if (isVector(type)) return { code: `$["${operator}"](${a}, ${b})`, type };
    if (type === "f32") return { code: `$.fround(${a} ${operator} ${b})`, type };
    if (type === "bool") return { code: `(${a} ${operator === "&" ? "&&" : "||"} ${b})`, type };
    const code =
      operator === "*"
        ? `Math.imul(${a}, ${b})`
        : operator === ">>" && type === "u32"
          ? `(${a} >>> ${b})`
          : `(${a} ${operator} ${b})`;
    return { code: type === "u32" ? `(${code} >>> 0)` : `(${code} | 0)`, type };
  }

  private peek(): string | undefined {
    return this.tokens[this.at]?.text;
  }
  private next(): string {
    return this.tokens[this.at++]!.text;
  }
  private name(): string {
    const { kind, text } = this.tokens[this.at++]!;
    if (kind !== "name") throw new Error(`WGSL: expected a name, got ${text}`);
    return text;
  }
  private skip(text: string): boolean {
    if (this.peek() === text) {
      this.at++;
      return true;
    }
    if (text === ">" && this.peek() === ">>") {
      (this.tokens as Token[]).splice(this.at, 1, { kind: "mark", text: ">" });
      return true;
    }
    return false;
  }
  private expect(text: string): void {
    if (!this.skip(text))
      throw new Error(
        `WGSL: expected ${text}, got ${this.tokens
          .slice(this.at, this.at + 8)
          .map((token) => token.text)
          .join(" ")}`,
      );
  }
}

const elementOf = (type: Type): Type => (isVector(type) ? (type.slice(5, -1) as Type) : type);

function literal(text: string): Expression {
  if (text.startsWith("0x"))
    return { code: String(Number.parseInt(text, 16) >>> 0), type: text.endsWith("i") ? "i32" : "u32" };
  if (text.endsWith("u") || text.endsWith("i"))
    return { code: text.slice(0, -1), type: text.endsWith("u") ? "u32" : "i32" };
  return { code: String(Math.fround(Number.parseFloat(text))), type: "f32" };
}

function convert(to: "u32" | "i32" | "f32", { code, type }: Expression): string {
  if (to === "f32") return type === "bool" ? `(${code} ? 1 : 0)` : `$.fround(${code})`;
  return to === "u32" ? `(${code} >>> 0)` : `(${code} | 0)`;
}

/** Translates a kernel. @throws Error where it is not of the WGSL that the engine writes */
export function translate(text: string): Kernel {
  const parser = new Parser(text);
  const code = parser.module();
  return { code, threads: parser.threads, workgroup: parser.workgroup };
}
