// A shard: 1,024 bytes of header (256 little-endian int32: magic number, version 1, number of tokens, zeros), then the ids.
// The layout of llm.c (Karpathy, 2024), which wrote 16-bit ids first and 32-bit ids later. 8-bit ids, for characters, have
// a magic number of our own, so that no other program takes them for wider ones.
import { fail } from "../../base/index.ts";

/** How wide an id is. */
export type TokenType = "uint8" | "uint16" | "uint32";

export const headerBytes = 1024;
export const bytesOfType: Readonly<Record<TokenType, number>> = { uint8: 1, uint16: 2, uint32: 4 };
const magic: Readonly<Record<TokenType, number>> = { uint8: 20_261_101, uint16: 20_240_520, uint32: 20_240_801 };

/** The narrowest type for a vocabulary. */
export const typeFor = (vocabulary: number): TokenType =>
  vocabulary <= 2 ** 8 ? "uint8" : vocabulary <= 2 ** 16 ? "uint16" : "uint32";

/** The header of a shard. */
export function shardHeader(type: TokenType, tokens: number): Uint8Array {
  const header = new Int32Array(headerBytes / 4);
  header.set([magic[type], 1, tokens]);
  return new Uint8Array(header.buffer);
}

export interface ShardFacts {
  readonly type: TokenType;
  readonly tokens: number;
}

/** What the beginning of a file says, where it is the header of a shard. */
export function headerOf(head: Uint8Array): ShardFacts | undefined {
  if (head.length < headerBytes) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, headerBytes);
  const found = (Object.keys(magic) as TokenType[]).find((type) => magic[type] === view.getInt32(0, true));
  return found && view.getInt32(4, true) === 1 ? { type: found, tokens: view.getInt32(8, true) } : undefined;
}

/**
 * The header of a shard of this size.
 *
 * @throws UnrolledError with code "file" where it is no shard, or has not as many ids as its header has
 */
export function checkedHeader(path: string, head: Uint8Array, size: number): ShardFacts {
  const facts = headerOf(head);
  if (!facts) return fail({ where: path, expected: "a shard of tokens", received: "another file", code: "file" });
  const expected = headerBytes + facts.tokens * bytesOfType[facts.type];
  if (size !== expected)
    fail({
      where: path,
      problem: size < expected ? "the shard is truncated" : "the shard is longer than its header has it",
      expected: `${expected} bytes for ${facts.tokens} tokens`,
      received: String(size),
      hint: "copy it again, or tokenize the text again",
      code: "file",
    });
  return facts;
}
