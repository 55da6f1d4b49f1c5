// A model as one HTML page with everything inside: to send to a friend, to open from a disk. It asks the network for nothing.
import { fail } from "../base/index.ts";
import { type Model, tasks } from "../tasks/index.ts";
import pageBundle from "./bundles/page-bundle.ts";
import { type ExportModuleOptions, exportModule } from "./export-module.ts";
import pageStyle from "./page-style.ts";

export interface ExportPageOptions extends Pick<ExportModuleOptions, "weights"> {
  /** Heading of the page; the task's name by default. */
  title?: string;
  /** Of a forecaster: values of each series to begin with; a wave by default. */
  sample?: Readonly<Record<string, readonly number[]>>;
}

/** `Language model` */
const titleOf = ({ task }: Model): string => tasks[task].title.replace(/^./, (first) => first.toUpperCase());

/**
 * A page that writes, classifies, rates, tags, translates, forecasts or plays, by the model inside it. Weights are `f16` by
 * default: half the size.
 *
 * @throws UnrolledError for models of steps of numbers, which nobody types in
 *
 * @example
 * ```ts
 * await writeFile("shakespeare.html", exportPage(model, { title: "Shakespeare, nearly" }));
 * ```
 */
export function exportPage(model: Model, options: ExportPageOptions = {}): string {
  const { weights: format = "f16", title = titleOf(model), sample } = options;
  const numbers =
    ("features" in model.config && model.config.features !== undefined) ||
    (model.task === "toy" && model.toy.kind === "regression");
  if (numbers)
    fail({ where: "exportPage", expected: "a model of texts, series or music", received: "one of steps of numbers" });
  const { module, weights } = exportModule(model, { weights: format });
  const begin = { title, about: about(model), sample: sample ?? waves(model) };
  // `export` is of modules that are files; "</script" would end the script.
  const code = `${module.replace("\nexport const load=", "\nconst load=")}${pageBundle}
page.start({load,weights:${JSON.stringify(base64(weights))},...${JSON.stringify(begin)}});`;
  const policy = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'unsafe-inline'";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="generator" content="unrolled export --html">
<title>${escaped(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<script type="module">
${code.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--")}
</script>
</body>
</html>
`;
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function about(model: Model): string {
  const { count } = model.layout;
  const size = count + model.frozenLayout.count;
  const shown = size >= 1e6 ? `${(size / 1e6).toFixed(1)} million` : size.toLocaleString("en-US");
  return `${titleOf(model)} with ${shown} parameters`;
}

/** Something to forecast from, around the mean of each series. */
function waves(model: Model): ExportPageOptions["sample"] {
  if (model.task !== "forecaster") return undefined;
  const { inputs, length, season } = model.config;
  const period = season > 1 ? season : Math.max(4, Math.round(length / 3));
  return Object.fromEntries(
    inputs.map(({ name, mean, deviation, log }) => [
      name,
      Array.from({ length }, (_, t) => {
        const value = mean + deviation * Math.sin((2 * Math.PI * t) / period);
        return Number((log ? Math.exp(value) : value).toPrecision(4));
      }),
    ]),
  );
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}
