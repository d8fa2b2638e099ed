// The book as a follower keeps it: snapshot, deltas with +1 sequence, CRC-32 of the ten best levels of each side.
import type { BookMessage, Level } from './wire';

export interface Held {
  price: bigint;
  units: bigint;
  orders: number;
}
export interface Row {
  price: bigint;
  units: bigint;
  total: bigint;
  orders: number;
}

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = (c & 1) !== 0 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** CRC-32 (IEEE 802.3) of ASCII text. */
export function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let i = 0; i < text.length; i++) crc = (crc >>> 8) ^ (table[(crc ^ text.charCodeAt(i)) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

export class Book {
  sequence = 0;
  bids: Held[] = [];
  asks: Held[] = [];

  /** Takes a snapshot. False when its own checksum is wrong. */
  reset(snapshot: BookMessage): boolean {
    this.sequence = snapshot.sequence;
    this.bids = snapshot.bids.map(held);
    this.asks = snapshot.asks.map(held);
    return this.checksum() === snapshot.checksum;
  }

  /** Applies a delta. False on a gap or a wrong checksum: then a new snapshot must be asked for. A delta that is
   * already in the book is skipped. */
  apply(delta: BookMessage): boolean {
    if (delta.sequence <= this.sequence) return true;
    if (delta.sequence !== this.sequence + 1) return false;
    this.sequence = delta.sequence;
    for (const level of delta.bids) put(this.bids, held(level), false);
    for (const level of delta.asks) put(this.asks, held(level), true);
    return this.checksum() === delta.checksum;
  }

  checksum(): number {
    const parts: string[] = [];
    for (let i = 0; i < 10; i++) {
      const bid = this.bids[i];
      const ask = this.asks[i];
      if (bid !== undefined) parts.push(`${bid.price}:${bid.units}`);
      if (ask !== undefined) parts.push(`${ask.price}:${ask.units}`);
    }
    return crc32(parts.join(':'));
  }
}

/** Folds levels, best first, into rows of one bin each, best first. Asks round up, bids down. */
export function fold(levels: readonly Held[], bin: bigint, up: boolean, visible: number): Row[] {
  const rows: Row[] = [];
  let total = 0n;
  for (const level of levels) {
    const price = binned(level.price, bin, up);
    const last = rows[rows.length - 1];
    total += level.units;
    if (last !== undefined && last.price === price) {
      last.units += level.units;
      last.orders += level.orders;
      last.total = total;
    } else if (rows.length === visible) break;
    else rows.push({ price, units: level.units, total, orders: level.orders });
  }
  return rows;
}

export const binned = (price: bigint, bin: bigint, up: boolean): bigint =>
  (up ? (price + bin - 1n) / bin : price / bin) * bin;

/** A bin is at least a ten-thousandth of the price, and at most a twentieth. */
const FINEST = 10_000n;
const COARSEST = 20n;

/** The bins to choose from, by the price's size: 1, 2 or 5 times a power of ten times the tick. */
export function bins(tick: bigint, price: bigint): bigint[] {
  const all: bigint[] = [];
  for (let power = tick; power <= price / COARSEST || power === tick; power *= 10n) {
    for (const step of [power, 2n * power, 5n * power]) if (step === tick || step <= price / COARSEST) all.push(step);
  }
  const finest = all.filter(b => b <= price / FINEST).at(-1) ?? tick;
  return all.filter(b => b >= finest);
}

/** The smallest bin with which both sides fit into the visible rows; the largest when none does. */
export function fitting(book: Book, choice: readonly bigint[], visible: number): bigint {
  const rows = (levels: readonly Held[], bin: bigint, up: boolean): number =>
    new Set(levels.map(l => binned(l.price, bin, up))).size;
  return (
    choice.find(b => rows(book.bids, b, false) <= visible && rows(book.asks, b, true) <= visible) ??
    choice[choice.length - 1] ??
    1n
  );
}

const held = (level: Level): Held => ({
  price: BigInt(level.price),
  units: BigInt(level.quantity),
  orders: level.orders,
});

function put(levels: Held[], level: Held, rising: boolean): void {
  let low = 0;
  let high = levels.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = levels[middle]!.price;
    if (rising ? at < level.price : at > level.price) low = middle + 1;
    else high = middle;
  }
  const there = levels[low]?.price === level.price;
  if (level.units === 0n) {
    if (there) levels.splice(low, 1);
  } else levels.splice(low, there ? 1 : 0, level);
}
