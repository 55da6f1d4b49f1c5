// A tagger's training step against PyTorch's, on the sentences of a CoNLL-U file: the same network, the same batches.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { speed } from "./measure-speed.mjs";
import { taggerBatches } from "./ours.mjs";
import { Skip } from "./skip.mjs";

/** CORPORA: the folder that holds ud-english-ewt. */
export const taggerSpeed = (options) => async (settings) => {
  const source = join(process.env.CORPORA ?? "../shared/data", "ud-english-ewt", "en_ewt-ud-train.conllu.gz");
  if (!existsSync(source)) throw new Skip("no ud-english-ewt: CORPORA=folder");
  const folder = mkdtempSync(join(tmpdir(), "unrolled-bench-"));
  try {
    const file = join(folder, "batches.json");
    writeFileSync(file, JSON.stringify(await taggerBatches({ ...options, source })));
    const sides = [
      { kind: "node", script: "tagger.mjs", options: { ...options, source } },
      { kind: "python", script: "torch_tagger.py", options: { ...options, file } },
    ];
    return await speed(...sides)(settings);
  } finally {
    rmSync(folder, { recursive: true });
  }
};
