// A list of numbers in 8 bytes each, whose length is not known beforehand.

export function growingNumbers() {
  let held = new Float64Array(1024);
  let count = 0;
  return {
    push(value: number): void {
      if (count === held.length) {
        const wider = new Float64Array(Math.ceil(count * 1.5));
        wider.set(held);
        held = wider;
      }
      held[count++] = value;
    },
    length: (): number => count,
    list: (): Float64Array => held.slice(0, count),
  };
}
