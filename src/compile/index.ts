// The compiler between traced tensors and an engine: gradients, passes, and a graph as text.
export { gradient } from "./gradient.ts";
export { finalPasses, forwardPasses, type Pass, runPasses, stepPasses } from "./passes/index.ts";
export { graphSize, printGraph } from "./print.ts";
export { type RewriteRules, type Rewriter, rewriter, withInputs } from "./rewrite.ts";
