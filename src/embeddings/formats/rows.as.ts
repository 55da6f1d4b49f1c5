// Reads rows of numbers from text: `word x1 ... xd\n`, as word2vec, GloVe and fastText write them. Addresses and lengths
// are in bytes. A row that is not plain (other count of fields, `nan`, `inf`, twenty digits) is left to the caller.

// Powers of ten that float64 holds exactly: m 10^-e is then rounded once.
const POWERS: usize = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]);

/** Address of the next newline in [at, end), or `end`. May read 15 bytes past `end`. */
function newline(at: usize, end: usize): usize {
  const lf = i8x16.splat(10);
  while (at < end) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(at), lf));
    if (mask) {
      const found = at + ctz(mask);
      return found < end ? found : end;
    }
    at += 16;
  }
  return end;
}

/**
 * Parses whole lines of [input, input + length) into float rows at `out` and the words' (start, end) offsets at `words`,
 * until `maxRows`, the last whole line, or a row that is not plain. `status` receives the offset of the first unread
 * byte and, as its second word, 1 if that line is not plain, else 0. Returns the count of rows.
 * The byte at `input + length` must be a newline that the caller put there; `last` makes an unended last line count.
 */
export function parseRows(
  input: usize, length: i32, last: i32, out: usize, dim: i32, maxRows: i32, words: usize, status: usize,
): i32 {
  const end = input + length;
  let at = input;
  let rows = 0;
  let odd = 0;
  while (rows < maxRows && at < end) {
    const stop = newline(at, end);
    if (stop == end && !last) break;
    let p = at;
    let c: u32 = load<u8>(p);
    while (c != 32 && c != 9 && c != 10) c = load<u8>(++p);
    const wordEnd = p;
    if (p == at || c == 10) {
      odd = 1; // an empty word, or a line without numbers
      break;
    }
    const row = out + (<usize>(rows * dim) << 2);
    let i = 0;
    for (; i < dim; i++) {
      while (c == 32 || c == 9) c = load<u8>(++p);
      let negative: u32 = 0;
      if (c == 45) {
        negative = 0x80000000;
        c = load<u8>(++p);
      } else if (c == 43) c = load<u8>(++p);
      const from = p;
      let m: u64 = 0;
      let digit: u32 = c - 48;
      while (digit < 10) {
        m = m * 10 + digit;
        c = load<u8>(++p);
        digit = c - 48;
      }
      let digits = <i32>(p - from);
      let exponent = 0;
      if (c == 46) {
        const point = ++p;
        c = load<u8>(p);
        digit = c - 48;
        while (digit < 10) {
          m = m * 10 + digit;
          c = load<u8>(++p);
          digit = c - 48;
        }
        exponent = -(<i32>(p - point));
        digits -= exponent;
      }
      if (digits == 0 || digits > 19) break; // 10^19 < 2^64
      if ((c | 32) == 101) {
        c = load<u8>(++p);
        let minus = false;
        if (c == 45 || c == 43) {
          minus = c == 45;
          c = load<u8>(++p);
        }
        digit = c - 48;
        if (digit > 9) break;
        let e = 0;
        while (digit < 10 && e < 1000) {
          e = e * 10 + <i32>digit;
          c = load<u8>(++p);
          digit = c - 48;
        }
        exponent += minus ? -e : e;
      }
      if (exponent < -22 || exponent > 22) break;
      if (c != 32 && c != 10 && c != 9 && c != 13) break;
      const x = <f64>m;
      const value = <f32>(
        exponent < 0 ? x / load<f64>(POWERS + (<usize>-exponent << 3)) : x * load<f64>(POWERS + (<usize>exponent << 3))
      );
      store<u32>(row + (<usize>i << 2), reinterpret<u32>(value) | negative);
    }
    while (c == 32 || c == 9 || c == 13) c = load<u8>(++p);
    if (i < dim || c != 10 || p != stop) {
      odd = 1;
      break;
    }
    store<u32>(words + (<usize>rows << 3), <u32>(at - input));
    store<u32>(words + (<usize>rows << 3), <u32>(wordEnd - input), 4);
    rows++;
    at = stop + 1;
  }
  if (at > end) at = end;
  store<u32>(status, <u32>(at - input));
  store<u32>(status, odd, 4);
  return rows;
}
