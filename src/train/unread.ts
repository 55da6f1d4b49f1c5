// Steps whose loss has not been read yet. A step that is not finite changes nothing, nor do those after it: the run goes back
// to it, and ends there.
import { foldIn, type RandomKey } from "../base/index.ts";
import { failNonFinite } from "./clipping.ts";
import type { TrainingRunner } from "./runner.ts";
import type { TrainingState } from "./state.ts";
import type { Cursor, TrainingBatches } from "./trainable.ts";

interface Around {
  readonly state: TrainingState;
  readonly source: TrainingBatches;
  /** Key of the dropout masks of all steps. */
  readonly masks: RandomKey;
  readonly clipNorm: number;
}

export class UnreadSteps {
  /** The next step is known to be bad: it is to be read. */
  suspect = false;
  private readonly steps: { readonly cursor: Cursor; readonly learningRate: number }[] = [];
  private normAt: number;

  constructor(private readonly around: Around) {
    this.normAt = around.state.step;
  }

  add(cursor: Cursor, learningRate: number): void {
    this.steps.push({ cursor, learningRate });
  }

  /** Takes back the last steps, which changed nothing. */
  takeBack(steps: number): void {
    if (steps > 0) {
      this.around.state.cursor = this.steps.at(-steps)!.cursor;
      this.around.state.step -= steps;
      this.suspect = true;
    }
    this.steps.length = 0;
  }

  /** After a reading: ends the run where `bad` steps are not finite, at the first of them. */
  async check(bad: number, training: TrainingRunner): Promise<void> {
    const { state, source, masks, clipNorm } = this.around;
    const first = this.steps.at(-bad);
    this.takeBack(bad);
    if (bad > 0 && first) {
      const { learningRate } = first;
      const [batch, step] = [source.at(state.cursor), state.step + 1];
      const at = { step, learningRate, key: foldIn(masks, state.step), report: true };
      const { loss, norm } = (await training.run(batch, at))!;
      failNonFinite({
        step,
        loss,
        norm,
        parameter: await training.firstBadGradient(batch, at),
        learningRate,
        previousNorm: this.normAt === state.step ? (state.gradientNorm ?? undefined) : undefined,
        clipNorm: clipNorm === Infinity ? undefined : clipNorm,
      });
    }
    this.normAt = state.step;
  }
}
