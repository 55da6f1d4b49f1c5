// Where one's own data goes: a file that is dropped or chosen, a text that is pasted, or a sample of each kind.
import { useSignal } from "@preact/signals";
import { learnFile, pasted, readDropped } from "./app.ts";
import type { SampleName } from "./samples.ts";
import { words } from "./words/index.ts";

const sampleNames: readonly SampleName[] = ["reviews", "people", "dates", "load", "tunes"];

const toRun = () => {
  if (!location.hash.startsWith("#/run")) location.hash = "#/run";
};

export async function dropped(files: FileList | null | undefined): Promise<void> {
  const file = files?.[0];
  if (!file) return;
  toRun();
  await readDropped(file);
}

export function Drop() {
  const w = words.value;
  const over = useSignal(false);
  const text = useSignal("");
  const sample = async (name: SampleName) => {
    const { sampleFile } = await import("./samples.ts");
    toRun();
    learnFile(sampleFile(name));
  };
  return (
    <section
      class={over.value ? "drop over" : "drop"}
      aria-label={w.own}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => {
        over.value = false;
      }}
      onDrop={() => {
        over.value = false;
      }}
    >
      <p class="drop-title">{w.dropHere}</p>
      <p class="hint">{w.dropKinds}</p>
      <div class="controls">
        <label class="button main">
          {w.choose}
          <input type="file" class="sr" onChange={(event) => dropped(event.currentTarget.files)} />
        </label>
        {sampleNames.map((name) => (
          <button key={name} type="button" onClick={() => sample(name)}>
            {w.samples[name]}
          </button>
        ))}
      </div>
      <details>
        <summary>{w.paste}</summary>
        <textarea
          rows={5}
          aria-label={w.paste}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
        <button
          type="button"
          disabled={text.value.trim() === ""}
          onClick={() => {
            toRun();
            learnFile(pasted(text.value));
          }}
        >
          {w.train}
        </button>
      </details>
    </section>
  );
}
