import { expect, it } from "vitest";
import { charTokenizer } from "../../data/index.ts";
import { lstm } from "../../nn/index.ts";
import { languageModel } from "../../tasks/sequence/language-model.ts";
import { matmul, type Tensor } from "../../tensor/index.ts";
import { adamW, type Optimizer, rmsprop, sgd } from "../../train/index.ts";
import { trainingProgram } from "../../train/step.ts";
import { analyze, type ProgramParts } from "../program.ts";
import { padded, type Region } from "./kernel/memory.ts";
import { planUpdate } from "./update.ts";

const model = languageModel({ tokenizer: charTokenizer.fit("abcdef gh"), encoder: lstm({ hiddenSize: 4 }) });

function partsOf(optimizer: Optimizer): ProgramParts {
  const active = model.layout.slots.map((slot) => ({ ...slot, since: 0 }));
  return analyze(trainingProgram(model, { kind: "stream", optimizer, clipNorm: 1, active, shards: 2 }).program);
}

/** Everything of fixed shape, one after the other. */
function placesOf({ state, crossing, perShard }: ProgramParts): Map<string, Region> {
  const places = new Map<string, Region>();
  let offset = 0;
  const add = (name: string, tensor: Tensor | undefined) => {
    if (!tensor || tensor.shape.length === 0 || tensor.shape.some((dim) => typeof dim === "string")) return;
    const size = tensor.shape.reduce<number>((a, b) => a * Number(b), 1);
    places.set(name, { offset, size });
    offset += padded(size);
  };
  for (const [name, tensor] of state) add(name, tensor);
  for (const [name, result] of crossing) add(name, perShard[result]);
  return places;
}

it.each([adamW(), sgd(), sgd({ momentum: 0.9, nesterov: true }), rmsprop({ momentum: 0.9 })])(
  "the whole update of $name is planned as loops",
  (optimizer) => {
    const parts = partsOf(optimizer);
    const places = placesOf(parts);
    expect(planUpdate(parts, (name) => places.get(name))).toBeDefined();
  },
);

it("an update with a product is not", () => {
  const optimizer: Optimizer = {
    ...sgd(),
    update: ({ parameter, gradient }) => ({
      parameter:
        gradient.shape.length === 2 ? matmul(matmul(gradient, gradient, { transB: true }), parameter) : gradient,
      moments: {},
    }),
  };
  const parts = partsOf(optimizer);
  const places = placesOf(parts);
  expect(planUpdate(parts, (name) => places.get(name))).toBeUndefined();
});
