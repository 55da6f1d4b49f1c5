// The text of one kernel while it is being written: lines of WGSL in which equal expressions share one variable, and
// the parameters that are known only when lengths are (sizes of named axes, offsets in memory).
import { type Dim, product, type Shape } from "../../tensor/shape.ts";

/** Straight-line WGSL. A child sees its parent's variables; a parent does not see those of a child (a loop's body). */
export class Code {
  private readonly lines: (string | (() => string))[] = [];
  private readonly names = new Map<string, string>();

  constructor(
    private readonly counter: { next: number },
    private readonly parent?: Code,
  ) {}

  child(): Code {
    return new Code(this.counter, this);
  }

  add(...lines: string[]): void {
    this.lines.push(...lines);
  }

  /** A line that is known only when all kernels are written. */
  lazy(line: () => string): void {
    this.lines.push(line);
  }

  /** A block: a loop or a branch with a body of its own. */
  block(opening: string, write: (body: Code) => void): void {
    const body = this.child();
    write(body);
    this.lines.push(`${opening} {`, () => body.text(), "}");
  }

  text(): string {
    return this.lines
      .map((line) => (typeof line === "string" ? line : line()))
      .filter(Boolean)
      .join("\n");
  }

  /** The variable that holds an expression. Names, numbers and what was computed before cost nothing. */
  let(expression: string): string {
    if (/^[\w.]+$/.test(expression)) return expression;
    return this.known(expression) ?? this.define(expression, expression);
  }

  /** The variable known under a key. */
  known(key: string): string | undefined {
    return this.names.get(key) ?? this.parent?.known(key);
  }

  define(key: string, expression: string): string {
    const name = /^[\w.]+$/.test(expression) ? expression : `v${this.counter.next++}`;
    if (name !== expression) this.lines.push(`let ${name} = ${expression};`);
    this.names.set(key, name);
    return name;
  }
}

/** Memory of a session: values that last from run to run, or those of one run. */
export type Area = "store" | "arena";

/** A stretch of memory with room for `copies` tensors of one shape. */
export interface Place {
  readonly id: number;
  readonly area: Area;
  readonly shape: Shape;
  readonly copies: Dim;
  /** Read after the run: its memory is not given to anything else. */
  keep: boolean;
  /** The loop of which each step has a copy of its own. */
  readonly rows?: Loop | undefined;
}

export const placeSize = ({ shape, copies }: Place): Dim => product([copies, ...shape]);

/** A loop over time whose steps are dispatches. */
export interface Loop {
  readonly id: number;
  readonly time: Dim;
  readonly reverse: boolean;
  readonly parent: Loop | undefined;
  /** Holds the step while a loop inside it runs. */
  counter?: Place;
}

/** Where a tensor lies: a place, which copy of it, and which part of a concatenation. */
export interface Home {
  readonly place: Place;
  readonly copy?: { readonly of: "time" | "before" | "after" | "final"; readonly loop: Loop };
  readonly part?: { readonly axis: number; readonly start: number; readonly whole: Shape };
}

/** Numbers that a kernel reads from the uniform `P`, since they depend on lengths. */
export type Parameter =
  | { readonly kind: "dim"; readonly dim: Dim }
  | { readonly kind: "offset"; readonly place: Place }
  | { readonly kind: "bits"; readonly bits: number }
  | { readonly kind: "groups"; readonly groups: (size: (dim: Dim) => number) => number };

/** All parameters of a program, in order; equal ones are shared. */
export class Parameters {
  readonly list: Parameter[] = [];
  private readonly known = new Map<string, string>();

  dim(dim: Dim): string {
    return typeof dim === "number" ? `${dim}u` : this.ref(`dim ${dim}`, { kind: "dim", dim });
  }
  size(shape: Shape): string {
    return this.dim(product(shape));
  }
  offset(place: Place): string {
    return this.ref(`offset ${place.id}`, { kind: "offset", place });
  }
  bits(bits: number): string {
    return this.ref(`bits ${bits}`, { kind: "bits", bits });
  }
  groups(groups: (size: (dim: Dim) => number) => number): string {
    return this.ref(`groups ${this.list.length}`, { kind: "groups", groups });
  }

  /** How a kernel names a parameter. */
  text(at: number): string {
    return `P[${at >> 2}].${"xyzw"[at & 3]}`;
  }

  private ref(key: string, parameter: Parameter): string {
    const known = this.known.get(key);
    if (known) return known;
    const at = this.list.push(parameter) - 1;
    const text = this.text(at);
    this.known.set(key, text);
    return text;
  }
}
