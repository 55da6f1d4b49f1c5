// Numbers, lines and texts of a byte array, in their order. Reading past the end is an error of the file.
import { fail } from "../../base/index.ts";

const utf8 = new TextDecoder();

export class ByteCursor {
  offset = 0;
  readonly #view: DataView;

  /** @param where how errors name the file */
  constructor(
    readonly bytes: Uint8Array,
    readonly where: string,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Moves behind the next `length` bytes and returns where they begin. */
  #advance(length: number): number {
    const at = this.offset;
    if (!(length >= 0 && at >= 0 && at + length <= this.bytes.length))
      fail({
        where: this.where,
        expected: `${length} bytes from byte ${at} on`,
        received: `${this.bytes.length - at}`,
        hint: "the file is truncated or damaged",
        code: "file",
      });
    this.offset += length;
    return at;
  }

  /** A view of the next bytes. */
  take(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.bytes.subarray(at, at + length);
  }

  text = (length: number): string => utf8.decode(this.take(length));

  /** Up to the next line feed, which is passed over. */
  line(): string {
    const end = this.bytes.indexOf(10, this.offset);
    const text = this.text((end < 0 ? this.bytes.length + 1 : end) - this.offset);
    this.#advance(1);
    return text.replace(/\r$/, "");
  }

  uint8 = (): number => this.#view.getUint8(this.#advance(1));
  uint16 = (): number => this.#view.getUint16(this.#advance(2), true);
  uint32 = (): number => this.#view.getUint32(this.#advance(4), true);
  int32 = (): number => this.#view.getInt32(this.#advance(4), true);
  /** Lengths and offsets; a value of 2^53 or more is past the end of any file. */
  uint64 = (): number => Number(this.#view.getBigUint64(this.#advance(8), true));
  float64BigEndian = (): number => this.#view.getFloat64(this.#advance(8), false);
}
