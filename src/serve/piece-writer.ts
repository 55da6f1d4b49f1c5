// A piece as a writer: reads labels and a beginning, draws tokens or frames, and gives back what it wrote.
import { foldIn, random, randomKey } from "../base/index.ts";
import { drawLabels, labelId } from "../data/batches/pieces.ts";
import { keyCount, type Steps, scoreOfSteps, stepsOfRoll, writeAbc } from "../data/index.ts";
import { sample, sampleEach, temperature as temperatureFilter } from "../decode/index.ts";
import type { Generator } from "../tasks/index.ts";
import type { Item, Writer } from "./continuous.ts";

export interface PieceRequest {
  readonly labels: Readonly<Record<string, string>>;
  readonly temperature: number;
  readonly maxTokens: number;
  readonly seed: number;
}

/** A piece as plain data: a text, or music in ABC notation. */
export interface WrittenPiece {
  readonly labels: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly abc?: string;
}

/**
 * Labels that are not asked for are drawn. The draws are those of `compose`: the same seed, the same piece.
 *
 * @param take takes the piece when it is done
 */
export function pieceWriter(model: Generator, request: PieceRequest, take: (piece: WrittenPiece) => void): Writer {
  const { content, config } = model;
  const { temperature, maxTokens } = request;
  const draws = random(foldIn(randomKey(request.seed), "compose", 0));
  const { fields } = config;
  const labels = drawLabels(fields, request.labels, draws);
  const ids = Object.fromEntries(
    Object.entries(labels).map(([name, label]) => [`label.${name}`, labelId(fields, name, label)]),
  );
  if (content.type === "frames") {
    const steps: Steps = [];
    return {
      start: [new Float32Array(keyCount)],
      labels: ids,
      next(logits): Item | undefined {
        const frame = sampleEach(logits, temperature, draws);
        steps.push(...stepsOfRoll(frame));
        return steps.length < maxTokens ? frame : undefined;
      },
      end: () => take({ labels, abc: writeAbc(scoreOfSteps(steps, { stepsPerQuarter: content.stepsPerQuarter })) }),
    };
  }
  const { bos, eos } = (content.type === "text" ? content.tokenizer : content.coder).special;
  const filters = [temperatureFilter(temperature)];
  const written: number[] = [];
  return {
    start: [bos!],
    labels: ids,
    next(logits): Item | undefined {
      const id = sample(logits, filters, draws, written);
      if (id === eos) return undefined;
      written.push(id);
      return written.length < maxTokens ? id : undefined;
    },
    end() {
      if (content.type === "text") return take({ labels, text: content.tokenizer.decode(written) });
      const key = labels.key ? { key: labels.key } : {};
      take({ labels, abc: writeAbc({ ...content.coder.decode(written), ...key }) });
    },
  };
}
