// Files as a zip archive, stored without compression (PKWARE's APPNOTE, 4.3).

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = table[(c ^ byte) & 255]! ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

export function zip(files: Readonly<Record<string, Uint8Array>>): Blob {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let at = 0;
  const add = (part: Uint8Array) => {
    parts.push(new Uint8Array(part));
    at += part.length;
  };
  /** Fields of two and four bytes. */
  const record = (...fields: readonly (readonly [value: number, size: 2 | 4])[]) => {
    const bytes = new Uint8Array(fields.reduce((sum, [, size]) => sum + size, 0));
    const view = new DataView(bytes.buffer);
    let place = 0;
    for (const [value, size] of fields) {
      if (size === 2) view.setUint16(place, value, true);
      else view.setUint32(place, value, true);
      place += size;
    }
    return bytes;
  };
  for (const [name, bytes] of Object.entries(files)) {
    const label = new TextEncoder().encode(name);
    const about = [
      [20, 2],
      [0x0800, 2], // names are UTF-8
      [0, 2],
      [0, 2],
      [0x21, 2], // 1980-01-01
      [crc32(bytes), 4],
      [bytes.length, 4],
      [bytes.length, 4],
      [label.length, 2],
      [0, 2],
    ] as const;
    const offset = at;
    add(record([0x04034b50, 4], ...about));
    add(label);
    add(bytes);
    directory.push(record([0x02014b50, 4], [20, 2], ...about, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]), label);
  }
  const begin = at;
  for (const part of directory) add(part);
  const entries = Object.keys(files).length;
  add(record([0x06054b50, 4], [0, 2], [0, 2], [entries, 2], [entries, 2], [at - begin, 4], [begin, 4], [0, 2]));
  return new Blob(parts, { type: "application/zip" });
}
