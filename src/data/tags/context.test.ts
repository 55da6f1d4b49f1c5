import { expect, it } from "vitest";
import { contextPlaces, contextVocabulary } from "./context.ts";

const context = contextVocabulary(["\n", " ", "a", "b", "😀"]);

it("reads a line break, the tokens with the separator between, and tells where each ends", () => {
  expect(contextPlaces(context, ["ab", "😀", "b"], " ")).toEqual({ ids: [0, 2, 3, 1, 4, 1, 3], ends: [2, 4, 6] });
  expect(contextPlaces(context, ["a", "b"], "")).toEqual({ ids: [0, 2, 3], ends: [1, 2] });
  expect(contextPlaces(context, [], " ")).toEqual({ ids: [0], ends: [] });
});

it("reads a character that the model does not know as <unk>, or as a space", () => {
  expect(contextPlaces(context, ["az"], " ").ids).toEqual([0, 2, 1]);
  const lines = contextVocabulary(["<bos>", "<unk>", "a"]);
  expect(contextPlaces(lines, ["az"], " ").ids).toEqual([0, 2, 1]);
});
