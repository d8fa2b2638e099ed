// Solves a memory-hard ticket: a worker that the standing page loads when somebody asks for one. Its own policy lets it
// compile the library's WebAssembly and nothing else: it asks no server for anything.
import { argon2id, sha256 } from 'hash-wasm';

/** What is to be solved, as docs/standing.md and Market.Standing's MemoryTicket say. */
export interface Puzzle {
  account: string;
  host: string;
  seed: string;
  difficulty: number;
  memoryKiB: number;
  passes: number;
  lanes: number;
}
/** Told after each try; with the nonce, 16 bytes in hex, where it was the last. */
export type Told = { tries: number; nonce?: string } | { failed: string };

const TAG = 'market/ticket';
const KIND = 2;
const LENGTH = 32;
const MOST = 0xffff_ffff_ffff_ffffn;

addEventListener('message', (event: MessageEvent<Puzzle>) => {
  solve(event.data).catch((e: unknown) => tell({ failed: e instanceof Error ? e.message : String(e) }));
});

const tell = (told: Told): void => postMessage(told);

async function solve(puzzle: Puzzle): Promise<void> {
  const password = await digest(puzzle);
  const limit = MOST / BigInt(puzzle.difficulty);
  // Half of it this worker's own, so that two do not try the same; the other half counts.
  const nonce = new Uint8Array(16);
  crypto.getRandomValues(nonce.subarray(0, 8));
  const counted = new DataView(nonce.buffer);
  for (let tries = 1; ; tries++) {
    counted.setBigUint64(8, BigInt(tries));
    const hash = await argon2id({
      password,
      salt: nonce,
      memorySize: puzzle.memoryKiB,
      iterations: puzzle.passes,
      parallelism: puzzle.lanes,
      hashLength: LENGTH,
      outputType: 'binary',
    });
    if (new DataView(hash.buffer, hash.byteOffset).getBigUint64(0) <= limit) {
      tell({ tries, nonce: [...nonce].map(byte => byte.toString(16).padStart(2, '0')).join('') });
      return;
    }
    tell({ tries });
  }
}

/** BIP340's tagged hash of kind, account, body (none), difficulty (u32 little-endian), seed and host. */
async function digest(puzzle: Puzzle): Promise<Uint8Array> {
  const text = new TextEncoder();
  const tag = bytes(await sha256(text.encode(TAG)));
  const difficulty = new Uint8Array(4);
  new DataView(difficulty.buffer).setUint32(0, puzzle.difficulty, true);
  const body = new Uint8Array(LENGTH);
  return bytes(
    await sha256(
      joined(tag, tag, Uint8Array.of(KIND), bytes(puzzle.account), body, difficulty, bytes(puzzle.seed), text.encode(puzzle.host)),
    ),
  );
}

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], pair => parseInt(pair, 16));

function joined(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
