// docs/format.md, "Frames": single records, and the search for the next block.

import { crc32 } from "./crc32.mjs";

export const TYPE = Object.freeze({
  HEADER: 1, KEYFRAME: 2, NAMES: 3, EVENT: 4, ENTER: 5, EXIT: 6, HISTORY: 7, RUN: 8, EXCEPTION: 9, GAP: 10, END: 11,
  PACKED: 12, INDEX: 13, TRAILER: 14, EXIT_OF: 15, VALUE: 16,
});
export const SYNC = Buffer.from("006d706b7e73796e63fffe01", "hex");
export const UNSEEDED = new Set([TYPE.HEADER, TYPE.KEYFRAME, TYPE.PACKED, TYPE.INDEX, TYPE.TRAILER]);
const BEFORE_SYNC = 13;
const LONGEST = 1_048_580;
const HEADS = new Map([[0xc7, 1], [0xc8, 2], [0xc9, 4]]);
const NO_SEED = Buffer.alloc(4);

/** Bytes that are no record. */
export class Damage extends Error {
  constructor(kind, torn = false) {
    super(kind);
    Object.assign(this, { kind, torn });
  }
}

/** The record at an offset: `{type, crc (4 bytes), payload, end}`. */
export function recordAt(bytes, offset, seed) {
  const { type, length, start } = head(bytes, offset);
  if (type < 0 || length < 4 || length > LONGEST) throw new Damage("bad checksum");
  const end = start + length;
  if (end > bytes.length) throw new Damage("bad checksum", true);
  const crc = bytes.subarray(start, start + 4);
  const payload = bytes.subarray(start + 4, end);
  const before = UNSEEDED.has(type) ? NO_SEED : (seed ?? NO_SEED);
  if (crc32(before, [type], payload) !== crc.readUInt32BE()) throw new Damage("bad checksum");
  return { type, crc, payload, end };
}

function head(bytes, offset) {
  const width = HEADS.get(bytes[offset]);
  if (width === undefined) throw new Damage("bad checksum");
  const start = offset + 2 + width;
  if (start > bytes.length) throw new Damage("bad checksum", true);
  return { type: bytes.readInt8(start - 1), length: bytes.readUIntBE(offset + 1, width), start };
}

/** The places after an offset where a keyframe or a packed block may begin, until the work is too much. */
export function* blocksAfter(bytes, offset) {
  let work = 16 * bytes.length;
  for (let sync = bytes.indexOf(SYNC, offset + 1); sync >= 0; sync = bytes.indexOf(SYNC, sync + 1)) {
    const start = sync - BEFORE_SYNC;
    if (start <= offset || bytes[start] !== 0xc9) continue;
    const length = bytes.readUInt32BE(start + 1);
    if (start + length > bytes.length) continue;
    if (work <= 0) return;
    work -= length;
    yield start;
  }
}
