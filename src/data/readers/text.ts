// Plain text, JSON rows of texts, and lists of names.
import { fieldNames, fieldOf, jsonRecognized, type Recognized, type RowFormat, textName } from "./format.ts";
import type { LabeledText } from "./labeled.ts";
import type { RowReader } from "./reader.ts";
import { jsonRows } from "./tables.ts";

/** A text of a file that holds several. */
export interface TextRow {
  text: string;
  /** From 1. */
  line: number;
}

/** Every line that is not blank. */
export function lineReader(): RowReader<TextRow> {
  return {
    *rows(lines) {
      let line = 0;
      for (const text of lines) {
        line++;
        if (text.trim() !== "") yield { text, line };
      }
    },
    row(lines) {
      for (const text of lines) return { text, line: 1 };
      return { text: "", line: 1 };
    },
    warnings: () => [],
  };
}

/** JSON objects with a text each, or of no known form. */
export const textJsonl: RowFormat<RowReader<TextRow>> = {
  kinds: ["text"],
  names: ["jsonl"],
  reader({ source = "jsonl", recognized }) {
    const field = String(recognized.columns?.text ?? "text");
    function* texts(lines: Iterable<string>): Generator<TextRow> {
      for (const { value, line } of jsonRows(lines, source)) {
        const text = value[field];
        if (typeof text === "string" && text.trim() !== "") yield { text, line };
      }
    }
    return {
      rows: texts,
      row(lines) {
        for (const row of texts(lines)) return row;
        return { text: "", line: 1 };
      },
      warnings: () => [],
    };
  },
  recognize(sample) {
    const text = fieldOf(sample.records, textName);
    if (text !== undefined) return jsonRecognized(sample, "text", "texts", { text });
    if (sample.extension !== "jsonl" || fieldNames(sample.records).length === 0) return undefined;
    return jsonRecognized(sample, "text", "JSON rows of no known form");
  },
};

/** Anything that is nothing else. */
export const plainText: RowFormat<RowReader<TextRow>> = {
  kinds: ["text"],
  names: ["text", "lines", "tsv", "csv", "label-first", "json"],
  reader: lineReader,
  recognize({ filled, text, extension }): Recognized {
    if (/^\s*\[\s*[[{"\d-]/.test(text) && extension.startsWith("json")) {
      return { kind: "text", format: "json", message: "plain text: a JSON array" };
    }
    if (isList(filled))
      return { kind: "text", format: "lines", message: "plain text: a list, one name or word per line" };
    return { kind: "text", format: "text", message: "plain text" };
  },
};

/**
 * Whether lines are a list, such as names, each a sequence of its own, rather than parts of one text: they are short, nearly all
 * different, and few end as sentences do. A poem has longer lines; a text with one token a line repeats its tokens.
 */
export function isList(lines: readonly string[]): boolean {
  const filled = lines.map((line) => line.trim()).filter((line) => line !== "");
  const words = filled.reduce((sum, line) => sum + line.split(/\s+/).length, 0);
  const units = filled.reduce((sum, line) => sum + line.length, 0);
  const sentences = filled.filter((line) => /[.,;:!?…。、！？]["'”’」)]?$/.test(line)).length;
  return (
    filled.length >= 10 &&
    words <= 2.5 * filled.length &&
    units < 24 * filled.length &&
    sentences <= 0.2 * filled.length &&
    new Set(filled).size >= 0.8 * filled.length
  );
}

/** Lists of names, one a line: each file's name is the label of its lines. Never recognized: a list may be a text as well. */
export const labeledLines: RowFormat<RowReader<LabeledText>> = {
  kinds: ["classification"],
  names: ["lines", "text"],
  reader({ source = "" }) {
    const lines = lineReader();
    const label = labelOf(source);
    return {
      *rows(all) {
        for (const { text, line } of lines.rows(all)) yield { text: text.trim(), label, line };
      },
      row: (all) => ({ text: lines.row(all).text.trim(), label }),
      warnings: lines.warnings,
    };
  },
  recognize: () => undefined,
};

/** A file's name without folders and endings: `names/Korean.txt` is `Korean`. */
export const labelOf = (file: string): string => file.replace(/^.*[/\\]/, "").replace(/\.[a-z0-9]+(\.gz|\.zst)?$/i, "");
