export { type FlowOptions, type GradientFlow, gradientFlow, type LayerFlow } from "./flow.ts";
export { byDistance, type InspectedRow, type InspectOptions, inspectGradients } from "./gradients.ts";
export { lectureBlocks, lectureName } from "./notation.ts";
export * from "./pictures/index.ts";
export {
  type Probed,
  type ProbedGate,
  type ProbedLayer,
  type ProbedState,
  type ProbeOptions,
  probeStates,
} from "./probe.ts";
export { gateView, gradientView, type InspectedSequence, saliencyView, type View } from "./views.ts";
export { type Stage, walk } from "./walk.ts";
