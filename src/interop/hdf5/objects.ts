// Objects of an HDF5 file: an object header is a list of messages; a group's members are found through a B-tree.
import { fail } from "../../base/index.ts";
import type { ByteCursor } from "../binary/byte-cursor.ts";

/** Where the data of an object's messages begin, by type: 1 a shape, 3 a datatype, 8 a layout, 11 filters, 12 an attribute. */
export type ObjectMessages = ReadonlyMap<number, readonly number[]>;

export interface Hdf5Node {
  readonly messages: ObjectMessages;
  /** Addresses of the object headers of a group's members. */
  readonly members: ReadonlyMap<string, number>;
}

/** Counts work, and ends it where a file asks too much. */
export type Spend = (count: number) => void;

/** @throws UnrolledError with code "file" where there is no object at the address */
export function readNode(cursor: ByteCursor, address: number, spend: Spend): Hdf5Node {
  const messages = readHeader(cursor, address, spend);
  const members = new Map<string, number>();
  const table = messages.get(17)?.[0];
  if (table !== undefined) {
    cursor.offset = table;
    const [tree, heap] = [cursor.uint64(), cursor.uint64()];
    const names = heapAt(cursor, heap);
    for (const [offset, header] of entries(cursor, tree, spend)) members.set(nameAt(cursor, names + offset), header);
  } else if (messages.has(2) || messages.has(6)) {
    fail({
      where: cursor.where,
      expected: "groups as h5py writes them",
      received: "groups of the newer format",
      hint: 'save it without libver="latest" and track_order',
      code: "file",
    });
  }
  return { messages, members };
}

function readHeader(cursor: ByteCursor, address: number, spend: Spend): ObjectMessages {
  const bad = (problem: string) => fail({ where: cursor.where, problem, hint: "the file is damaged", code: "file" });
  cursor.offset = address;
  const version = cursor.uint8();
  if (version !== 1) bad(`there is no object header at byte ${address}`);
  cursor.take(1);
  let left = cursor.uint16();
  cursor.take(4);
  const size = cursor.uint32();
  cursor.take(4); // so that messages begin at a multiple of 8
  const messages = new Map<number, number[]>();
  const blocks = [{ at: cursor.offset, end: cursor.offset + size }];
  for (let block = blocks.shift(); block; block = blocks.shift()) {
    cursor.offset = block.at;
    while (left > 0 && cursor.offset + 8 <= block.end) {
      left--;
      spend(40);
      const [type, length, flags] = [cursor.uint16(), cursor.uint16(), cursor.uint8()];
      cursor.take(3);
      const at = cursor.offset;
      if (flags & 2) bad("a part of the file is shared between objects, which is not read");
      if (type === 16) {
        const next = cursor.uint64();
        blocks.push({ at: next, end: next + cursor.uint64() });
      } else {
        const found = messages.get(type);
        if (found) found.push(at);
        else messages.set(type, [at]);
      }
      cursor.offset = at;
      cursor.take(length);
    }
  }
  return messages;
}

/** Names and object headers of a group, from its B-tree: [offset in the heap, address]. */
function entries(cursor: ByteCursor, root: number, spend: Spend): [number, number][] {
  const found: [number, number][] = [];
  const seen = new Set<number>();
  const todo = [root];
  const bad = (): never => fail({ where: cursor.where, problem: "a group's directory is damaged", code: "file" });
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    if (seen.has(node)) bad();
    seen.add(node);
    cursor.offset = node;
    const kind = cursor.text(4);
    if (kind === "TREE") {
      cursor.take(2); // its type and its level
      const used = cursor.uint16();
      cursor.take(16); // its neighbors
      for (let i = 0; i < used; i++) {
        cursor.take(8); // a key
        spend(40);
        todo.push(cursor.uint64());
      }
    } else if (kind === "SNOD") {
      cursor.take(2);
      const used = cursor.uint16();
      for (let i = 0; i < used; i++) {
        spend(40);
        const name = cursor.uint64();
        const header = cursor.uint64();
        if (cursor.uint32() === 2)
          fail({ where: cursor.where, problem: "the file has symbolic links, which are not read", code: "file" });
        cursor.take(20);
        found.push([name, header]);
      }
    } else bad();
  }
  return found;
}

/** Where a local heap's texts begin. */
function heapAt(cursor: ByteCursor, address: number): number {
  cursor.offset = address;
  if (cursor.text(4) !== "HEAP") fail({ where: cursor.where, problem: "a group's names are missing", code: "file" });
  cursor.take(20);
  return cursor.uint64();
}

const longestName = 4096;

/** A text that ends in a zero byte. */
function nameAt(cursor: ByteCursor, at: number): string {
  const length = cursor.bytes.subarray(at, at + longestName).indexOf(0);
  cursor.offset = at;
  return cursor.text(length < 0 ? longestName : length);
}
