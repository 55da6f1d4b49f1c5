import { expect, it } from "vitest";
import { recognizeTokenized } from "./recognize-tokenized.ts";

const many = (text: string, times = 12) => `${text}\n`.repeat(times);

it.each<[string, string, boolean, boolean]>([
  ["WikiText", many(" = <unk> = \n \n It has 2 @,@ 500 seats , built in the 1920s ."), true, true],
  [
    "Penn Treebank: no punctuation",
    many(" pierre <unk> N years old will join the board as a nonexecutive director nov. N "),
    true,
    true,
  ],
  ["spaces around punctuation", many("the cat , it seems , sat on the mat ."), true, false],
  ["segmented Chinese", many("我 喜欢 猫 。 你 呢 ？"), true, false],
  [
    "one abbreviation in many",
    many("Mr. Hall , it seems , is out , as ever , and so on , and on , and on , all day , or night , or both , too ."),
    true,
    false,
  ],
  ["prose", many("The cat, it seems, sat on the mat. Why? Nobody asked."), false, false],
  [
    "prose that names the token",
    `${many("The token <unk> is for the rest.", 1)}${many("One, two, three.", 400)}`,
    false,
    false,
  ],
  ["prose with dashes", many("It was late - very late - and dark. They left.", 30), false, false],
  ["code", many("if ( a === b ) { return f() ; }"), false, false],
  ["names", many("anna"), false, false],
  ["nothing", "", false, false],
])("%s", (_, text, tokenized, unknown) => {
  expect(recognizeTokenized(text)).toEqual({ tokenized, unknown });
});
