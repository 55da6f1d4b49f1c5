// Memory of an interpreted kernel. It is stricter than a GPU: an access out of bounds is an error, and so is a word that one
// workgroup writes and another reads or writes in the same dispatch.

export type Words = Uint32Array<ArrayBuffer>;
export type Vector = readonly number[];

/** The workgroup under way: all that runs has a number of its own, and those of a dispatch follow each other. */
export const running = { first: 0, group: 0 };

/** A storage buffer. */
export class Shared {
  private readonly writers: Int32Array;
  /** The two last workgroups that read a word. */
  private readonly readers: Int32Array;
  private readonly others: Int32Array;

  constructor(
    readonly name: string,
    readonly words: Words,
  ) {
    this.writers = new Int32Array(words.length);
    this.readers = new Int32Array(words.length);
    this.others = new Int32Array(words.length);
  }

  get(index: number): number {
    const { group } = running;
    this.check(index, this.writers);
    if (this.readers[index] !== group) {
      this.others[index] = this.readers[index]!;
      this.readers[index] = group;
    }
    return this.words[index]!;
  }

  put(index: number, word: number): void {
    for (const before of [this.writers, this.readers, this.others]) this.check(index, before);
    this.writers[index] = running.group;
    this.words[index] = word;
  }

  private check(index: number, before: Int32Array): void {
    const { first, group } = running;
    const other = before[index];
    if (other === undefined) throw new Error(`${this.name}[${index}] is out of bounds (${this.words.length} words)`);
    if (other >= first && other !== group)
      throw new Error(`two workgroups of one dispatch share ${this.name}[${index}]`);
  }
}

type Memory = Shared | Float32Array | Uint32Array;

const { fround } = Math;
const floats = new Float32Array(1);
const words = new Uint32Array(floats.buffer);
const float = (word: number): number => {
  words[0] = word;
  return floats[0]!;
};
const word = (x: number): number => {
  floats[0] = x;
  return words[0]!;
};
const zip =
  (join: (x: number, y: number) => number) =>
  (a: Vector, b: Vector): Vector => [
    fround(join(a[0]!, b[0]!)),
    fround(join(a[1]!, b[1]!)),
    fround(join(a[2]!, b[2]!)),
    fround(join(a[3]!, b[3]!)),
  ];

/** What translated kernels call. */
export const machine = {
  fround,
  word_f32_u32: word,
  word_u32_f32: float,
  word_u32_i32: (x: number) => x | 0,
  word_i32_u32: (x: number) => x >>> 0,
  quad_u32_f32: (a: Vector): Vector => [float(a[0]!), float(a[1]!), float(a[2]!), float(a[3]!)],
  quad_f32_u32: (a: Vector): Vector => [word(a[0]!), word(a[1]!), word(a[2]!), word(a[3]!)],
  quad(memory: Memory, index: number): Vector {
    const at = 4 * index;
    if (memory instanceof Shared) return [memory.get(at), memory.get(at + 1), memory.get(at + 2), memory.get(at + 3)];
    return [memory[at]!, memory[at + 1]!, memory[at + 2]!, memory[at + 3]!];
  },
  putQuad(memory: Memory, index: number, values: Vector): void {
    if (!(memory instanceof Shared))
      memory.set(values, 4 * index); // throws where it is out of bounds
    else for (let k = 0; k < 4; k++) memory.put(4 * index + k, values[k]!);
  },
  four: (x: number): Vector => [x, x, x, x],
  negative: (a: Vector): Vector => a.map((x) => -x),
  "+": zip((x, y) => x + y),
  "-": zip((x, y) => x - y),
  "*": zip((x, y) => x * y),
  "/": zip((x, y) => x / y),
  min: Math.min,
  max: Math.max,
  fma: (a: Vector, b: Vector, c: Vector): Vector => [
    fround(a[0]! * b[0]! + c[0]!),
    fround(a[1]! * b[1]! + c[1]!),
    fround(a[2]! * b[2]! + c[2]!),
    fround(a[3]! * b[3]! + c[3]!),
  ],
};
