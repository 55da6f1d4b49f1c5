// Keeping a model: in this browser, in the models folder of the command line, or as a file of several kinds.
import { useSignal } from "@preact/signals";
import { file, run, source, watching } from "./app.ts";
import { fileName } from "./bridge.ts";
import { built } from "./data.ts";
import { save } from "./files.ts";
import { postMessage, session } from "./session.ts";
import { keepRun } from "./shelf.ts";
import { words } from "./words/index.ts";
import { zip } from "./zip.ts";

type Files = Readonly<Record<string, Uint8Array>>;

/** The folder of a model as the command line saves it, and the data beside it, so that `train --resume` goes on. */
async function folder(name: string, files: Files): Promise<Blob> {
  const inFolder = Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`${name}/${path}`, bytes]));
  const own = source.value === "own" ? file.value : undefined;
  const text = source.value === "own" ? undefined : built[source.value].text();
  const data = own
    ? { [own.name]: own.bytes }
    : text === undefined
      ? {}
      : { "text.txt": new TextEncoder().encode(text) };
  return zip({ ...inFolder, ...data });
}

const loaded = async (files: Files) => (await import("unrolled/web")).load(files);

const exports: Readonly<Record<string, (name: string, files: Files) => Promise<void>>> = {
  async zip(name, files) {
    save(`${name}.zip`, await folder(name, files));
  },
  async onnx(name, files) {
    const { exportOnnx } = await import("unrolled/files");
    const made = exportOnnx(await loaded(files)) as unknown as Readonly<Record<string, Uint8Array>>;
    const found = Object.entries(made).filter(([, bytes]) => bytes instanceof Uint8Array);
    if (found.length === 1) save(`${name}.onnx`, found[0]![1]);
    else
      save(`${name}-onnx.zip`, zip(Object.fromEntries(found.map(([part, bytes]) => [`${name}.${part}.onnx`, bytes]))));
  },
  async js(name, files) {
    const { exportModule } = await import("unrolled/runtime");
    const { module, types, weights } = exportModule(await loaded(files), { weights: "f16" });
    const encode = (text: string) => new TextEncoder().encode(text);
    save(
      `${name}-js.zip`,
      zip({ [`${name}.js`]: encode(module), [`${name}.d.ts`]: encode(types), [`${name}.safetensors`]: weights }),
    );
  },
  async html(name, files) {
    const { exportPage } = await import("unrolled/runtime");
    save(`${name}.html`, exportPage(await loaded(files), { title: name }));
  },
  async weights(name, files) {
    save(`${name}.safetensors`, files["model.safetensors"]!);
  },
};

export function Keep() {
  const w = words.value;
  const said = useSignal("");
  const busy = useSignal(false);
  const name = useSignal(
    (run.ready.value?.opened ?? fileName()).replace(/\.[a-z0-9]+$/i, "").replace(/[^\p{L}\p{N}_-]+/gu, "-") || "model",
  );
  const doing = async (work: (files: Files) => Promise<string>) => {
    busy.value = true;
    said.value = "";
    try {
      said.value = await work(await run.keep());
    } catch (error) {
      said.value = error instanceof Error ? error.message : String(error);
    } finally {
      busy.value = false;
    }
  };
  return (
    <section>
      <h2>{w.keepTitle}</h2>
      <label class="field short">
        {w.modelName}
        <input
          value={name.value}
          onInput={(event) => {
            name.value = event.currentTarget.value.replace(/[^\p{L}\p{N}_-]+/gu, "-");
          }}
        />
      </label>
      <div class="controls">
        <button
          type="button"
          class="main"
          disabled={busy.value}
          onClick={() =>
            doing(async (files) => {
              await keepRun(name.value, files, run.ready.value!, run.started.value);
              return w.keptHere;
            })
          }
        >
          {w.keepHere}
        </button>
        {session.value?.models && !watching.value && (
          <button
            type="button"
            disabled={busy.value}
            onClick={() =>
              doing(async (files) => {
                await postMessage(`models/${encodeURIComponent(name.value)}`, files);
                return w.keptFolder(`${session.value!.models}/${name.value}`);
              })
            }
          >
            {w.keepFolder}
          </button>
        )}
      </div>
      <h3>{w.exportTitle}</h3>
      <div class="controls">
        {Object.keys(exports).map((kind) => (
          <button
            key={kind}
            type="button"
            disabled={busy.value}
            onClick={() =>
              doing(async (files) => {
                await exports[kind]!(name.value, files);
                return w.exported;
              })
            }
          >
            {w.exports[kind as keyof typeof w.exports]}
          </button>
        ))}
      </div>
      <p role="status" class="notice">
        {said.value}
      </p>
      <p class="hint">{w.resumeHint(name.value)}</p>
    </section>
  );
}
