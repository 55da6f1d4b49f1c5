// A small synthesizer: a score as sound, and sound as a WAV file. A note is a few partials that fade, as of a plucked or
// struck string; drums are short bursts of noise.
import { checkNumber, random } from "../../base/index.ts";
import { type Score, secondsAt } from "./score.ts";

export interface SynthOptions {
  /** Samples a second. Default 22050: partials up to 11 kHz, and half the size of a CD's. */
  sampleRate?: number;
  /** Loudness of the 1st, 2nd ... partial. Default that of a mellow piano. */
  partials?: readonly number[];
  /** Seconds in which a held note falls to 1/e. Default 1.2 for middle C; high notes fade faster. */
  decay?: number;
  /** Seconds that a note goes on sounding after its end. Default 0.15. */
  release?: number;
}

/** Plays a score. @returns samples between -0.9 and 0.9, mono; silence for a score without notes */
export function synthesize(music: Score, options: SynthOptions = {}): Float32Array {
  const { sampleRate = 22050, partials = [1, 0.5, 0.28, 0.16, 0.09, 0.05], decay = 1.2, release = 0.15 } = options;
  checkNumber("synthesize: sampleRate", sampleRate, { min: 4000, max: 192000, integer: true });
  checkNumber("synthesize: decay", decay, { above: 0 });
  checkNumber("synthesize: release", release, { min: 0 });
  const placed = music.notes.map((note) => ({
    ...note,
    from: secondsAt(music, note.start),
    to: secondsAt(music, note.start + note.duration),
  }));
  const seconds = placed.reduce((end, { to }) => Math.max(end, to), 0) + release;
  const out = new Float32Array(Math.ceil(seconds * sampleRate) + 1);
  const noise = random(1);
  for (const { pitch, from, to, velocity = 80, channel } of placed) {
    const start = Math.round(from * sampleRate);
    const held = Math.max(1, Math.round((to - from) * sampleRate));
    const tail = Math.round(release * sampleRate);
    const attack = Math.min(held, Math.round(0.006 * sampleRate));
    const level = (velocity / 127) ** 1.5;
    const drum = channel === 9;
    const fade = drum ? 0.05 : decay * 2 ** ((60 - pitch) / 24);
    const perSample = Math.exp(-1 / (fade * sampleRate));
    // The envelope: a short rise, an exponential fall, and after the note's end a line down to silence.
    const envelope = new Float32Array(Math.min(held + tail, out.length - start));
    let height = level;
    for (let i = 0; i < envelope.length; i++) {
      const rise = i < attack ? i / attack : 1;
      const fall = i < held ? 1 : 1 - (i - held) / tail;
      envelope[i] = height * rise * fall;
      height *= perSample;
    }
    if (drum) {
      for (let i = 0; i < envelope.length; i++) out[start + i]! += envelope[i]! * (noise.uniform() * 2 - 1);
      continue;
    }
    const frequency = 440 * 2 ** ((pitch - 69) / 12);
    partials.forEach((loudness, k) => {
      const angle = (2 * Math.PI * frequency * (k + 1)) / sampleRate;
      if (angle >= Math.PI || loudness === 0) return; // above what the rate can hold
      // sin(n a) = 2 cos(a) sin((n-1) a) - sin((n-2) a): no call of sin in the loop
      const twice = 2 * Math.cos(angle);
      let [before, now] = [-Math.sin(angle), 0];
      for (let i = 0; i < envelope.length; i++) {
        out[start + i]! += envelope[i]! * loudness * now;
        const next = twice * now - before;
        before = now;
        now = next;
      }
    });
  }
  let peak = 0;
  for (const sample of out) peak = Math.max(peak, Math.abs(sample));
  if (peak > 0) for (let i = 0; i < out.length; i++) out[i]! *= 0.9 / peak;
  return out;
}

/** 16-bit PCM, mono, in a WAV file. Samples beyond -1 and 1 are cut. */
export function writeWav(samples: Float32Array, sampleRate = 22050): Uint8Array {
  const bytes = new Uint8Array(44 + samples.length * 2);
  const view = new DataView(bytes.buffer);
  const ascii = (at: number, text: string) => {
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  };
  ascii(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  ascii(8, "WAVEfmt ");
  view.setUint32(16, 16, true); // the format block's length
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2, true); // bytes a second
  view.setUint16(32, 2, true); // bytes a frame
  view.setUint16(34, 16, true); // bits
  ascii(36, "data");
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, i) => {
    view.setInt16(44 + i * 2, Math.round(Math.min(1, Math.max(-1, sample)) * 32767), true);
  });
  return bytes;
}
