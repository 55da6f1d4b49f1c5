// Models: kept in this browser, and those of the command line's folder. Open, go on, compare, take away.
import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { file, run, source } from "./app.ts";
import { Scroll } from "./pictures.tsx";
import { api, session } from "./session.ts";
import { forget, type Kept, keptRuns } from "./shelf.ts";
import { fixed, size, whole, words } from "./words/index.ts";

interface Listed {
  readonly name: string;
  readonly task: string;
  readonly bytes: number;
  readonly saved: number;
  readonly stopped: boolean;
  readonly record?: {
    readonly steps?: number;
    readonly seconds?: number;
    readonly best?: { readonly nats?: number };
    readonly recipe?: { readonly cell?: string; readonly hiddenSize?: number };
  };
}

type Files = Readonly<Record<string, Uint8Array>>;

const kept = signal<readonly Kept[]>([]);
const listed = signal<readonly Listed[]>([]);

async function refresh(): Promise<void> {
  kept.value = await keptRuns().catch(() => []);
  if (session.value?.models)
    listed.value = await api("models")
      .then((response) => response.json() as Promise<Listed[]>)
      .catch(() => []);
}

async function filesOf(name: string): Promise<Files> {
  const at = `models/${encodeURIComponent(name)}`;
  const names = (await (await api(at)).json()) as string[];
  const all = names.map(async (one) => [one, new Uint8Array(await (await api(`${at}/${one}`)).arrayBuffer())] as const);
  return Object.fromEntries(await Promise.all(all));
}

function use(name: string, files: Files, data?: typeof file.value): void {
  source.value = "own";
  file.value = data;
  run.open({ name, files, ...(data ? { file: data } : {}) });
  location.hash = "#/run";
}

function goOn({ start, files }: Kept): void {
  source.value = start?.file ? "own" : source.value;
  file.value = start?.file;
  run.start({ ...start!, resume: files });
  location.hash = "#/run";
}

/** A folder that was chosen, or files of one. */
async function openFolder(chosen: FileList | null): Promise<void> {
  const files: Record<string, Uint8Array> = {};
  let name = "model";
  for (const one of chosen ?? []) {
    const path = (one.webkitRelativePath || one.name).split("/");
    if (path.length > 1) name = path.shift()!;
    files[path.join("/")] = new Uint8Array(await one.arrayBuffer());
  }
  if (Object.keys(files).length > 0) use(name, files);
}

export function Models() {
  const w = words.value;
  const problem = useSignal("");
  useEffect(() => void refresh(), []);
  const guard = (work: () => Promise<void>) => () =>
    work().catch((error: unknown) => {
      problem.value = error instanceof Error ? error.message : String(error);
    });
  const folder = session.value?.models;
  return (
    <main tabIndex={-1}>
      <h1>{w.models}</h1>
      <p class="lead">{w.modelsLead}</p>
      {problem.value && (
        <div role="alert" class="failure">
          {problem.value}
        </div>
      )}
      <section>
        <h2>{w.inBrowser}</h2>
        {kept.value.length === 0 && <p class="hint">{w.noneKept}</p>}
        <ul class="cards">
          {kept.value.map((one) => (
            <li key={one.name} class="card">
              <h3>{one.name}</h3>
              <p>
                {w.task[one.task as keyof typeof w.task]}, {w.parameters(whole(one.parameters))}
              </p>
              <p class="hint">
                {one.recognized} · {w.atStep(whole(one.step))} · {size(one.bytes)}
              </p>
              <div class="controls">
                <button type="button" class="main" onClick={() => use(one.name, one.files, one.start?.file)}>
                  {w.open}
                </button>
                {one.start && (
                  <button type="button" onClick={() => goOn(one)}>
                    {w.goOnTraining}
                  </button>
                )}
                <button type="button" onClick={guard(() => forget(one.name).then(refresh))}>
                  {w.forget}
                </button>
              </div>
            </li>
          ))}
        </ul>
      </section>
      {folder && (
        <section>
          <h2>
            {w.inFolder} <code>{folder}</code>
          </h2>
          {listed.value.length === 0 && <p class="hint">{w.noneListed}</p>}
          <ul class="cards">
            {listed.value.map((one) => (
              <li key={one.name} class="card">
                <h3>{one.name}</h3>
                <p>
                  {w.task[one.task as keyof typeof w.task] ?? one.task}
                  {one.record?.recipe?.cell && `, ${one.record.recipe.cell} ${one.record.recipe.hiddenSize ?? ""}`}
                </p>
                <p class="hint">
                  {[
                    one.record?.steps && w.atStep(whole(one.record.steps)),
                    one.record?.best?.nats !== undefined && w.loss(fixed(one.record.best.nats, 3)),
                    size(one.bytes),
                    one.stopped && w.stoppedRun,
                  ]
                    .filter(Boolean)
                    .join(" · ")}
                </p>
                <div class="controls">
                  <button
                    type="button"
                    class="main"
                    onClick={guard(async () => use(one.name, await filesOf(one.name)))}
                  >
                    {w.open}
                  </button>
                </div>
                {one.stopped && <pre>npx unrolled train --resume {`${folder}/${one.name}`}</pre>}
              </li>
            ))}
          </ul>
          <Compare all={listed.value} />
        </section>
      )}
      <section>
        <h2>{w.openOther}</h2>
        <p class="hint">{w.openOtherAbout}</p>
        <div class="controls">
          <label class="button">
            {w.chooseFolder}
            <input
              type="file"
              class="sr"
              {...{ webkitdirectory: true }}
              onChange={(event) => guard(() => openFolder(event.currentTarget.files))()}
            />
          </label>
          <label class="button">
            .onnx
            <input
              type="file"
              accept=".onnx"
              multiple
              class="sr"
              onChange={(event) => guard(() => openFolder(event.currentTarget.files))()}
            />
          </label>
        </div>
      </section>
    </main>
  );
}

/** Models of one task side by side: the best validation of each. */
function Compare({ all }: { all: readonly Listed[] }) {
  const w = words.value;
  const rows = all.filter(({ record }) => record?.best?.nats !== undefined);
  if (rows.length < 2) return null;
  const sorted = [...rows].sort(
    (a, b) => a.task.localeCompare(b.task) || a.record!.best!.nats! - b.record!.best!.nats!,
  );
  return (
    <details>
      <summary>{w.compare}</summary>
      <Scroll label={w.compare}>
        <table>
          <thead>
            <tr>
              {[w.modelName, w.taskTitle, w.recipe.cell, w.recipe.hiddenSize, w.recipe.steps, w.validationLoss].map(
                (name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ),
              )}
            </tr>
          </thead>
          <tbody>
            {sorted.map(({ name, task, record }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{w.task[task as keyof typeof w.task] ?? task}</td>
                <td>{record?.recipe?.cell ?? ""}</td>
                <td class="number">{record?.recipe?.hiddenSize ?? ""}</td>
                <td class="number">{record?.steps === undefined ? "" : whole(record.steps)}</td>
                <td class="number">{fixed(record!.best!.nats!, 4)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}
