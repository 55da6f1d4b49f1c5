// Seeded mutations of bytes and of JSON: what a damaged disk, a bad export or an attacker makes of a file.
import type { Random } from "../../src/base/index.ts";

const pieces = [
  "\0",
  "\n",
  "\n\n",
  "\r",
  "\t",
  " ",
  ",",
  ";",
  '"',
  '""',
  "'",
  "{",
  "}",
  "[",
  "]",
  "[[[[",
  "#",
  "-DOCSTART-",
  "sep=;\n",
  "\ufeff",
  "\u200b",
  "é",
  "한",
  "😀",
  "-1",
  "0",
  "1e999",
  "-0",
  "NaN",
  "Infinity",
  "4294967295",
  "9007199254740993",
  "2147483648",
  "1,234,567",
  "2024-02-30",
  "31/12/2024",
  "null",
  "true",
  '"__proto__"',
  "constructor",
  "X:1\n",
  "K:",
  "|:",
  "(3abc",
  "IN: OUT:",
  "__label__",
  "B-",
  "I-",
  "O",
  "9".repeat(400),
  "a".repeat(3000),
].map((text) => new TextEncoder().encode(text));

/** One to four changes of some bytes; `others` are what pieces are taken from. */
export function mutateBytes(bytes: Uint8Array, r: Random, others: readonly Uint8Array[]): Uint8Array {
  let out = bytes;
  for (let n = 1 + r.below(4); n > 0; n--) {
    const at = r.below(out.length + 1);
    const length = r.below(3) ? r.below(9) : r.below(out.length + 1);
    const piece = pieces[r.below(pieces.length)]!;
    const other = others[r.below(others.length)]!;
    const from = r.below(other.length + 1);
    const changes: (() => Uint8Array)[] = [
      () => put(out, at, 1, Uint8Array.of(r.below(256))),
      () => put(out, at, 1, Uint8Array.of((out[at] ?? 0) ^ (1 << r.below(8)))),
      () => put(out, at, length, new Uint8Array(0)),
      () => put(out, at, 0, out.subarray(at, at + length)),
      () => put(out, at, 0, piece),
      () => put(out, at, piece.length, piece),
      () => out.subarray(0, at),
      () => put(out, at, length, other.subarray(from, from + length)),
      () =>
        put(
          out,
          at,
          4,
          Uint8Array.from({ length: 4 }, () => [0, 255, 127, 128][r.below(4)]!),
        ),
    ];
    out = changes[r.below(changes.length)]!();
    if (out.length > 1 << 20) out = out.subarray(0, 1 << 20);
  }
  return Uint8Array.from(out);
}

function put(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.max(at, bytes.length - remove) + insert.length);
  out.set(bytes.subarray(0, at));
  out.set(insert, at);
  out.set(bytes.subarray(Math.min(bytes.length, at + remove)), at + insert.length);
  return out.subarray(0, Math.min(at, bytes.length) + insert.length + Math.max(0, bytes.length - at - remove));
}

const oddities: readonly unknown[] = [
  null,
  true,
  false,
  -1,
  0,
  1,
  1.5,
  1e9,
  2 ** 31,
  2 ** 53,
  1e308,
  "",
  "x",
  "__proto__",
  "constructor",
  [],
  {},
  [[]],
  [null],
  "9".repeat(300),
  { length: 1e9 },
  [-1],
  [1e9],
  ["\ud800"],
];

/** Replaces, drops or doubles one to three values of some JSON. */
export function mutateJson(value: unknown, r: Random): unknown {
  const root = { value: structuredClone(value) };
  for (let n = 1 + r.below(3); n > 0; n--) {
    const places: [holder: Record<string, unknown>, key: string][] = [];
    const walk = (holder: Record<string, unknown>) => {
      for (const key of Object.keys(holder).slice(0, 200)) {
        places.push([holder, key]);
        const inner = holder[key];
        if (typeof inner === "object" && inner !== null) walk(inner as Record<string, unknown>);
      }
    };
    walk(root);
    if (places.length === 0) break;
    const [holder, key] = places[r.below(places.length)]!;
    const [other, otherKey] = places[r.below(places.length)]!;
    const changes: (() => void)[] = [
      () => {
        holder[key] = structuredClone(oddities[r.below(oddities.length)]);
      },
      () => {
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else delete holder[key];
      },
      () => {
        holder[key] = structuredClone(other[otherKey]);
      },
      () => {
        if (typeof holder[key] === "number") holder[key] = (holder[key] as number) * [-1, 2, 1000, 0.5][r.below(4)]!;
      },
      () => {
        // Deep nesting of what is there.
        let deep: unknown = holder[key];
        for (let d = r.below(40); d > 0; d--) deep = Array.isArray(holder) ? [deep] : { ...holder, [key]: deep };
        holder[key] = deep;
      },
    ];
    changes[r.below(changes.length)]!();
    if (JSON.stringify(root).length > 200_000) break;
  }
  return root.value;
}
