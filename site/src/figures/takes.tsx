// One to many: press one key, and the network goes on.
import { softmax, temperature } from "unrolled/decode";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { languageReader } from "../kit/language.ts";
import { Drawing, round, Slider } from "../kit/pictures.tsx";
import { keys, tunes, tunesModel } from "../lessons/tunes.ts";

const model = tunesModel();
const reader = languageReader(model);
const eos = model.tokenizer.special.eos!;
const longest = 16;
const labels = ["C", "D", "E", "F", "G", "A", "B", "C′"];
const hertz = [261.63, 293.66, 329.63, 349.23, 392, 440, 493.88, 523.25];

interface Params {
  key: number;
  heat: number;
}
interface Data {
  notes: number[];
  /** Probability of each key at each step, before it was chosen. */
  p: number[][];
}
const en = {
  title: "One key, a tune",
  picture: "Piano roll: the notes, and how probable each key was",
  heat: "temperature:",
  keys: "Press a key",
  listen: "Listen",
  said: (first: string, notes: string) => `From the key ${first} the network plays ${notes}.`,
};
const ko: typeof en = {
  title: "건반 하나에서 가락으로",
  picture: "피아노 롤: 연주한 음과 건반마다의 확률",
  heat: "온도:",
  keys: "건반을 눌러 보세요",
  listen: "들어 보기",
  said: (first, notes) => `${first} 건반에서 시작해 신경망은 ${notes}를 연주합니다.`,
};

function sound(notes: readonly number[]): void {
  const audio = new AudioContext();
  notes.forEach((note, i) => {
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    const start = audio.currentTime + 0.05 + i * 0.22;
    tone.type = "triangle";
    tone.frequency.value = hertz[note]!;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.25, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.3);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.32);
  });
  setTimeout(() => void audio.close(), notes.length * 220 + 800);
}

export const takes: AnyFigure = figure<Params, Data, typeof en>({
  id: "takes",
  params: { key: 2, heat: 0.3 },
  words: { en, ko },
  lesson: async () => tunes,
  async compute({ key, heat }, weights) {
    const current = weights.tunes ?? model.parameters;
    const ids = reader.ids(keys[key]!);
    const order = [...keys].map((letter) => model.tokenizer.vocabulary.id(letter)!);
    const p: number[][] = [];
    for (let t = 0, spot = 0.37; t < longest; t++, spot = (spot + 0.618034) % 1) {
      const [rows] = await reader.logits(current, [ids]);
      const row = Float64Array.from(rows!.at(-1)!);
      temperature(heat).apply(row, []);
      const probabilities = Array.from(softmax(Float32Array.from(row)));
      p.push(order.map((id) => probabilities[id]!));
      let left = spot;
      const id = probabilities.findIndex((value) => {
        left -= value;
        return left < 0;
      });
      if (id === eos || id < 0) break;
      ids.push(id);
    }
    return { notes: ids.slice(1).map((id) => order.indexOf(id)), p };
  },
  view({ params, data, w, set }) {
    const x = (t: number) => 34 + t * 23;
    const y = (note: number) => 160 - note * 21;
    return (
      <>
        <Drawing height={188} label={w.picture}>
          {labels.map((label, note) => (
            <g key={label}>
              <line class="axis" x1="30" x2="414" y1={y(note) + 10} y2={y(note) + 10} />
              <text class="small" x="4" y={y(note) + 14}>
                {label}
              </text>
            </g>
          ))}
          {data.p.map((column, t) =>
            column.map((p, note) => (
              <rect
                key={`${t},${note}`}
                class="other"
                fill-opacity={(0.6 * p).toFixed(3)}
                x={x(t + 1)}
                y={y(note)}
                width="21"
                height="20"
              />
            )),
          )}
          {data.notes.map((note, t) => (
            <rect key={t} class="full" x={x(t) + 2} y={y(note) + 4} width="17" height="12" rx="3" />
          ))}
        </Drawing>
        <fieldset class="choice" aria-label={w.keys}>
          {labels.map((label, note) => (
            <button key={label} type="button" aria-pressed={note === params.key} onClick={() => set({ key: note })}>
              {label}
            </button>
          ))}
          <button type="button" onClick={() => sound(data.notes)}>
            ♪ {w.listen}
          </button>
        </fieldset>
        <div class="controls">
          <Slider
            label={w.heat}
            value={params.heat}
            min={0.1}
            max={2}
            step={0.1}
            text={round(params.heat, 1)}
            onInput={(value) => set({ heat: value })}
          />
        </div>
      </>
    );
  },
  play: { every: 2400, next: ({ key }) => ({ key: (key + 1) % 6 }) },
  lit: () => ["feed"],
  describe: ({ notes }, { key }, w) => w.said(labels[key]!, notes.map((note) => labels[note]).join(" ")),
  goal: { key: 1, heat: 0.2 },
  // It rises, and comes home to C.
  reached: ({ notes }) => notes.length >= 4 && notes.length < longest && Math.max(...notes) > 2 && notes.at(-1) === 0,
});
