// A live figure: computes when its parameters or weights change, plays by itself, trains, and lights the page's equations.
import { render } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { AnyFigure, Lang } from "./figure.ts";
import type { Frame, Weights } from "./lesson.ts";
import { recordedWeights } from "./recorded.ts";
import { type Say, say } from "./say.ts";
import { type Status, trainer } from "./trainer.ts";

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const saving = () => (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;

export interface StageProps {
  figure: AnyFigure;
  lang: Lang;
  /** Lesson's id, where it trains. */
  lesson?: string;
  host: HTMLElement;
}

/** Draws a figure's numbers: in the page and in the still. */
export function Picture({
  figure,
  lang,
  params,
  data,
  set,
}: {
  figure: AnyFigure;
  lang: Lang;
  params: object;
  data: unknown;
  set: (change: object) => void;
}) {
  return <div class="picture">{figure.view({ params, data, w: figure.words[lang], lang, set })}</div>;
}

function Stage({ figure, lang, lesson, host }: StageProps) {
  const [params, setParams] = useState(figure.params);
  const [playing, setPlaying] = useState(() => figure.play !== undefined && !calm());
  const [weights, setWeights] = useState<Weights | undefined>();
  const [shown, setShown] = useState<{ params: object; data: unknown } | undefined>();
  const [status, setStatus] = useState<Status>("recorded");
  const [progress, setProgress] = useState<{ share: number; loss: number; step: number }>();
  const [failure, setFailure] = useState("");
  const visible = useVisible(host);
  const w = say[lang];

  useEffect(() => void recordedWeights(lesson).then((found) => setWeights((now) => now ?? found)), [lesson]);

  // The newest wins: while one is being computed, later ones wait and only the last is done.
  const next = useRef<(() => Promise<void>) | undefined>(undefined);
  const busy = useRef(false);
  useEffect(() => {
    if (!weights) return;
    next.current = async () => {
      const data = await figure.compute(params, weights);
      setShown({ params, data });
    };
    if (busy.current) return;
    busy.current = true;
    void (async () => {
      try {
        while (next.current) {
          const run = next.current;
          next.current = undefined;
          await run();
          await new Promise((resolve) => requestAnimationFrame(resolve));
        }
      } catch (error) {
        setFailure(error instanceof Error ? error.message : String(error));
      } finally {
        busy.current = false;
      }
    })();
  }, [params, weights]);

  useEffect(() => {
    if (!playing || !visible || !figure.play) return;
    const { next: following, every } = figure.play;
    const timer = setInterval(() => setParams((now) => ({ ...now, ...following(now) })), every);
    return () => clearInterval(timer);
  }, [playing, visible]);

  const training = useMemo(
    () =>
      lesson &&
      trainer(lesson, take, (now, message) => {
        setStatus(now);
        if (message) setFailure(message);
      }),
    [lesson],
  );
  function take(frame: Frame) {
    const parts = Object.entries(frame);
    setWeights(Object.fromEntries(parts.map(([name, part]) => [name, part.weights])));
    const [step, steps] = parts.reduce(([a, b], [, part]) => [a + part.step, b + part.steps], [0, 0]);
    const losses = parts.map(([, { loss }]) => loss).filter((loss) => !Number.isNaN(loss));
    setProgress({ share: step / steps, step, loss: losses.reduce((a, b) => a + b, 0) / losses.length });
  }
  // Training begins by itself when the figure is first seen.
  const begun = useRef(false);
  useEffect(() => {
    if (!training || !visible || begun.current || calm() || saving()) return;
    begun.current = true;
    training.start();
  }, [visible, training]);
  useEffect(() => () => (training ? training.stop() : undefined), [training]);

  const set = (change: object) => {
    setPlaying(false);
    setParams((now) => ({ ...now, ...change }));
  };
  useEffect(() => {
    const listen = (event: Event) => set((event as CustomEvent<object>).detail);
    host.addEventListener("figure-set", listen);
    return () => host.removeEventListener("figure-set", listen);
  }, []);
  const lit = shown && figure.lit?.(shown.params, shown.data);
  useEffect(() => light(host, lit ?? []), [lit?.join(" ")]);

  const text = shown ? figure.describe(shown.data, shown.params, figure.words[lang] as never) : "";
  const heard = useEvery(text, 5000);
  return (
    <>
      {shown && <Picture figure={figure} lang={lang} params={shown.params} data={shown.data} set={set} />}
      <p class="sentence">{text}</p>
      <p class="sr" aria-live="polite">
        {playing || status === "learning" ? "" : heard}
      </p>
      {failure && (
        <p role="alert" class="failure">
          {failure}
        </p>
      )}
      <div class="bar">
        {figure.play && (
          <button type="button" onClick={() => setPlaying(!playing)}>
            {playing ? w.stop : w.play}
          </button>
        )}
        {training && <Bar {...{ status, progress, training, w }} />}
      </div>
    </>
  );
}

function Bar({
  status,
  progress,
  training,
  w,
}: {
  status: Status;
  progress: { share: number; loss: number; step: number } | undefined;
  training: { start(): void; pause(): void; go(): void };
  w: Say;
}) {
  const over = status === "done" || status === "recorded" || status === "failed";
  return (
    <>
      <button type="button" onClick={over ? training.start : status === "paused" ? training.go : training.pause}>
        {over ? w.train : status === "paused" ? w.go : w.pause}
      </button>
      <progress max={1} value={over ? 1 : (progress?.share ?? 0)} aria-label={w.progress} />
      <span class="state">
        {status === "loading"
          ? w.loading
          : status === "recorded"
            ? w.recorded
            : status === "done"
              ? w.done
              : w.step(progress?.step ?? 0, progress?.loss ?? Number.NaN)}
      </span>
    </>
  );
}

/** Marks the terms of the article's equations that the figure speaks of. */
function light(host: HTMLElement, names: readonly string[]): void {
  const article = host.closest("article") ?? document;
  for (const term of article.querySelectorAll<Element>("[class*='t-']")) {
    const own = [...term.classList].find((name) => name.startsWith("t-"))!;
    term.classList.toggle("lit", names.includes(own.slice(2)));
  }
}

function useVisible(host: HTMLElement): boolean {
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => setVisible(entries.at(-1)!.isIntersecting));
    observer.observe(host);
    return () => observer.disconnect();
  }, []);
  return visible;
}

/** The newest text, but not more often than every so many milliseconds. */
function useEvery(text: string, wait: number): string {
  const [told, setTold] = useState("");
  const latest = useRef(text);
  latest.current = text;
  useEffect(() => {
    const timer = setInterval(() => setTold(latest.current), wait);
    return () => clearInterval(timer);
  }, []);
  return told;
}

export function mount(props: StageProps, into: HTMLElement): void {
  render(<Stage {...props} />, into);
}
