// Series of numbers as a data format.
import type { Recognized, Sample, WholeFormat } from "../readers/format.ts";
import { describeTable, tableFormat, tableIn } from "../readers/recognize-table.ts";
import { isMissing, isNumber } from "./numbers.ts";
import { readSeries, type SeriesData } from "./read-series.ts";

export const seriesTable: WholeFormat<SeriesData> = {
  kinds: ["series"],
  names: ["csv", "tsv"],
  read(bytes, { source, recognized: { separator }, columns, target }) {
    const given = separator === " " || separator === "|" ? undefined : separator;
    return readSeries(new TextDecoder().decode(bytes), {
      ...(source === undefined ? {} : { source }),
      ...(given === undefined ? {} : { separator: given }),
      ...(columns === undefined ? {} : { columns }),
      ...(target === undefined ? {} : { target }),
    });
  },
  recognize(sample) {
    const table = tableIn(sample);
    if (table?.role !== "series") return oneColumn(sample);
    const { numeric, header, rows, separator } = table;
    const names = numeric.map((i) => (header ? rows[0]![i] : i + 1)).join(", ");
    const message = `series of numbers: ${numeric.length === 1 ? "column" : "columns"} ${names}; ${describeTable(table)}`;
    return { kind: "series", format: tableFormat(table), header, message, ...(separator === "|" ? {} : { separator }) };
  },
};

/** One number a line, perhaps under a name, perhaps with gaps. In a file called a table, the reader reports a slip among many. */
function oneColumn({ filled, extension }: Sample): Recognized | undefined {
  const [first = "", ...others] = filled;
  const numbers = others.filter((line) => isNumber(line, true)).length;
  const gaps = others.filter(isMissing).length;
  const named = extension === "csv" || extension === "tsv";
  const slips = named && others.length >= 50 ? 0.05 * others.length : 0;
  if (numbers < 2 || numbers < gaps || others.length - numbers - gaps > slips) return undefined;
  const header = !isNumber(first, true) && !isMissing(first);
  const message = `series of numbers: ${header ? `column ${first.trim()}` : "one a line"}; with${header ? "" : "out"} a header`;
  return { kind: "series", format: "csv", separator: ",", header, message };
}
