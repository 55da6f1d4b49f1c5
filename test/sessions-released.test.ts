// Everything that compiles a session releases it: training, evaluation, generation, over errors and early exits too.
import { expect, it } from "vitest";
import { charTokenizer } from "../src/data/index.ts";
import { type Engine, referenceEngine } from "../src/engine/index.ts";
import { freeze, gru } from "../src/nn/index.ts";
import { generate } from "../src/tasks/sequence/generate.ts";
import { languageModel } from "../src/tasks/sequence/language-model.ts";
import { evaluate, train } from "../src/train/index.ts";

const text = "abc cab bca ".repeat(20);

/** The reference engine, with a count of the sessions that are open. */
function counting(): { engine: Engine; open: () => number; made: () => number } {
  const inner = referenceEngine();
  let [open, made] = [0, 0];
  const engine: Engine = {
    ...inner,
    async compile(program, options) {
      const session = await inner.compile(program, options);
      open++;
      made++;
      return {
        ...session,
        async release() {
          open--;
          await session.release();
        },
      };
    },
  };
  return { engine, open: () => open, made: () => made };
}

it("sessions are released after training, evaluation and generation", async () => {
  const { engine, open, made } = counting();
  const encoder = freeze(gru({ hiddenSize: 3 }), { unfreezeAfter: { steps: 2 } });
  const model = languageModel({ tokenizer: charTokenizer.fit(text), encoder, embeddingSize: 2 });
  const options = { engine, steps: 4, batchSize: 2, bptt: 4, valid: text.slice(0, 40), evaluateEvery: 2 };
  for await (const _ of train(model, text, options)) expect(open()).toBeGreaterThan(0);
  expect([open(), made()]).toEqual([0, 3]); // two phases and the evaluation
  for await (const { step } of train(model, text, options)) if (step === 2) break;
  expect(open()).toBe(0);
  const failing = train(model, text, { ...options, signal: AbortSignal.abort() });
  for await (const _ of failing);
  await evaluate(model, text, { engine, batchSize: 2 });
  expect(open()).toBe(0);
  // A model that is used keeps what it has compiled, until its weights change.
  const before = made();
  for (let i = 0; i < 3; i++) for await (const _ of generate(model, { engine, maxTokens: 3 }));
  expect([open(), made()]).toEqual([1, before + 1]);
  model.parameters[0]! += 1;
  for (const maxTokens of [3, 4]) for await (const _ of generate(model, { engine, maxTokens }));
  expect([open(), made()]).toEqual([1, before + 2]);
});
