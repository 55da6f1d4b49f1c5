// What an exported module holds of a model: its graphs as plain data, and where its weights lie in the weight file.

/** A length, or the name of one ("B", "T", "B*T") that is known once a graph is fed. */
export type Dim = number | string;

/** Attributes of operations, those that have any. Axes count from 0. */
export interface Attributes {
  readonly value?: number | readonly number[];
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly perm?: readonly number[];
  readonly axis?: number;
  readonly axes?: readonly number[];
  readonly start?: number;
  readonly to?: string;
}

/** Computes value `id` from other values. */
export type EncodedNode = readonly [
  id: number,
  op: string,
  inputs: readonly number[],
  shape: readonly Dim[],
  attributes?: Attributes,
];

/** A time loop. It computes no value itself but those in `finals` and `stacked`. */
export interface EncodedLoop {
  readonly reverse: boolean;
  /** Placeholders of the body, with their shapes. */
  readonly states: readonly (readonly [id: number, shape: readonly Dim[]])[];
  readonly xs: readonly (readonly [id: number, shape: readonly Dim[]])[];
  /** Values outside: the first states, and what is scanned. */
  readonly initial: readonly number[];
  readonly over: readonly number[];
  /** Values of the body: the states after a step. */
  readonly next: readonly number[];
  readonly body: readonly Instruction[];
  /** Pairs: the place of a state, and the value outside that is its last one. */
  readonly finals: readonly (readonly [index: number, id: number])[];
  /** Pairs: a value of the body, and the value outside that holds it for each step. */
  readonly stacked: readonly (readonly [inner: number, outer: number])[];
}

export type Instruction = EncodedNode | EncodedLoop;

export interface EncodedGraph {
  /** What is fed at each run. */
  readonly inputs: readonly (readonly [name: string, id: number, shape: readonly Dim[]])[];
  readonly weights: readonly (readonly [name: string, id: number])[];
  /** Depends on weights alone: computed once. */
  readonly once: readonly Instruction[];
  readonly each: readonly Instruction[];
  readonly outputs: Readonly<Record<string, number>>;
  /** Shapes of the recurrent states by name, without the batch axis. */
  readonly states: Readonly<Record<string, readonly number[]>>;
}

/** A model without its weights. */
export interface ModelData {
  readonly task: string;
  readonly graphs: Readonly<Record<string, EncodedGraph>>;
  /** What the weight file must have as `model` in its metadata: a module refuses the weights of another model. */
  readonly weights: string;
  /** What the task needs besides: tokenizer, labels, sizes. */
  readonly info: unknown;
}
