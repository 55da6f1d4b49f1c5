// Cuts a stream of bytes at white space and numbers its words in the order they come: one open hash table over the
// bytes. Addresses are in bytes. An entry is four 32-bit numbers: start and length of the word's bytes, its hash, its
// count (saturating).

/** Puts every entry into an empty table of `mask + 1` slots (entry + 1; 0 is free). */
export function rehash(slots: usize, mask: u32, entries: usize, count: i32): void {
  memory.fill(slots, 0, (<usize>(mask + 1)) << 2);
  for (let e = 0; e < count; e++) {
    let slot = load<u32>(entries + (<usize>e << 4), 8) & mask;
    while (load<u32>(slots + (<usize>slot << 2))) slot = (slot + 1) & mask;
    store<u32>(slots + (<usize>slot << 2), e + 1);
  }
}

/**
 * Reads [text, text + length) and writes one number a word, -1 at each newline, to `ids`. A word at the end counts only
 * if `last`. New words' bytes are copied to `arena`. Stops where entries or arena are full.
 * `state`: entries, bytes of the arena used (both kept up to date), then bytes of text read. Returns the numbers written.
 */
export function tokenize(
  text: usize, length: i32, last: i32, ids: usize,
  slots: usize, mask: u32, entries: usize, maxEntries: i32, arena: usize, arenaBytes: i32, state: usize,
): i32 {
  const end = text + length;
  let count = load<i32>(state);
  let used = load<i32>(state, 4);
  let at = text;
  const start = ids;
  while (at < end) {
    const c: u32 = load<u8>(at);
    if (c <= 32 && (c == 32 || (c >= 9 && c <= 13) || c == 0)) {
      at++;
      if (c == 10) {
        store<i32>(ids, -1);
        ids += 4;
      }
      continue;
    }
    let p = at;
    let hash: u32 = 2166136261;
    for (; p < end; p++) {
      const b: u32 = load<u8>(p);
      if (b <= 32 && (b == 32 || (b >= 9 && b <= 13) || b == 0)) break;
      hash = (hash ^ b) * 16777619;
    }
    if (p == end && !last) break;
    hash ^= hash >> 15;
    const size = <i32>(p - at);
    let slot = hash & mask;
    let found: i32 = -1;
    for (;;) {
      const e = load<u32>(slots + (<usize>slot << 2));
      if (!e) break;
      const entry = entries + (<usize>(e - 1) << 4);
      if (load<u32>(entry, 8) == hash && load<i32>(entry, 4) == size) {
        const bytes = arena + <usize>load<u32>(entry);
        let k: usize = 0;
        while (k < <usize>size && load<u8>(bytes + k) == load<u8>(at + k)) k++;
        if (k == <usize>size) {
          found = e - 1;
          break;
        }
      }
      slot = (slot + 1) & mask;
    }
    if (found < 0) {
      if (count >= maxEntries || used + size > arenaBytes) break;
      found = count++;
      const entry = entries + (<usize>found << 4);
      store<u32>(entry, used);
      store<i32>(entry, size, 4);
      store<u32>(entry, hash, 8);
      store<u32>(entry, 1, 12);
      memory.copy(arena + <usize>used, at, size);
      used += size;
      store<u32>(slots + (<usize>slot << 2), found + 1);
    } else {
      const counter = entries + (<usize>found << 4) + 12;
      const n = load<u32>(counter);
      if (n != 0xffffffff) store<u32>(counter, n + 1);
    }
    store<i32>(ids, found);
    ids += 4;
    at = p;
  }
  store<i32>(state, count);
  store<i32>(state, used, 4);
  store<i32>(state, <i32>(at - text), 8);
  return <i32>(ids - start) >> 2;
}
