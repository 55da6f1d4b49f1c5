// What `inspectGradients` found, as pictures for a page and for a terminal.
import { fail } from "../base/index.ts";
import { byDistance, type InspectedRow } from "./gradients.ts";
import { heatMap, lineChart, terminalBars, terminalChart, terminalMap } from "./pictures/index.ts";

/** A row that was looked at, with names for its steps. */
export interface InspectedSequence extends InspectedRow {
  /** What is read at each step, where it can be written. */
  readonly tokens?: readonly string[];
  /** Of series, the place of each step: -1 is the one before the forecast. */
  readonly x?: readonly number[];
}

export interface View {
  svg(): string;
  /** For a terminal of so many columns. */
  text(columns: number): string;
  /** The numbers behind it, a line each. */
  readonly notes: readonly string[];
}

/** Columns beyond which a chart is no easier to read. */
const widest = 100;

/**
 * The gradient's norm by distance from the output, averaged over rows: a line for each layer, or for each of several models.
 * The cell state is left out: it would hide the others.
 */
export function gradientView(
  models: readonly { readonly name: string; readonly rows: readonly InspectedSequence[] }[],
): View {
  const lines = models.flatMap(({ name: model, rows }) => {
    const shown = byDistance(rows).filter(({ name }) => !name.endsWith(" c"));
    return shown.map(({ name, values }) => ({
      name: models.length === 1 ? name : shown.length === 1 ? model : `${model} ${name}`,
      y: values,
    }));
  });
  const title = "gradient norm ||d loss / d h<t>|| by distance from the output";
  const labels = { title, xLabel: "steps back", logY: true };
  return {
    svg: () => lineChart(lines, { ...labels, yLabel: "norm" }),
    text: (columns) => terminalChart(lines, { ...labels, width: Math.min(widest, columns) }),
    notes: lines.map(({ name, y }) => {
      const at = (distance: number) =>
        `${y[distance]!.toExponential(2)} ${distance === 0 ? "at the output" : `${distance} steps back`}`;
      return `${name}: ${at(y.findIndex(Number.isFinite))}, ${at(y.length - 1)}`;
    }),
  };
}

/**
 * How open each gate is at each step, averaged over its units.
 *
 * @param where the model, for messages
 * @throws UnrolledError for a cell without gates
 */
export function gateView({ tokens, layers }: InspectedSequence, { where }: { where: string }): View {
  const gates = layers.flatMap(({ layer, gates: each }) =>
    Object.entries(each).map(([gate, values]) => ({ name: layers.length > 1 ? `${layer} ${gate}` : gate, values })),
  );
  if (gates.length === 0)
    fail({
      where,
      expected: "a cell with gates",
      received: "a cell without gates",
      hint: "a plain RNN has none",
    });
  const values = gates.map((one) => one.values);
  const labels = { rows: gates.map(({ name }) => name), range: [0, 1] as const };
  // If a source is read besides the target, steps differ and have no common labels.
  const steps = layers.every(({ time }) => time === layers[0]!.time) ? tokens : undefined;
  const title = "gates, averaged over units: 0 closed, 1 open";
  return {
    svg: () => heatMap(values, { ...labels, columns: steps, title }),
    text(columns) {
      // A terminal has room for the last steps only.
      const room = Math.max(8, Math.floor((columns - 20) / 2));
      const last = <T>(all: readonly T[]) => all.slice(-room);
      return `${title}\n${terminalMap(values.map(last), { ...labels, ...(steps ? { columns: last(steps) } : {}) })}`;
    },
    notes: gates.map(({ name, values: open }) => {
      const [least, most] = [Math.min(...open), Math.max(...open)];
      return `${name}: ${least.toFixed(2)} to ${most.toFixed(2)}`;
    }),
  };
}

/** Most tokens that get a bar each. */
const fewTokens = 60;

/**
 * How much an output depends on each input.
 *
 * @param where the model, for messages
 * @throws UnrolledError for a model without a saliency
 */
export function saliencyView(row: InspectedSequence, { where }: { where: string }): View {
  const { saliency: norms, place, placed, tokens, x } = row;
  if (!norms)
    return fail({ where, expected: "a model that reads tokens or numbers", received: "a model without a saliency" });
  const title = `saliency of each input for ${placed ? `output ${place}` : "the output"}: ||d loss / d x<t>||`;
  const notes: string[] = [];
  if (tokens !== undefined && tokens.length === norms.length && tokens.length <= fewTokens)
    return {
      svg: () => heatMap([norms], { columns: tokens, title, range: [0, Math.max(...norms)] }),
      text: (columns) => `${title}\n${terminalBars(norms, { labels: tokens, width: Math.min(widest, columns) })}`,
      notes,
    };
  const lines = [{ name: "saliency", y: norms, ...(x ? { x } : {}) }];
  const labels = { title, xLabel: x ? "steps before the forecast" : "step" };
  return {
    svg: () => lineChart(lines, labels),
    text: (columns) => terminalChart(lines, { ...labels, width: Math.min(widest, columns) }),
    notes,
  };
}
