// A sentence as a language model of characters reads it: its text, and where in it each token ends. The state there knows
// the token and everything before it ("contextual string embeddings": Akbik et al., 2018).
import { type Vocabulary, vocabularyFromJSON } from "../vocabulary.ts";

export interface ContextPlaces {
  /** Ids of the characters. */
  readonly ids: readonly number[];
  /** The place of each token's last character among them. */
  readonly ends: readonly number[];
}

/**
 * Begins as a line of the training text does: with `<bos>`, or else a line break. A character that the model does not know
 * is read as `<unk>`, or else as a space.
 *
 * @param separator what stands between two tokens: a space, or nothing where tokens are characters
 */
export function contextPlaces(context: Vocabulary, tokens: readonly string[], separator: string): ContextPlaces {
  const unknown = context.id("<unk>") ?? context.id(" ") ?? 0;
  const ids = [context.id("<bos>") ?? context.id("\n") ?? unknown];
  const read = (text: string) => {
    for (const character of text) ids.push(context.id(character) ?? unknown);
  };
  const ends = tokens.map((token, t) => {
    if (t > 0) read(separator);
    read(token);
    return ids.length - 1;
  });
  return { ids, ends };
}

/** The characters that a language model knows, by its own ids. */
export const contextVocabulary = (tokens: readonly string[]): Vocabulary => vocabularyFromJSON({ tokens });
