// What `compare` trains and measures, whatever the data.
import { type Trainable, type TrainOptions, train } from "../../index.ts";

/** What one kind of data brings to the comparison. */
export interface Contest {
  /** For people: rows, classes, the window. */
  data: string;
  /** Times through the data where no budget is given. */
  epochs?: number;
  batch: number;
  /** The measures by their name in JSON, and their heading in the table. */
  measures: Readonly<Record<string, string>>;
  networks: readonly Contestant[];
  /** What needs no training, such as the last value. */
  others?: readonly { name: string; measured: Measured }[];
  /** What the columns show, in a sentence or two. */
  note?: string;
}

export type Measured = Readonly<Record<string, number>>;

export interface Contestant {
  name: string;
  /** Made when its turn comes. */
  make(): Runner;
}

export interface Runner {
  parameters: number;
  train(options: TrainOptions<never>): AsyncGenerator<{ step: number }, void, void>;
  measure(): Promise<Measured>;
}

/** A contestant, with the types of its model and its data tied. */
export function contestant<M extends Trainable<Data>, Data>(
  name: string,
  make: () => M,
  data: Data,
  measure: (model: M) => Promise<Measured>,
): Contestant {
  return {
    name,
    make() {
      const model = make();
      return {
        parameters: model.layout.count,
        train: (options) => train<Data>(model, data, options as TrainOptions<Data>),
        measure: () => measure(model),
      };
    },
  };
}
