// Messages of a run as text: JSON in which arrays of numbers and bytes are base64.
const marks = { f32: Float32Array, f64: Float64Array, u8: Uint8Array, i32: Int32Array } as const;
type Mark = keyof typeof marks;

export function encodeMessage(message: object): string {
  return JSON.stringify(message, (_, value: unknown) => {
    for (const [mark, Kind] of Object.entries(marks))
      if (value instanceof Kind)
        return { $: mark, b: toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) };
    return value;
  });
}

/** @throws SyntaxError where it is no JSON */
export function decodeMessage<T>(text: string): T {
  return JSON.parse(text, (_, value: unknown) => {
    const { $: mark, b } = (value ?? {}) as { $?: string; b?: string };
    if (typeof b !== "string" || mark === undefined || !Object.hasOwn(marks, mark)) return value;
    const bytes = fromBase64(b);
    const Kind = marks[mark as Mark];
    return new Kind(bytes.buffer, 0, bytes.length / Kind.BYTES_PER_ELEMENT);
  }) as T;
}

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
