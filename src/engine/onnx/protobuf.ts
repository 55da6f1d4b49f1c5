// The little of protocol buffers that an ONNX file needs: varints, lengths, nested messages.

/** From this many bytes on, a value is kept as it was given until `finish`. */
const large = 512;

/**
 * One message under construction. Fields are written in the order of the calls. Large values are copied once, by `finish`:
 * weights are large, and memory that is new to the process costs more than the copy itself.
 */
export class Message {
  private readonly parts: (number[] | Uint8Array)[] = [];
  private last: number[] = [];
  private length = 0;

  /** A whole number; negative ones take ten bytes, as the format says. */
  int(field: number, value: number | bigint): this {
    this.tag(field, 0);
    if (typeof value === "number" && value >= 0) this.varint(value);
    else this.bigVarint(BigInt.asUintN(64, BigInt(value)));
    return this;
  }
  float(field: number, value: number): this {
    this.tag(field, 5);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.append(bytes);
    return this;
  }
  bytes(field: number, value: Uint8Array): this {
    this.tag(field, 2);
    this.varint(value.length);
    this.append(value);
    return this;
  }
  string(field: number, value: string): this {
    for (let i = 0; i < value.length; i++)
      if (value.charCodeAt(i) > 127) return this.bytes(field, new TextEncoder().encode(value));
    this.tag(field, 2);
    this.varint(value.length);
    for (let i = 0; i < value.length; i++) this.byte(value.charCodeAt(i));
    return this;
  }
  message(field: number, value: Message): this {
    this.tag(field, 2);
    this.varint(value.length);
    for (const part of value.parts) this.append(part);
    this.append(value.last);
    return this;
  }
  finish(): Uint8Array {
    const out = new Uint8Array(this.length);
    let at = 0;
    for (const part of [...this.parts, this.last]) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  private append(bytes: number[] | Uint8Array): void {
    if (bytes.length < large) {
      for (const byte of bytes) this.last.push(byte);
    } else {
      this.parts.push(this.last, bytes);
      this.last = [];
    }
    this.length += bytes.length;
  }
  private byte(value: number): void {
    this.last.push(value);
    this.length++;
  }
  private tag(field: number, wire: 0 | 2 | 5): void {
    this.varint(field * 8 + wire);
  }
  private varint(value: number): void {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 128);
    this.byte(rest);
  }
  private bigVarint(value: bigint): void {
    let rest = value;
    for (; rest > 127n; rest >>= 7n) this.byte(Number(rest & 127n) | 128);
    this.byte(Number(rest));
  }
}
