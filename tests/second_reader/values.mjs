// docs/format.md, "Values": msgpack with the extensions of a trace.
//
// @msgpack/msgpack reads a float and an integer to the same number, and keys of maps to properties. Its decoder
// is taken as it is but for the few methods below that make those; they are no public ones, so its version is pinned.

import { Decoder, decodeTimestampToTimeSpec } from "@msgpack/msgpack";
import { few, isKey, shallow } from "./bounded.mjs";

export const ARRAYS = 1024;
export const EXTENSIONS = 64;
const HOLE = 64;
const TIMESTAMP = -1;
const NANOSECONDS = 1e9;

/** What breaks the specification inside a payload whose checksum is right. */
export class BadRecord extends Error {}

export class Float {
  constructor(number) {
    this.number = number;
  }
}

export class Tuple {
  constructor(items) {
    this.items = items;
  }
}

export class Described {
  constructor(type, text, value = null) {
    Object.assign(this, { type, text, value });
  }
}

export class Shortened {
  constructor(kind, length, digest, kept) {
    Object.assign(this, { kind, length, digest, kept });
  }
}

export class HistoryRef {
  constructor(generation, length, edition) {
    Object.assign(this, { generation, length, edition });
  }
}

/** In the place of a large value: the number of its record. */
export class ValueRef {
  constructor(serial) {
    this.serial = serial;
  }
}

export class Hole {
  constructor(kind) {
    this.kind = kind;
  }
}

/** A text with lone surrogates, each spelled out: a string would join two of them to one character. */
export class Surrogates {
  constructor(spelled) {
    this.spelled = spelled;
  }
}

export const ABSENT = Symbol("absent");

/** A map: its values, and beside them its keys, in order. */
export class Pairs extends Array {
  keyList = [];
}

/** A key that is a text, until the map has it: the library refuses `__proto__`, which is a key as any other. */
class Key {
  constructor(text) {
    this.text = text;
  }
}

export const isInteger = (value) => typeof value === "number" || typeof value === "bigint";
// The library makes its own empty object of an empty map.
export const isMap = (value) => value instanceof Pairs || (value?.constructor === Object && !Array.isArray(value));
export const isArray = (value) => Array.isArray(value) && !(value instanceof Pairs);
const any = () => true;
export const isText = (value) => typeof value === "string" || value instanceof Surrogates;

/** The keys and values of a map. */
export const entries = (map) => (map instanceof Pairs ? map.keyList.map((key, at) => [key, map[at]]) : []);

/** Fail where something is not as specified. */
export function must(right, what) {
  if (!right) throw new BadRecord(what);
}

class TraceDecoder extends Decoder {
  constructor(readExtension) {
    super({
      useBigInt64: true,
      extensionCodec: { decode: readExtension },
      mapKeyConverter: (key) => this.keyOfMap(key),
    });
  }

  readF32() {
    return new Float(super.readF32());
  }

  readF64() {
    return new Float(super.readF64());
  }

  decodeUtf8String(length, head) {
    const text = utf8(this.decodeBinary(length, head));
    return this.stateIsMapKey() ? new Key(text) : text;
  }

  pushArrayState(size) {
    this.room(size);
    Object.assign(this.stack.getUninitializedStateFromPool(), { type: "array", position: 0, size, array: [] });
  }

  pushMapState(size) {
    this.room(size);
    this.stack.pushMapState(size);
    this.stack.top().map = new Pairs();
  }

  room(size) {
    must(size <= this.bytes.length, "more elements than bytes");
    must(this.stack.length < ARRAYS, "too deep");
  }

  keyOfMap(key) {
    must(key instanceof Key || isKey(key), "a key that is an array or a map, or holds one");
    const { map } = this.stack.top();
    map.keyList.push(key instanceof Key ? key.text : key);
    return map.keyList.length - 1;
  }
}

/** Read the one msgpack value that the bytes are; `levels` extensions are around it. */
export function decode(bytes, levels = 0) {
  const value = guarded(() => new TraceDecoder((data, type) => extension(data, type, levels)).decode(bytes));
  few([value], bytes.length);
  return levels ? value : shallow(value);
}

/** Read the values that stand in a row: `[value, length in bytes]` of each. */
export function decodeRow(bytes) {
  return row(bytes, (data, type) => extension(data, type, 0));
}

/** Read record types and skeletons in a row, as `decodeRow` does, with their holes. */
export function decodeSkeletons(bytes) {
  return row(bytes, (data, type) => (type === HOLE ? hole(data) : extension(data, type, 0)));
}

function row(bytes, readExtension) {
  const decoder = new TraceDecoder(readExtension);
  return guarded(() => {
    const found = [];
    let start = 0;
    for (const value of decoder.decodeMulti(bytes)) {
      found.push([value, decoder.pos - start]);
      start = decoder.pos;
    }
    few(found.map(([value]) => value), bytes.length);
    return found;
  });
}

function guarded(read) {
  try {
    return read();
  } catch (error) {
    throw error instanceof BadRecord ? error : new BadRecord(error.message);
  }
}

function utf8(bytes) {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

function hole(data) {
  const kind = String.fromCharCode(...data.subarray(0, 2));
  must(["i", "f", "t", "v"].includes(kind), "kind of a hole");
  return new Hole(kind);
}

function extension(data, type, levels) {
  if (type >= 33 && type <= 35) must(levels < EXTENSIONS, "extensions too deep");
  if (type === TIMESTAMP) return time(data);
  must(type >= 0, "an extension below 0");
  const make = MADE[type];
  if (make === undefined) return new Described(`msgpack extension ${type}`, `${data.length} bytes`, data);
  return make(data, levels + 1);
}

const MADE = {
  32: (data) => integer(data),
  33: (data, levels) => new Tuple(items(data, levels)),
  34: (data, levels) => new Described(...items(data, levels, isText, isText, any)),
  35: (data, levels) => new Shortened(...items(data, levels, isText, isInteger, isInteger, any)),
  36: () => ABSENT,
  37: (data) => new Surrogates(spelled(data)),
  38: (data, levels) => new HistoryRef(...items(data, levels, isInteger, isInteger, isInteger)),
  39: (data, levels) => new ValueRef(serial(decode(data, levels))),
};

function serial(value) {
  must(isInteger(value) && BigInt(value) > 0n && BigInt(value) < 2n ** 63n, "no serial number");
  return BigInt(value);
}

function items(data, levels, ...kinds) {
  const array = decode(data, levels);
  must(isArray(array), "an extension that is no array");
  if (kinds.length) must(array.length === kinds.length && kinds.every((is, at) => is(array[at])), "items of an extension");
  return array;
}

function integer(data) {
  const digits = Buffer.from(data).toString("hex") || "0";
  const value = BigInt.asIntN(data.length * 8, BigInt(`0x${digits}`));
  must(value < -(2n ** 63n) || value >= 2n ** 64n, "an integer that msgpack has itself");
  return value;
}

/** Msgpack's own time: the seconds. */
function time(data) {
  const { sec, nsec } = decodeTimestampToTimeSpec(data); // which refuses another length
  must(nsec < NANOSECONDS, "too many nanoseconds");
  return new Float(sec + nsec / NANOSECONDS);
}

function spelled(data) {
  let text = "";
  let plain = 0;
  for (let at = 0; at + 2 < data.length; at += 1) {
    if (data[at] !== 0xed || data[at + 1] < 0xa0) continue;
    const unit = 0xd000 | ((data[at + 1] & 0x3f) << 6) | (data[at + 2] & 0x3f);
    text += utf8(data.subarray(plain, at)) + `\\u${unit.toString(16)}`;
    plain = at + 3;
    at += 2;
  }
  return text + utf8(data.subarray(plain));
}
