// The best tags inside a graph: Viterbi's two passes as loops, so that an exported tagger needs no code around it.
import type { TagDecoderBlock } from "../nn/index.ts";
import { type Parameters, under } from "../nn/index.ts";
import {
  add,
  argMax,
  broadcastTo,
  cast,
  constant,
  equal,
  less,
  max,
  mul,
  range,
  reshape,
  type State,
  scan,
  select,
  sum,
  type Tensor,
  transpose,
  zeros,
} from "../tensor/index.ts";

/** The score of what is forbidden: far below any path's, and finite, as a file for other runtimes should be. */
const never = -1e9;

/** Emissions [T, B, K] and lengths [B] -> the tags of the best path, int [B, T]; 0 past a row's end. */
export function bestTags(decoder: TagDecoderBlock, all: Parameters, emissions: Tensor, lengths: Tensor): Tensor {
  const [T, B, K] = emissions.shape as [string, string, number];
  const { start, transitions, end } = scores(decoder, under(all, "decoder"), K);
  const into = transpose(transitions); // [to, from]
  const steps = reshape(range(T), [T, 1]);
  const isFirst = reshape(equal(range(T), constant(0, [], "int")), [T, 1, 1]);
  const inside = reshape(less(steps, reshape(lengths, [1, B])), [T, B, 1]);

  // best<t>[k]: the score of the best path that ends in k. from<t>[k]: the tag before k on it.
  const { outputs, final } = scan<State>(
    ([e, first, within], { best }) => {
      const reached = add(reshape(best!, [B, 1, K]), into); // [B, to, from]
      const score = add(select(first!, broadcastTo(start, [B, K]), max(reached, { axes: -1 })), e!);
      return { outputs: [argMax(reached)], state: { best: select(within!, score, best!) } };
    },
    { initial: { best: zeros([B, K]) }, xs: [emissions, isFirst, inside] },
  );
  const last = argMax(add(final.best!, end)); // [B]

  // From the last step back: tag<t-1> = from<t>[tag<t>].
  const tags = reshape(range(K), [1, K]);
  const { outputs: found } = scan<State>(
    ([from, within, first], { tag }) => {
      const chosen = cast(equal(tags, reshape(tag!, [B, 1])), "int"); // [B, K]
      const before = sum(mul(cast(chosen, "float"), cast(from!, "float")), { axes: -1 });
      const moves = reshape(within!, [B]);
      const next = select(first!, tag!, select(moves, cast(before, "int"), tag!));
      return { outputs: [select(moves, tag!, constant(0, [], "int"))], state: { tag: next } };
    },
    { initial: { tag: last }, xs: [outputs[0]!, inside, reshape(isFirst, [T, 1])], reverse: true },
  );
  return transpose(found[0]!);
}

/** The chain's scores as tensors: the decoder's parameters, and a penalty on what its rules forbid. */
function scores(decoder: TagDecoderBlock, own: Parameters, K: number) {
  const rules = decoder.chain(() => new Float64Array(K * K));
  const names = { transitions: "transitions", start: "start_transitions", end: "end_transitions" } as const;
  const of = (part: keyof typeof names) => {
    const penalties = Array.from(rules[part], (score) => (score === 0 ? 0 : never));
    const shape = part === "transitions" ? [K, K] : [K];
    const learned = own[names[part]];
    return learned ? add(learned, constant(penalties, shape)) : constant(penalties, shape);
  };
  return { transitions: of("transitions"), start: of("start"), end: of("end") };
}
