// A file whose name promises a table or tags, but that is not recognized as one, must not become a language model in silence.
import type { Recognized } from "../data/index.ts";
import { readHead } from "../node/index.ts";
import { isUnrecognized, refuseHead } from "../run/refuse.ts";

/** @throws UnrolledError with the first line that is wrong, where one is */
export async function refuseUnrecognized(file: string, recognized: Recognized): Promise<void> {
  if (!isUnrecognized(file, recognized)) return;
  refuseHead(file, new TextDecoder().decode(await readHead(file, 200_000)), {
    plain: "train on it as plain text: --task language-model",
    columns: "--task names what the columns hold",
  });
}
