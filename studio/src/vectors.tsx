// Words: vectors learned from a text in a worker, or read from a file; neighbors, analogies, similarity, a map.
import { signal, useSignal } from "@preact/signals";
import { pca, type WordVectors } from "unrolled/embeddings";
import { learnVectors, loadVectors } from "unrolled/web";
import { run } from "./app.ts";
import { smallWorld } from "./small-world.ts";
import { WordMap } from "./word-map.tsx";
import { fixed, percent, whole, words } from "./words/index.ts";

const vectors = signal<WordVectors | undefined>(undefined);
const state = signal<{ share: number } | { problem: string } | undefined>(undefined);

/** Quick on one thread; a small text needs many passes. */
const settings = {
  dim: 32,
  epochs: 12,
  minCount: 2,
  window: 4,
  negatives: 8,
  sample: 1e-2,
  seed: 1337,
  threads: 1,
  plain: true,
} as const;

const problemOf = (error: unknown) => ({ problem: error instanceof Error ? error.message : String(error) });

async function learn(text: Blob): Promise<void> {
  vectors.value = undefined;
  state.value = { share: 0 };
  if (run.status.value === "learning") run.pause();
  try {
    for await (const report of learnVectors(text, settings)) {
      if (report.stage === "training") state.value = { share: report.tokens / report.totalTokens };
      if (report.vectors) vectors.value = report.vectors;
    }
    state.value = undefined;
  } catch (error) {
    state.value = problemOf(error);
  }
}

async function openVectors(file: File | undefined): Promise<void> {
  if (!file) return;
  state.value = { share: 0 };
  try {
    vectors.value = (await loadVectors(file, { limit: 200_000 })).vectors;
    state.value = undefined;
  } catch (error) {
    state.value = problemOf(error);
  }
}

export function Vectors() {
  const w = words.value;
  const text = useSignal("");
  const now = state.value;
  const busy = now !== undefined && "share" in now;
  return (
    <main tabIndex={-1}>
      <h1>{w.vectors}</h1>
      <p class="lead">{w.wordsLead}</p>
      <div class="controls">
        <button type="button" class="main" disabled={busy} onClick={() => learn(new Blob([smallWorld()]))}>
          {w.wordsTrain}
        </button>
        <label class="button">
          {w.wordsOpen}
          <input type="file" class="sr" onChange={(event) => openVectors(event.currentTarget.files?.[0])} />
        </label>
      </div>
      <details>
        <summary>{w.wordsOwn}</summary>
        <textarea
          rows={4}
          aria-label={w.paste}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
        <button type="button" disabled={busy || text.value.trim() === ""} onClick={() => learn(new Blob([text.value]))}>
          {w.train}
        </button>
      </details>
      <p role="status" class="hint">
        {busy
          ? w.wordsLearning(percent(now.share))
          : vectors.value
            ? w.wordsReady(whole(vectors.value.size), whole(vectors.value.dim))
            : ""}
      </p>
      {now && "problem" in now && (
        <div role="alert" class="failure">
          {now.problem}
        </div>
      )}
      {vectors.value && <Explore all={vectors.value} key={vectors.value.size} />}
    </main>
  );
}

/** Most words of the map. */
const mapped = 250;

function Explore({ all }: { all: WordVectors }) {
  const w = words.value;
  const pick = (word: string, otherwise: number) =>
    all.has(word) ? word : all.words[Math.min(otherwise, all.size - 1)]!;
  const word = useSignal(pick("queen", 0));
  const [a, b, c] = [useSignal(pick("man", 1)), useSignal(pick("woman", 2)), useSignal(pick("king", 3))];
  const shown = all.first(Math.min(mapped, all.size));
  const { points } = pca({ data: shown.matrix, rows: shown.size, dim: shown.dim });
  const near = all.has(word.value) ? all.nearest(word.value, { count: 8 }) : [];
  const query = [a.value, b.value, c.value];
  const missing = query.find((one) => !all.has(one));
  const answers = missing === undefined ? all.analogy({ a: a.value, b: b.value, c: c.value, count: 5 }) : [];
  const field = (label: string, value: typeof word) => (
    <label class="field">
      {label}
      <input
        list="vocabulary"
        value={value.value}
        autocomplete="off"
        onInput={(event) => {
          value.value = event.currentTarget.value;
        }}
      />
    </label>
  );
  return (
    <>
      <datalist id="vocabulary">
        {all.words.slice(0, 500).map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <section>
        <h2>{w.map}</h2>
        <WordMap
          names={shown.words}
          points={points}
          label={w.lensAbout.words}
          marked={new Set([word.value, ...near.map((one) => one.word)])}
          onSelect={(name) => {
            word.value = name;
          }}
        />
      </section>
      <div class="two">
        <section>
          <h2>{w.neighbors}</h2>
          {field(w.word, word)}
          {!all.has(word.value) && <p class="hint">{w.unknownWord(word.value)}</p>}
          <Scores found={near} />
        </section>
        <section>
          <h2>{w.analogy}</h2>
          <p class="hint">{w.analogyAbout}</p>
          <div class="fields">
            {field("a", a)}
            {field("b", b)}
            {field("c", c)}
          </div>
          {missing !== undefined && <p class="hint">{w.unknownWord(missing)}</p>}
          <Scores found={answers} />
          {missing === undefined && (
            <p>
              {w.similarity}: {a.value}, {b.value} <b>{fixed(all.similarity(a.value, b.value), 2)}</b>
            </p>
          )}
        </section>
      </div>
    </>
  );
}

function Scores({ found }: { found: readonly { word: string; score: number }[] }) {
  return (
    <ul class="bars">
      {found.map(({ word, score }) => (
        <li key={word}>
          <span>{word}</span>
          <meter min={0} max={1} value={Math.max(0, score)} aria-label={word} />
          <span class="number">{fixed(score, 2)}</span>
        </li>
      ))}
    </ul>
  );
}
