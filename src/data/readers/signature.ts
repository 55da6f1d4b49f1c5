// What a file is that is no text, by its first bytes, and what to do with it.

/** What can be trained on: a hint where nothing better is known. */
export const trainable = "train on text, a table, tags, pairs or music (ABC, MIDI)";

/** Over the first bytes, each as one character. A text that merely begins with the letters of a format matches none. */
const signatures: readonly (readonly [begins: RegExp, is: string, hint: string])[] = [
  [/^\xff\xd8\xff/, "a JPEG picture", trainable],
  [/^\x89PNG/, "a PNG picture", trainable],
  [/^GIF8[79]a/, "a GIF picture", trainable],
  [/^ID3[\x02-\x04]/, "an MP3 recording", trainable],
  [/^OggS\x00/, "an Ogg recording", trainable],
  [/^RIFF[\s\S]{4}(WAVE|WEBP)/, "a WAV recording or a WebP picture", trainable],
  [/^%PDF-/, "a PDF document", "save its text in a .txt file"],
  [/^PK\x03\x04/, "a zip archive", "unpack it, or save the document as plain text"],
];

/** @returns what the file is and a hint; undefined where it may be text */
export function signatureOf(bytes: Uint8Array): { is: string; hint: string } | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  const found = signatures.find(([begins]) => begins.test(start));
  return found && { is: found[1], hint: found[2] };
}
