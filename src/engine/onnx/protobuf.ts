// The little of protocol buffers that an ONNX file needs: varints, lengths, nested messages.

/**
 * One message under construction. Fields are written in the order of the calls. Bytes are copied once, by `finish`: weights are
 * large, and memory that is new to the process costs more than the copy itself.
 */
export class Message {
  private readonly parts: Uint8Array[] = [];
  private length = 0;

  private push(bytes: Uint8Array): void {
    this.parts.push(bytes);
    this.length += bytes.length;
  }
  /** A whole number; negative ones take ten bytes, as the format says. */
  int(field: number, value: number | bigint): this {
    this.push(varint(BigInt(field) << 3n));
    this.push(varint(BigInt(value)));
    return this;
  }
  float(field: number, value: number): this {
    this.push(varint((BigInt(field) << 3n) | 5n));
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.push(bytes);
    return this;
  }
  bytes(field: number, value: Uint8Array): this {
    this.push(varint((BigInt(field) << 3n) | 2n));
    this.push(varint(BigInt(value.length)));
    this.push(value);
    return this;
  }
  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }
  message(field: number, value: Message): this {
    this.push(varint((BigInt(field) << 3n) | 2n));
    this.push(varint(BigInt(value.length)));
    for (const part of value.parts) this.push(part);
    return this;
  }
  finish(): Uint8Array {
    const out = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
