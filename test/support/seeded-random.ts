/** Numbers in [0, 1) that a seed determines (mulberry32), so that a failing test can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The seed of this test run: CLAWTASK_TEST_SEED, else a new one. */
export function testSeed(): number {
  return Number(process.env["CLAWTASK_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
}

export function pick<T>(random: () => number, from: readonly T[]): T {
  const item = from[Math.floor(random() * from.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}
