// The report at the end of a run limited by time: all of the validation data, or as much of it as fits.
import { isStreamed, isTokenStream, type LabeledData, spreadRows } from "../data/index.ts";

/** Tokens of a first report, which shows how long a full one takes. */
const probe = 20_000;

/**
 * Makes a report within the seconds that are left: all of the data where it is small or quick, else a share of it.
 *
 * @param tokens what a report on all of the data costs
 */
export async function reportWithin<Report>(
  data: unknown,
  { tokens, secondsLeft }: { tokens: number; secondsLeft: () => number },
  make: (data: unknown) => Promise<Report>,
): Promise<{ found: Report; share: number }> {
  const first = secondsLeft() === Infinity ? 1 : Math.min(1, probe / tokens);
  const began = performance.now();
  const found = await make(shareOf(data, first));
  if (first === 1) return { found, share: 1 };
  const share = Math.min(1, (secondsLeft() / ((performance.now() - began) / 1000)) * first);
  return share <= first ? { found, share: first } : { found: await make(shareOf(data, share)), share };
}

/** Rows at even distances, the beginning of a stream; all of anything else, which is small. */
function shareOf(data: unknown, share: number): unknown {
  if (share === 1) return data;
  if (data instanceof Int32Array || data instanceof Uint16Array || data instanceof Uint8Array || isTokenStream(data))
    return data.subarray(0, Math.max(2, Math.ceil(share * data.length)));
  if (Array.isArray(data)) return spreadRows(data, share);
  if (!hasRows(data)) return data;
  const rows = spreadRows(data.rows, share);
  return { ...data, rows: isStreamed(rows) ? [...rows] : rows };
}

const hasRows = (data: unknown): data is LabeledData => typeof data === "object" && data !== null && "rows" in data;
