// Detects how a text that is not UTF-8 is encoded. A wrong guess is worse than none: an encoding is named only where the
// letters it gives are those of its languages; otherwise the caller must ask.

export interface TextEncoding {
  /** The WHATWG label, which `TextDecoder` takes. */
  readonly label: string;
  /** The name that `iconv` takes. */
  readonly iconv: string;
  /** With its language or script, for messages. */
  readonly title: string;
}

interface Candidate extends TextEncoding {
  /** How plausible the non-ASCII characters of a decoded sample are, in [0, 1]; `run`: how many follow one another on average. */
  score(letters: string, run: number): number;
}

/** Share of the characters of `letters` that match. */
const share = (letters: string, pattern: RegExp) => (letters.match(pattern)?.length ?? 0) / Math.max(1, letters.length);

/** The 40 most frequent syllables of Korean prose: about 40 % of its syllables. */
const korean = /[이다는을의에가고하지한로은를기도사어리서나대시해자들인그정스수일있아보과거만으라]/g;

const candidates: readonly Candidate[] = [
  {
    label: "euc-kr",
    iconv: "CP949",
    title: "CP949 (Korean)",
    score: (letters) => (share(letters, korean) > 0.12 ? share(letters, /[가-힣ㄱ-ㅣ、-〿！-～ ·“”‘’…→★]/g) : 0),
  },
  {
    label: "shift_jis",
    iconv: "SHIFT_JIS",
    title: "Shift JIS (Japanese)",
    // Half-width katakana are what other encodings look like: not counted.
    score: (letters) => (share(letters, /[ぁ-んァ-ヶ]/g) > 0.25 ? share(letters, /[ぁ-んァ-ヶー一-龠、-〿！-～]/g) : 0),
  },
  {
    label: "gb18030",
    iconv: "GB18030",
    title: "GB18030 (Chinese)",
    score: (letters) =>
      share(letters, /[的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年]/g) >
      0.12
        ? share(letters, /[一-龠、-〿！-～“”‘’…—·]/g)
        : 0,
  },
  {
    label: "windows-1251",
    iconv: "CP1251",
    title: "windows-1251 (Cyrillic)",
    // Small letters are far more frequent than capitals; KOI8-R read as windows-1251 has them the other way round.
    // Greek read as windows-1251 has other frequent letters.
    score: (letters, run) =>
      run > 2.5 && share(letters, /[а-яёіїєґ]/g) > 0.7 && share(letters, /[оеаинтсі]/g) > 0.4
        ? share(letters, /[А-Яа-яёЁіІїЇєЄґҐ«»—–“”„…№]/g)
        : 0,
  },
];

const western = /[àâäáãåæçéèêëíìîïñóòôöõøœúùûüýßÀÂÄÁÅÆÇÉÈÊÍÑÓÔÖØŒÚÜ’‘“”„–—…€«»°£§®©™•´½¡¿ºª\u00a0]/g;

/**
 * Detects the encoding of bytes that are not UTF-8.
 *
 * @param bytes a sample with non-ASCII bytes; it may be cut anywhere
 * @returns undefined where no encoding is clearly the right one
 */
export function detectEncoding(bytes: Uint8Array): TextEncoding | undefined {
  const mark = byteOrderMark(bytes);
  if (mark) return mark;
  const sample = nonAsciiLines(bytes);
  if (sample.length === 0) return undefined;
  const found = candidates
    .map((candidate) => {
      const text = new TextDecoder(candidate.label).decode(sample);
      const letters = text.replace(/[\0-\x7f]+/g, "");
      // A sample may be cut within a character, and a file may hold a slip.
      const faults = share(letters, /\ufffd/g);
      const run = letters.length / Math.max(1, text.match(/[^\0-\x7f]+/g)?.length ?? 0);
      return { candidate, score: faults > 0.01 && letters.length > 3 ? 0 : candidate.score(letters, run) };
    })
    .sort((a, b) => b.score - a.score);
  if (found[0]!.score >= 0.9) return plain(found[0]!.candidate);
  return isWestern(encodingDecoder(windows1252).decode(sample)) ? windows1252 : undefined;
}

const windows1252: TextEncoding = {
  label: "windows-1252",
  iconv: "WINDOWS-1252",
  title: "windows-1252 (Western European)",
};

const plain = ({ label, iconv, title }: Candidate): TextEncoding => ({ label, iconv, title });

/** Bytes 0x80 to 0x9f of windows-1252; some runtimes decode them as control characters. */
const windows1252Controls = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

/** A decoder that is called chunk by chunk; `stream: false` ends it. Faults become U+FFFD, a byte order mark is dropped. */
export function encodingDecoder({ label }: Pick<TextEncoding, "label">): {
  decode(bytes: Uint8Array, options?: { stream?: boolean }): string;
} {
  const decoder = new TextDecoder(label);
  if (label !== "windows-1252") return decoder;
  return {
    decode: (bytes, options) =>
      decoder
        .decode(bytes, options)
        .replace(/[\x80-\x9f]/g, (control) => windows1252Controls[control.charCodeAt(0) - 0x80]!),
  };
}

/** UTF-16 with a byte order mark, or with the zeros that ASCII letters and line ends leave in it. */
export function byteOrderMark(bytes: Uint8Array): TextEncoding | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return utf16("utf-16le", "UTF-16LE");
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return utf16("utf-16be", "UTF-16BE");
  const head = bytes.subarray(0, Math.min(bytes.length & ~1, 4096));
  if (head.length < 8) return undefined;
  const zeros: [number, number] = [0, 0];
  for (let i = 0; i < head.length; i++) if (head[i] === 0) zeros[i & 1 ? 1 : 0]++;
  const [even, odd] = zeros;
  const readable = (label: string) => share(new TextDecoder(label).decode(head), writing) > 0.99;
  // The other way round, letters are ideographs, and line ends are nothing that is assigned.
  const little = odd > 0 && readable("utf-16le");
  const big = even > 0 && readable("utf-16be");
  if (little && !(big && even > odd)) return utf16("utf-16le", "UTF-16LE");
  if (big) return utf16("utf-16be", "UTF-16BE");
  return undefined;
}

/** What texts are made of: no controls, no private or unassigned characters. */
const writing = /[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\p{Cf}\r\n\t]/gu;

const utf16 = (label: string, iconv: string): TextEncoding => ({ label, iconv, title: iconv });

/** Western text is ASCII with single letters of its own between; each must be a usual one. */
function isWestern(text: string): boolean {
  const letters = text.replace(/[\0-\x7f]+/g, "");
  if (share(letters, western) < 0.95) return false;
  const all = text.match(/[A-Za-z\u0080-\uffff]/g)?.length ?? 0;
  return letters.length < 0.4 * all && !/[\u00c0-\u00ff]{4}/.test(text);
}

/** The lines with a byte over 127, up to 256 KiB of them. */
function nonAsciiLines(bytes: Uint8Array): Uint8Array {
  const most = 1 << 18;
  const out = new Uint8Array(Math.min(most, bytes.length));
  let filled = 0;
  for (let from = 0; from < bytes.length && filled < most; ) {
    let to = bytes.indexOf(10, from) + 1;
    if (to === 0) to = bytes.length;
    const line = bytes.subarray(from, Math.min(to, from + most - filled));
    if (line.some((byte) => byte > 127)) {
      out.set(line, filled);
      filled += line.length;
    }
    from = to;
  }
  return out.subarray(0, filled);
}
