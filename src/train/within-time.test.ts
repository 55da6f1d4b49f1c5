import { expect, it } from "vitest";
import { reportWithin } from "./within-time.ts";

const rows = Array.from({ length: 1000 }, (_, i) => i);
/** Takes a millisecond for ten rows. */
const slow = async (data: unknown) => {
  const { length } = data as number[];
  await new Promise((done) => setTimeout(done, length / 10));
  return length;
};

it("reports on all of the data where that fits, else on what fits", async () => {
  const whole = await reportWithin(rows, { tokens: 1e6, secondsLeft: () => Infinity }, slow);
  expect(whole).toEqual({ found: 1000, share: 1 });
  expect(await reportWithin(rows, { tokens: 1e6, secondsLeft: () => 10 }, slow)).toEqual({ found: 1000, share: 1 });
  const part = await reportWithin(rows, { tokens: 1e6, secondsLeft: () => 0.02 }, slow);
  expect(part.found).toBe(Math.round(part.share * 1000));
  expect(part.share).toBeLessThan(0.5);
  expect(await reportWithin(rows, { tokens: 1e6, secondsLeft: () => -1 }, slow)).toEqual({ found: 20, share: 0.02 });
});
