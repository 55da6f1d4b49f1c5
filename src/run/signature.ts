// What a file is that is no text, by its first bytes or its name, and what to do with it.

const kinds = "train on text, a table, tags, pairs or music (ABC, MIDI)";
/** A hint where nothing better is known. */
export const trainable = kinds;

const signatures: readonly (readonly [begins: string, is: string, hint: string])[] = [
  ["\xff\xd8\xff", "a JPEG picture", kinds],
  ["\x89PNG", "a PNG picture", kinds],
  ["GIF8", "a GIF picture", kinds],
  ["ID3", "an MP3 recording", kinds],
  ["OggS", "an Ogg recording", kinds],
  ["RIFF", "a WAV recording or a WebP picture", kinds],
  ["%PDF", "a PDF document", "save its text in a .txt file"],
  ["PK\x03\x04", "a zip archive", "unpack it, or save the document as plain text"],
];

const whole = "open the model on the Models screen: choose its whole folder";
const models: readonly (readonly [name: RegExp, is: string])[] = [
  [/\.safetensors$/i, "the weights of a model"],
  [/\.onnx$/i, "an exported model"],
];

/** @returns what the file is and a hint; undefined where it may be text */
export function knownBinary(name: string, bytes: Uint8Array): readonly [is: string, hint: string] | undefined {
  const found = signatures.find(([begins]) => [...begins].every((sign, i) => bytes[i] === sign.charCodeAt(0)));
  if (found) return [found[1], found[2]];
  const model = models.find(([ending]) => ending.test(name));
  return model && [model[1], whole];
}

/** The config.json of a saved model, which is text and yet nothing to train on. */
export function modelConfig(name: string, text: string): readonly [is: string, hint: string] | undefined {
  return /(^|[\\/])config\.json$/i.test(name) && /"unrolled"\s*:\s*\d/.test(text.slice(0, 2000))
    ? ["the config.json of a saved model", whole]
    : undefined;
}
