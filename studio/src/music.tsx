// A piece of music: drawn as a piano roll, played, taken away.
import { useSignal } from "@preact/signals";
import { synthesize, writeMidi } from "unrolled/data";
import type { Answer } from "unrolled/run";
import { save } from "./files.ts";
import { words } from "./words/index.ts";

type Music = NonNullable<Extract<Answer, { task: "generator" }>["music"]>;

export function Music({ music }: { music: Music }) {
  const w = words.value;
  const playing = useSignal<AudioContext | undefined>(undefined);
  const { notes, ticksPerQuarter } = music;
  const end = Math.max(1, ...notes.map(({ start, duration }) => start + duration));
  const pitches = notes.length > 0 ? notes.map(({ pitch }) => pitch) : [60]; // a network that has learned little writes rests
  const low = Math.min(...pitches) - 1;
  const high = Math.max(...pitches) + 2;
  const stop = () => {
    void playing.value?.close();
    playing.value = undefined;
  };
  const play = () => {
    stop();
    const context = new AudioContext();
    const sampleRate = 22_050;
    const samples = new Float32Array(synthesize(music));
    const buffer = context.createBuffer(1, samples.length, sampleRate);
    buffer.copyToChannel(samples, 0);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    source.onended = stop;
    source.start();
    playing.value = context;
  };
  return (
    <figure class="roll">
      <svg
        viewBox={`0 0 ${end} ${(high - low) * 100}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={w.notes(notes.length)}
      >
        {Array.from({ length: Math.ceil(end / ticksPerQuarter) }, (_, i) => (
          <line key={i} class="grid" x1={i * ticksPerQuarter} x2={i * ticksPerQuarter} y1={0} y2={(high - low) * 100} />
        ))}
        {notes.map(({ pitch, start, duration }, i) => (
          <rect
            key={i}
            x={start}
            y={(high - pitch - 1) * 100}
            width={Math.max(20, duration - 10)}
            height={90}
            rx={20}
          />
        ))}
      </svg>
      <div class="controls">
        <button type="button" onClick={playing.value ? stop : play}>
          {playing.value ? `◼ ${w.stopSound}` : `▶ ${w.playSound}`}
        </button>
        <button type="button" onClick={() => save("piece.mid", writeMidi(music))}>
          MIDI
        </button>
      </div>
    </figure>
  );
}
