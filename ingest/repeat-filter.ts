/**
 * Says of a 64-bit key that it was certainly never added, or that it may have been (about 1 in 1,000 wrongly).
 * Grows by further layers, so that it never has to be built again while it is in use.
 */
export interface RepeatFilter {
  /** Whether the key may have been added before; adds it. */
  checkAndAdd(key: bigint): boolean;
  addAll(keys: BigUint64Array): void;
}

const KEYS_PER_BLOCK = 16;
const WORDS_PER_BLOCK = 8;
const FIRST_CAPACITY = 262_144;
/** One odd multiplier for each word of a block, as in the split-block filters of Apache Parquet. */
const MULTIPLIERS = Int32Array.of(
  0x47b6137b,
  0x44974d91,
  0x8824ad5b,
  0xa2b7289d,
  0x705495c7,
  0x2df1424b,
  0x9efc4947,
  0x5c6bfb31,
);

interface Layer {
  readonly words: Int32Array;
  readonly blocks: number;
  readonly capacity: number;
  count: number;
}

/** A split-block Bloom filter with 16 bits a key: 2 MB for a million. */
export function createRepeatFilter(): RepeatFilter {
  const layers: Layer[] = [createLayer(FIRST_CAPACITY)];
  const key64 = new BigUint64Array(1);
  const halves = new Uint32Array(key64.buffer);

  const add = (low: number, high: number): boolean => {
    let newest = layers[layers.length - 1] ?? createLayer(FIRST_CAPACITY);
    for (const layer of layers) if (layer !== newest && holds(layer, low, high)) return true;
    if (newest.count >= newest.capacity) {
      if (holds(newest, low, high)) return true;
      newest = createLayer(newest.capacity * 2);
      layers.push(newest);
    }
    return put(newest, low, high);
  };
  return {
    checkAndAdd(key) {
      key64[0] = key;
      return add(halves[0] ?? 0, halves[1] ?? 0);
    },
    addAll(keys) {
      const all = new Uint32Array(keys.buffer, keys.byteOffset, keys.length * 2);
      for (let at = 0; at < all.length; at += 2) add(all[at] ?? 0, all[at + 1] ?? 0);
    },
  };
}

function createLayer(capacity: number): Layer {
  const blocks = Math.ceil(capacity / KEYS_PER_BLOCK);
  return { words: new Int32Array(blocks * WORDS_PER_BLOCK), blocks, capacity, count: 0 };
}

function holds(layer: Layer, low: number, high: number): boolean {
  const base = Math.floor((high * layer.blocks) / 0x1_0000_0000) * WORDS_PER_BLOCK;
  for (let word = 0; word < WORDS_PER_BLOCK; word++) {
    const bit = 1 << (Math.imul(low, MULTIPLIERS[word] ?? 0) >>> 27);
    if (((layer.words[base + word] ?? 0) & bit) === 0) return false;
  }
  return true;
}

/** Whether every bit was set already. */
function put(layer: Layer, low: number, high: number): boolean {
  const base = Math.floor((high * layer.blocks) / 0x1_0000_0000) * WORDS_PER_BLOCK;
  let held = true;
  for (let word = 0; word < WORDS_PER_BLOCK; word++) {
    const bit = 1 << (Math.imul(low, MULTIPLIERS[word] ?? 0) >>> 27);
    const before = layer.words[base + word] ?? 0;
    if ((before & bit) !== 0) continue;
    held = false;
    layer.words[base + word] = before | bit;
  }
  if (!held) layer.count += 1;
  return held;
}
