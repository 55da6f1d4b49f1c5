export { type FlowOptions, type GradientFlow, gradientFlow, type LayerFlow } from "./flow.ts";
export * from "./pictures/index.ts";
export { type Probed, type ProbedLayer, type ProbedState, probeStates } from "./probe.ts";
