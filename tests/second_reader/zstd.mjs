// One zstd frame, bounded before and while it is expanded: fzstd itself takes any frames in a row, of any size.

import { Decompress } from "fzstd";
import { must } from "./values.mjs";

const MAGIC = 0xfd2fb528;
const WINDOW = 8 << 20;

/** Expand the one frame that the bytes are, to exactly `size` bytes. */
export function expand(bytes, size) {
  must(frameEnd(bytes) === bytes.length, "not one zstd frame");
  const out = new Uint8Array(size);
  let at = 0;
  const stream = new Decompress((chunk) => {
    must(at + chunk.length <= size, "longer than it claims");
    out.set(chunk, at);
    at += chunk.length;
  });
  try {
    stream.push(bytes, true);
  } catch (error) {
    must(false, `zstd: ${error.message}`);
  }
  must(at === size, "shorter than it claims");
  return out;
}

function frameEnd(bytes) {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  must(data.length >= 9 && data.readUInt32LE(0) === MAGIC, "no zstd frame");
  const flags = data[4];
  const single = (flags >> 5) & 1;
  must((flags & 3) === 0, "a dictionary");
  const sizeBytes = [single, 2, 4, 8][flags >> 6];
  if (!single) must(windowOf(data[5]) <= WINDOW, "a window of more than 8 MiB");
  let at = 6 - single + sizeBytes;
  must(at <= data.length, "a zstd frame without a head");
  if (single) must(contentSize(data, at - sizeBytes, sizeBytes) <= BigInt(WINDOW), "a window of more than 8 MiB");
  for (let last = 0; !last; ) {
    must(at + 3 <= data.length, "a zstd frame without an end");
    const head = data.readUIntLE(at, 3);
    last = head & 1;
    at += 3 + (((head >> 1) & 3) === 1 ? 1 : head >> 3);
  }
  return at + (flags & 4 ? 4 : 0);
}

function windowOf(byte) {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}

function contentSize(data, at, width) {
  if (width === 8) return data.readBigUInt64LE(at);
  return BigInt(data.readUIntLE(at, width) + (width === 2 ? 256 : 0));
}
