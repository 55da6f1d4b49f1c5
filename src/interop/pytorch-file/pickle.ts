// Reads a Python pickle as plain data. Nothing that a pickle names is ever looked up or called: a global is an inert tag,
// and a call is a record of what would have been called with which arguments. Work and memory are linear in the bytes.
import { fail } from "../../base/index.ts";
import type { ByteCursor } from "../binary/byte-cursor.ts";

/** A name such as `torch.FloatStorage`, never resolved. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** What `name(...args)` would have made, with what was set on it afterwards. */
export class PickleObject {
  readonly entries = new Map<PickleValue, PickleValue>();
  readonly items: PickleValue[] = [];
  state: PickleValue = null;
  constructor(
    readonly name: string,
    readonly args: readonly PickleValue[],
  ) {}
}

/** A reference to data outside the pickle: a storage. */
export class PersistentId {
  constructor(readonly id: PickleValue) {}
}

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | PickleGlobal
  | PickleObject
  | PersistentId;

/** Python's integers may have any length; longer ones than this are not weights. */
const longestInteger = 1024;

const mark = Symbol("mark");
type Slot = PickleValue | typeof mark;

/**
 * Reads one pickle (protocols 0 to 5) at the cursor, which is then behind its end.
 *
 * @throws UnrolledError with code "file" where the bytes are not a pickle, or use what no weight file uses
 */
export function readPickle(bytes: ByteCursor): PickleValue {
  const stack: Slot[] = [];
  const memo = new Map<number, PickleValue>();
  const bad = (problem: string): never => fail({ where: bytes.where, problem, code: "file" });
  const pop = (): PickleValue => {
    const value = stack.pop();
    return value === undefined || value === mark ? bad("the pickle takes a value that is not there") : value;
  };
  const top = (): PickleValue => {
    const value = stack.at(-1);
    return value === undefined || value === mark ? bad("the pickle reads a value that is not there") : value;
  };
  /** The values above the last mark, which go. */
  const popMark = (): PickleValue[] => {
    const at = stack.lastIndexOf(mark);
    if (at < 0) return bad("the pickle has no mark where one is needed");
    const values = stack.splice(at) as PickleValue[];
    values.shift();
    return values;
  };
  const text = (): string => {
    const value = pop();
    return typeof value === "string" ? value : bad("a global has no name");
  };
  const list = (value: PickleValue): PickleValue[] =>
    Array.isArray(value) ? value : value instanceof PickleObject ? value.items : bad("items are added to no list");
  const setItems = (values: readonly PickleValue[]): void => {
    const target = top();
    const entries = target instanceof Map ? target : target instanceof PickleObject ? target.entries : undefined;
    if (!entries || values.length % 2 !== 0) bad("entries are set on no dictionary");
    for (let i = 0; i < values.length; i += 2) entries!.set(values[i]!, values[i + 1]!);
  };
  const named = (callee: PickleValue | undefined): string =>
    callee instanceof PickleGlobal ? callee.name : bad("something without a name is called");
  const call = (): void => {
    const args = pop();
    const callee = pop();
    // Before PyTorch 1.6 a module's class came as a reference to its source.
    const name = callee instanceof PersistentId ? "module" : named(callee);
    stack.push(new PickleObject(name, Array.isArray(args) ? args : [args]));
  };
  const integer = (digits: string): number | bigint => {
    const clean = digits.replace(/L$/, "");
    if (clean.length > longestInteger || !/^-?\d+$/.test(clean)) return bad("an integer cannot be read");
    return narrow(BigInt(clean));
  };
  const recall = (key: number): void => {
    const value = memo.get(key);
    stack.push(value === undefined ? bad(`there is no memo ${key}`) : value);
  };

  const steps: Readonly<Record<number, () => void>> = {
    40: () => stack.push(mark), // MARK
    48: () => void stack.pop(), // POP
    49: () => void popMark(), // POP_MARK
    50: () => stack.push(top()), // DUP
    70: () => stack.push(Number(bytes.line())), // FLOAT
    71: () => stack.push(bytes.float64BigEndian()), // BINFLOAT
    73: () => {
      const line = bytes.line(); // INT, which also writes booleans
      stack.push(line === "01" ? true : line === "00" ? false : integer(line));
    },
    74: () => stack.push(bytes.int32()), // BININT
    75: () => stack.push(bytes.uint8()), // BININT1
    76: () => stack.push(integer(bytes.line())), // LONG
    77: () => stack.push(bytes.uint16()), // BININT2
    78: () => stack.push(null), // NONE
    80: () => stack.push(new PersistentId(bytes.line())), // PERSID
    81: () => stack.push(new PersistentId(pop())), // BINPERSID
    82: call, // REDUCE
    83: () => stack.push(bytes.line().slice(1, -1)), // STRING
    84: () => stack.push(bytes.text(bytes.int32())), // BINSTRING
    85: () => stack.push(bytes.text(bytes.uint8())), // SHORT_BINSTRING
    86: () => stack.push(bytes.line()), // UNICODE
    88: () => stack.push(bytes.text(bytes.uint32())), // BINUNICODE
    93: () => stack.push([]), // EMPTY_LIST
    97: () => {
      const value = pop(); // APPEND
      list(top()).push(value);
    },
    98: () => {
      const state = pop(); // BUILD
      const target = top();
      if (target instanceof PickleObject) target.state = state;
      else bad("a state is set on no object");
    },
    99: () => stack.push(new PickleGlobal(`${bytes.line()}.${bytes.line()}`)), // GLOBAL
    100: () => {
      const values = popMark(); // DICT
      stack.push(new Map());
      setItems(values);
    },
    101: () => {
      const values = popMark(); // APPENDS
      const target = list(top());
      for (const value of values) target.push(value);
    },
    103: () => recall(Number(bytes.line())), // GET
    104: () => recall(bytes.uint8()), // BINGET
    105: () => {
      const name = `${bytes.line()}.${bytes.line()}`; // INST
      stack.push(new PickleObject(name, popMark()));
    },
    106: () => recall(bytes.uint32()), // LONG_BINGET
    108: () => stack.push(popMark()), // LIST
    111: () => {
      const [callee, ...args] = popMark(); // OBJ
      stack.push(new PickleObject(named(callee), args));
    },
    112: () => memo.set(Number(bytes.line()), top()), // PUT
    113: () => memo.set(bytes.uint8(), top()), // BINPUT
    114: () => memo.set(bytes.uint32(), top()), // LONG_BINPUT
    115: () => {
      const value = pop(); // SETITEM
      const key = pop();
      setItems([key, value]);
    },
    116: () => stack.push(popMark()), // TUPLE
    117: () => setItems(popMark()), // SETITEMS
    125: () => stack.push(new Map()), // EMPTY_DICT
    41: () => stack.push([]), // EMPTY_TUPLE
    128: () => {
      const protocol = bytes.uint8(); // PROTO
      if (protocol > 5) bad(`the pickle has protocol ${protocol}; 5 is the newest that is read`);
    },
    129: call, // NEWOBJ
    133: () => stack.push([pop()]), // TUPLE1
    134: () => tuple(2),
    135: () => tuple(3),
    136: () => stack.push(true),
    137: () => stack.push(false),
    138: () => stack.push(littleEndian(bytes.take(bytes.uint8()))), // LONG1
    139: () => {
      const length = bytes.int32(); // LONG4
      if (length > longestInteger) bad("an integer is too long");
      stack.push(littleEndian(bytes.take(length)));
    },
    66: () => stack.push(bytes.take(bytes.uint32())), // BINBYTES
    67: () => stack.push(bytes.take(bytes.uint8())), // SHORT_BINBYTES
    140: () => stack.push(bytes.text(bytes.uint8())), // SHORT_BINUNICODE
    141: () => stack.push(bytes.text(bytes.uint64())), // BINUNICODE8
    142: () => stack.push(bytes.take(bytes.uint64())), // BINBYTES8
    143: () => stack.push([]), // EMPTY_SET
    144: () => {
      const values = popMark(); // ADDITEMS
      const target = list(top());
      for (const value of values) target.push(value);
    },
    145: () => stack.push(popMark()), // FROZENSET
    146: () => {
      pop(); // NEWOBJ_EX: named arguments hold no weights
      call();
    },
    147: () => {
      const name = text(); // STACK_GLOBAL
      stack.push(new PickleGlobal(`${text()}.${name}`));
    },
    148: () => memo.set(memo.size, top()), // MEMOIZE
    149: () => void bytes.uint64(), // FRAME
    150: () => stack.push(bytes.take(bytes.uint64())), // BYTEARRAY8
  };
  function tuple(length: number): void {
    const values = Array.from({ length }, pop).reverse();
    stack.push(values);
  }

  for (;;) {
    const at = bytes.offset;
    const code = bytes.uint8();
    if (code === 0x2e) return pop(); // STOP
    const step = steps[code];
    if (!step) return bad(`byte ${at} is no opcode of a weight file (0x${code.toString(16)})`);
    step();
  }
}

/** A two's complement integer of any length, lowest byte first. */
function littleEndian(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  const negative = bytes.length > 0 && bytes.at(-1)! >= 0x80;
  return narrow(negative ? value - (1n << BigInt(8 * bytes.length)) : value);
}

const narrow = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);
