// The LSTM counts: one unit's memory rises at each a and falls at each b. Its forget gate can be held by hand.
import { type AnyFigure, figure } from "../kit/figure.ts";
import { type Hold, heldReader, idsOf } from "../kit/held.ts";
import { Bar, Check, Drawing, Path, round, Slider } from "../kit/pictures.tsx";
import { counterModel, counting, longest, word } from "../lessons/counting.ts";

const models = { lstm: counterModel("lstm"), rnn: counterModel("rnn") };
const readers = { lstm: heldReader("lstm", models.lstm), rnn: heldReader("rnn", models.rnn) };
const eos = models.lstm.tokenizer.special.eos!;

interface Params {
  n: number;
  held: boolean;
  forget: number;
}

interface Data {
  letters: string[];
  /** Memory of the counting unit: by itself, and as it is now. */
  free: number[];
  now: number[];
  gate: number[];
  unit: number;
  /** Letters b after which the end is likelier than not; -1 where it never is. */
  endsAfter: { lstm: number; rnn: number; free: number };
  /** Probability that the word ends here, after each letter. */
  ends: { lstm: number[]; rnn: number[]; free: number[] };
}

/** The unit whose memory follows the count of open a's most closely. */
function countingUnit(memory: readonly (readonly number[])[], n: number): number {
  const count = memory.map((_, t) => (t <= n ? t : 2 * n - t));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const correlation = (values: readonly number[]) => {
    const [a, b] = [mean(values), mean(count)];
    const dot = values.reduce((sum, value, i) => sum + (value - a) * (count[i]! - b), 0);
    const norm = Math.sqrt(values.reduce((s, v) => s + (v - a) ** 2, 0) * count.reduce((s, c) => s + (c - b) ** 2, 0));
    return norm > 0 ? Math.abs(dot / norm) : 0;
  };
  const scores = memory[0]!.map((_, unit) => correlation(memory.map((row) => row[unit]!)));
  return scores.indexOf(Math.max(...scores));
}

const en = {
  title: "A network that counts",
  picture: (unit: number) => `Memory c of unit ${unit} after each letter`,
  n: "letters a:",
  beyond: (n: number) => `${n}${n > longest ? " (never seen in training)" : ""}`,
  hold: "hold the forget gate of this unit",
  forget: "forget gate Γf:",
  free: "by itself",
  now: "held by you",
  end: "probability that the word ends here",
  lstm: "LSTM",
  rnn: "plain RNN",
  memory: "memory c",
  said: (n: number, lstm: string, rnn: string) =>
    `There are ${n} a. The LSTM expects the end after ${lstm} b, the plain RNN after ${rnn}.`,
  saidHeld: (n: number, gate: string, lstm: string) =>
    `There are ${n} a. With the forget gate held at ${gate}, the LSTM expects the end after ${lstm} b.`,
  never: "no",
};
const ko: typeof en = {
  title: "세는 신경망",
  picture: (unit) => `글자를 읽을 때마다 유닛 ${unit}의 기억 c`,
  n: "a의 개수:",
  beyond: (n) => `${n}${n > longest ? " (학습 때 보지 못한 길이)" : ""}`,
  hold: "이 유닛의 망각 게이트를 직접 잡기",
  forget: "망각 게이트 Γf:",
  free: "스스로",
  now: "손으로 잡았을 때",
  end: "여기서 단어가 끝날 확률",
  lstm: "LSTM",
  rnn: "기본 RNN",
  memory: "기억 c",
  said: (n, lstm, rnn) => `a가 ${n}개입니다. LSTM은 b가 ${lstm}개일 때, 기본 RNN은 b가 ${rnn}개일 때 끝이라고 봅니다.`,
  saidHeld: (n, gate, lstm) =>
    `a가 ${n}개입니다. 망각 게이트를 ${gate}에 잡아 두면 LSTM은 b가 ${lstm}개일 때 끝이라고 봅니다.`,
  never: "몇",
};

export const counter: AnyFigure = figure<Params, Data, typeof en>({
  id: "counter",
  params: { n: 6, held: false, forget: 0.6 },
  words: { en, ko },
  lesson: async () => counting,
  async compute({ n, held, forget }, weights) {
    const [lstm, rnn] = [weights.lstm ?? models.lstm.parameters, weights.rnn ?? models.rnn.parameters];
    const ids = idsOf(models.lstm, word(n));
    const sample = await readers.lstm(lstm, idsOf(models.lstm, word(longest)));
    const unit = countingUnit(sample.states.c!, longest);
    const hold: Hold = { gate: "forget", at: (t, u) => (held && t > 0 && u === unit ? forget : undefined) };
    const [free, now, plain] = [
      await readers.lstm(lstm, ids),
      await readers.lstm(lstm, ids, hold),
      await readers.rnn(rnn, ids),
    ];
    const after = (p: readonly number[]) => {
      const at = p.findIndex((value, t) => t > n && value > 0.5);
      return at < 0 ? -1 : at - n;
    };
    const column = (rows: readonly (readonly number[])[], index: number) => rows.map((row) => row[index]!);
    const ends = {
      lstm: column(now.probabilities, eos),
      rnn: column(plain.probabilities, eos),
      free: column(free.probabilities, eos),
    };
    return {
      endsAfter: { lstm: after(ends.lstm), rnn: after(ends.rnn), free: after(ends.free) },
      letters: ["", ...word(n)],
      free: column(free.states.c!, unit),
      now: column(now.states.c!, unit),
      gate: column(now.gates.forget!, unit),
      unit,
      ends,
    };
  },
  view({ params: { n, held, forget }, data, w, set }) {
    const T = data.letters.length;
    const all = [...data.free, ...data.now, 0];
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const x = (t: number) => 14 + (t * 392) / Math.max(1, T - 1);
    const y = (value: number) => 12 + (1 - (value - low) / Math.max(1e-9, high - low)) * 116;
    const line = (values: readonly number[]) => values.map((value, t): [number, number] => [x(t), y(value)]);
    return (
      <>
        <Drawing height={210} label={w.picture(data.unit + 1)}>
          <line class="axis" x1="8" x2="412" y1={y(0)} y2={y(0)} />
          {held && <Path class="free" points={line(data.free)} />}
          <Path class="main" points={line(data.now)} />
          {data.now.map((value, t) => (
            <circle key={t} class={data.letters[t] === "b" ? "dot b" : "dot a"} cx={x(t)} cy={y(value)} r="3.6" />
          ))}
          {data.letters.map((letter, t) => (
            <text key={t} class={`letter ${letter}`} x={x(t)} y="150" text-anchor="middle">
              {letter}
            </text>
          ))}
          {data.letters.map((_, t) => (
            <g key={t}>
              <rect class="cell" x={x(t) - 5} y="162" width="4.4" height="40" />
              <rect
                class="full"
                x={x(t) - 5}
                y={202 - 40 * data.ends.lstm[t]!}
                width="4.4"
                height={40 * data.ends.lstm[t]!}
              />
              <rect class="cell" x={x(t) + 0.6} y="162" width="4.4" height="40" />
              <rect
                class="other"
                x={x(t) + 0.6}
                y={202 - 40 * data.ends.rnn[t]!}
                width="4.4"
                height={40 * data.ends.rnn[t]!}
              />
            </g>
          ))}
        </Drawing>
        <p class="keys">
          <span class="key main">
            {w.memory}
            {held ? `, ${w.now}` : ""}
          </span>
          {held && (
            <span class="key free">
              {w.memory}, {w.free}
            </span>
          )}
          <span class="key full">
            {w.end}: {w.lstm}
          </span>
          <span class="key other">{w.rnn}</span>
        </p>
        <table class="ends">
          <tbody>
            {(["lstm", "rnn"] as const).map((cell) => (
              <tr key={cell}>
                <th scope="row">{w[cell]}</th>
                <td>
                  <Bar share={data.ends[cell].at(-1)!} class={cell === "rnn" ? "second" : ""} />
                </td>
                <td>{round(data.ends[cell].at(-1)!)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <div class="controls">
          <Slider label={w.n} value={n} min={1} max={16} text={w.beyond(n)} onInput={(value) => set({ n: value })} />
          <Check label={w.hold} checked={held} onInput={(on) => set({ held: on })} />
          <Slider
            label={w.forget}
            value={forget}
            min={0}
            max={1}
            step={0.05}
            text={round(forget)}
            onInput={(value) => set({ forget: value, held: true })}
          />
        </div>
      </>
    );
  },
  play: { every: 1400, next: ({ n }) => ({ n: (n % 10) + 1 }) },
  lit: ({ held }) => (held ? ["gf", "c"] : ["c", "gu"]),
  describe: ({ endsAfter: { lstm, rnn } }, { n, held, forget }, w) => {
    const count = (b: number) => (b < 0 ? w.never : String(b));
    return held ? w.saidHeld(n, round(forget), count(lstm)) : w.said(n, count(lstm), count(rnn));
  },
  goal: { n: longest, held: true, forget: 0.3 },
  // By itself it ends where it must; with the gate held low it has lost the count.
  reached: ({ endsAfter }) => endsAfter.free === longest && endsAfter.lstm !== longest,
});
