// Series of numbers as a data format.
import type { Recognized, Sample, WholeFormat } from "../readers/format.ts";
import { describeTable, tableFormat, tableIn } from "../readers/recognize-table.ts";
import { isNumber } from "./numbers.ts";
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

/** One number a line, perhaps under a name. */
function oneColumn({ filled }: Sample): Recognized | undefined {
  const [first = "", ...others] = filled;
  if (others.length < 2 || !others.every((line) => isNumber(line, true))) return undefined;
  const header = !isNumber(first, true);
  const message = `series of numbers: ${header ? `column ${first.trim()}` : "one a line"}; with${header ? "" : "out"} a header`;
  return { kind: "series", format: "csv", separator: ",", header, message };
}
