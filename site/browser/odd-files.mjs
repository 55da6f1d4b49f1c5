// Files that a person may drop by mistake, and what the page shows for each: one sentence, or a network that learns.

const bytes = (...parts) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part)] : [...part])));
const times = (count, row) => `${Array.from({ length: count }, (_, i) => row(i)).join("\n")}\n`;
const utf16 = (text) => Buffer.from(text, "utf16le");
/** "가을이 오면" in EUC-KR. */
const eucKr = [0xb0, 0xa1, 0xc0, 0xbb, 0xc0, 0xcc, 0x20, 0xbf, 0xc0, 0xb8, 0xe9, 0x0a];
const kinds = /train on text, a table, tags, pairs or music/;
const encoding = /if it is text in another encoding, save it as UTF-8/;
const more = /give it more text/;

/** Name: contents, the sentence, and what to do where the sentence alone leaves that open. */
export const refused = {
  "empty.txt": ["", /expected a text, got an empty file/, kinds],
  "spaces.txt": [" \t ".repeat(300), /expected a text, got white space only/, kinds],
  "newlines.txt": ["\n".repeat(500), /expected a text, got white space only/, kinds],
  "mark.txt": [bytes([0xef, 0xbb, 0xbf]), /expected a text, got an empty file/, kinds],
  "photo.jpg": [bytes([0xff, 0xd8, 0xff, 0xe1, 0, 0x18]), /expected a text, got a JPEG picture/, kinds],
  "picture.png": [bytes([0x89], "PNG\r\n\x1a\n", [0, 0, 0, 13], "IHDR"), /got a PNG picture/, kinds],
  "book.pdf": [bytes("%PDF-1.7\n%", [0xe2, 0xe3, 0xcf, 0xd3]), /got a PDF document/, /save its text in a \.txt file/],
  "song.mp3": [bytes("ID3", [4, 0, 0, 0, 0]), /got an MP3 recording/, kinds],
  "packed.zip": [bytes("PK", [3, 4, 20, 0, 6, 0]), /got a zip archive/, /unpack it/],
  "cut.gz": [bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b]), /gzip file is damaged or cut off/, /again/],
  "program.bin": [bytes([0x7f], "ELF", [2, 1, 1, 0]), /got a binary file \(byte 7 is 0\)/, encoding],
  "zero.txt": [`${"a text ".repeat(50)}\0and more`, /got a binary file \(byte 350 is 0\)/, encoding],
  "korean.txt": [bytes(Array(60).fill(eucKr).flat()), /expected text in UTF-8 or UTF-16, got another/, encoding],
  "wide.txt": [bytes([0xff, 0xfe], utf16("short")), /at least 200 characters, got 5/, more],
  "no-mark.txt": [bytes(utf16("sixteen bits a letter".repeat(20))), /got a binary file \(byte 1 is 0\)/, encoding],
  "one-line.txt": ["one line", /at least 200 characters, got 8/, more],
  "same.txt": ["a".repeat(500), /expected more than one character, got "a"/, /nothing to predict/],
  "numbers.json": [JSON.stringify(Array.from({ length: 80 }, (_, i) => i / 4)), /got a JSON array/, /jq -rc/],
  "config.json": [
    JSON.stringify({ unrolled: 1, task: "classifier", labels: ["bad", "good"], vocabulary: "abc".repeat(90) }, null, 2),
    /expected a file to train on, got the config\.json of a saved model/,
    /on the Models screen/,
  ],
  "model.safetensors": [bytes([8, 0, 0, 0, 0, 0, 0, 0], '{"a":{}}'), /got the weights of a model/, /Models screen/],
  "broken.jsonl": [
    `${times(30, (i) => `{"text":"film ${i}","label":"${"ab"[i % 2]}"}`)}{"text": "cu`,
    /broken\.jsonl:31: expected a JSON object/,
    /correct this line, or delete it/,
  ],
  "ragged.csv": [
    `a,b,c\n${times(60, (i) => (i % 3 ? `${i},${i + 1},3` : `${i},2`))}`,
    /ragged\.csv:2: expected 3 cells as in the first row, got 2/,
    /must be in quotes/,
  ],
  "table.csv": ['text,label\n"never closed,a\nb,c\n', /table\.csv:2: a quote that begins here does not close/],
  "short.csv": ["load\n1\n2\n3\n4\n", /expected 20 or more rows of numbers, got 4/],
  "prose.csv": [
    times(60, (i) => `a line ${i} of prose without a column`),
    /expected columns with labels, tags, pairs or numbers, got none that is recognized/,
    /name the columns in the first row, for example text and label; or train on it as plain text/,
  ],
  "one-label.tsv": [`text\tlabel\n${times(30, (i) => `film ${i}\tgood`)}`, /two or more classes, got only "good"/],
  "gap.conll": [
    `${times(30, () => "Anna B-PER\nleft O\n")}Paris\n`,
    /gap\.conll:91: expected 2 columns as in most rows, got 1 in "Paris"/,
    /separated by spaces/,
  ],
  "no-tune.abc": ["X:1\nT:Nothing\nM:4/4\nK:C\n", /expected tunes with notes, got none/],
  "prose.abc": [times(60, () => "this is just text"), /expected tunes in ABC notation, got none/, /X: and K:/],
  "header.mid": [bytes("MThd", [0, 0, 0, 6, 0, 0, 0, 1, 0, 96]), /expected tunes with notes, got none/],
  "cut.mid": [bytes("MThd", [0, 0, 0]), /the file ends within the header/, /export the MIDI file again/],
};

const emoji = [..."😀🐱🚗🌧🍎🎵"];
const hebrew = "שלום ילדה ספר בית גדול קטן מים".split(" ");

/** Strange, and yet something to learn from: what the page takes it as. */
export const learned = {
  "gaps.csv": [`load\n${times(60, (i) => (i % 9 === 5 ? "NaN" : `${i % 7}`))}`, /series of numbers: column load/],
  "one-number.jsonl": [times(60, (i) => `${i % 8}`), /series of numbers: one a line/],
  "endless.txt": ["the cat sat on the mat and ran to ".repeat(154_000), /plain text/],
  "emoji.txt": [
    times(40, (i) => Array.from({ length: 12 }, (_, j) => emoji[(i * 5 + j * j) % 6]).join("")),
    /plain text/,
  ],
  "hebrew.txt": [
    times(60, (i) => Array.from({ length: 5 }, (_, j) => hebrew[(i * 3 + j * j) % 7]).join(" ")),
    /plain text/,
  ],
};
