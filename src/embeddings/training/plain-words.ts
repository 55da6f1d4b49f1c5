// Turns raw text into words separated by spaces: lowercase; letters, marks and digits only.
import type { ByteChunks } from "../formats/byte-reader.ts";

/** Rewrites chunks of UTF-8 text; line breaks stay. */
export async function* plainWords(chunks: ByteChunks): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  // A pair of surrogates that a chunk cut in two is joined by the decoder; a word cut in two simply goes on.
  const clean = (text: string) => encoder.encode(text.toLowerCase().replace(/[^\p{L}\p{M}\p{N}\n]+/gu, " "));
  for await (const chunk of chunks) yield clean(decoder.decode(chunk, { stream: true }));
  yield clean(decoder.decode());
}
