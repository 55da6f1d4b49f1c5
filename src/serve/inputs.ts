// Inputs and results of each task between JSON and the library.
import { fail, showValue } from "../base/index.ts";
import type { Classification, Forecast, Model, OutputOf } from "../tasks/index.ts";

/** Of one input: a network reads a text step by step. */
const mostCharacters = 65_536;

/** Checks the inputs of a request, one by one. @throws UnrolledError that names the first that does not fit */
export function readInputs(model: Model, inputs: readonly unknown[]): unknown[] {
  return inputs.map((given, i) => {
    if (typeof given === "string" && given.length > mostCharacters)
      fail({
        where: `inputs[${i}]`,
        expected: `at most ${mostCharacters} characters`,
        received: String(given.length),
        code: "data",
      });
    const refuse = (expected: string): never =>
      fail({ where: `inputs[${i}]`, expected, received: showValue(given), code: "data" });
    switch (model.task) {
      case "tagger":
        if (typeof given === "string") return given;
        if (Array.isArray(given) && given.every((token) => typeof token === "string")) return given;
        return refuse("a text or a list of tokens");
      case "forecaster":
        return readSeries(model, given, refuse);
      case "generator":
        return { labels: readLabels(model, given, refuse) };
      case "toy":
        return refuse("another model: toys are not served");
      default:
        return typeof given === "string" ? given : refuse("a text");
    }
  });
}

type Refuse = (expected: string) => never;

/** A list of numbers for one series, or an object with a list for each series. */
function readSeries({ config }: Extract<Model, { task: "forecaster" }>, given: unknown, refuse: Refuse) {
  const names = config.inputs.map(({ name }) => name);
  const lists = Array.isArray(given)
    ? names.length === 1
      ? { [names[0]!]: given }
      : refuse(`an object with ${names.join(", ")}`)
    : given;
  if (typeof lists !== "object" || lists === null) return refuse("a list of numbers");
  const series = names.map((name) => {
    const values = Object.hasOwn(lists, name) ? (lists as Record<string, unknown>)[name] : undefined;
    if (!Array.isArray(values) || !values.every((value) => typeof value === "number" && Number.isFinite(value)))
      return refuse(`${JSON.stringify(name)} as a list of numbers`);
    if (values.length < config.length) return refuse(`at least ${config.length} numbers of ${JSON.stringify(name)}`);
    return Float64Array.from(values);
  });
  const length = series[0]!.length;
  if (series.some((values) => values.length !== length)) return refuse("series of one length");
  return { series: { names, series, length } };
}

function readLabels({ config }: Extract<Model, { task: "generator" }>, given: unknown, refuse: Refuse) {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return refuse("an object of labels");
  for (const [name, label] of Object.entries(given)) {
    if (!Object.hasOwn(config.fields, name)) refuse(`labels among ${Object.keys(config.fields).join(", ") || "none"}`);
    if (!config.fields[name]!.includes(label)) refuse(`${name} among ${config.fields[name]!.join(", ")}`);
  }
  return given as Readonly<Record<string, string>>;
}

/** A result as plain data. */
export function writeResult(model: Model, result: OutputOf<Model>): unknown {
  if (model.task === "classifier") {
    const { label, probability, probabilities } = result as Classification;
    const all = model.config.labels.map((name, i): [string, number] => [name, probabilities[i]!]);
    return { label, probability, probabilities: Object.fromEntries(all) };
  }
  if (model.task === "forecaster") return { values: Array.from((result as Forecast).values) };
  // JSON writes a typed array as an object.
  return Object.fromEntries(
    Object.entries(result).map(([name, value]) => [name, value instanceof Float32Array ? Array.from(value) : value]),
  );
}
