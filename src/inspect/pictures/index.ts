export { categories, colorOf, inkOn } from "./colors.ts";
export { attentionMap, confusionPicture, type HeatMapOptions, heatMap } from "./heat-map.ts";
export { type Line, type LineChartOptions, lineChart } from "./line-chart.ts";
export { type PianoRollOptions, pianoRoll } from "./piano-roll.ts";
export { tokenLabel } from "./svg.ts";
export {
  sparkline,
  type TerminalChartOptions,
  type TerminalMapOptions,
  terminalBars,
  terminalChart,
  terminalMap,
} from "./terminal.ts";
