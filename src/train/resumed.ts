// What a resumed run goes on from, and must share with the run that was stopped.
import { fail } from "../base/index.ts";
import type { LocalSteps } from "./local-steps.ts";
import type { Optimizer } from "./optimizers/index.ts";
import type { TrainingState } from "./state.ts";
import type { Trainable } from "./trainable.ts";

interface Settings {
  batchSize: number;
  bptt: number;
  seed: number;
  shards: number | undefined;
  localSteps: Pick<LocalSteps, "every" | "replicas"> | undefined;
}

/** The part of a saved state that a run goes on from; throws where the run would be another one. */
export function resumed(
  model: Trainable<never>,
  optimizer: Optimizer,
  { localSteps, ...settings }: Settings,
): TrainingState {
  const state =
    model.training ??
    fail({
      where: "train(resume)",
      expected: "a model with its training state",
      received: "one without",
      hint: "load a folder that was saved during training",
      code: "missing",
    });
  for (const name of ["batchSize", "bptt", "seed", "shards"] as const)
    if (settings[name] !== undefined && state.settings[name] !== settings[name])
      fail({
        where: `train(resume, ${name})`,
        expected: `${state.settings[name]}, as before`,
        received: `${settings[name]}`,
      });
  const { every, replicas } = state.settings.localSteps ?? {};
  if (localSteps?.every !== every || (localSteps?.replicas ?? replicas) !== replicas)
    fail({
      where: "train(resume, localSteps)",
      expected:
        every === undefined ? "none, as before" : `${replicas} replicas that meet every ${every} steps, as before`,
      received: localSteps ? `${localSteps.replicas ?? replicas} replicas, every ${localSteps.every} steps` : "none",
    });
  if (state.settings.optimizer.name !== optimizer.name || optimizer.moments.some((name) => !state.moments[name]))
    fail({
      where: "train(resume, optimizer)",
      expected: `${state.settings.optimizer.name}, as before`,
      received: optimizer.name,
    });
  if (state.parameters.length !== model.layout.length)
    fail({
      where: "train(resume)",
      expected: `a state of ${model.layout.length} floats`,
      received: `${state.parameters.length}`,
      code: "file",
    });
  return state;
}
