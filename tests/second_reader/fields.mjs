// docs/format.md, "Records": the fields of each payload, checked.

import { TYPE } from "./frames.mjs";
import { BadRecord, entries, isArray, isInteger, isMap, isText, must } from "./values.mjs";

/** The highest count. */
export const HIGHEST = 2n ** 63n - 1n;

/** A count: an integer from 0 to 2^63 - 1. */
export function count(value) {
  must(isInteger(value) && BigInt(value) >= 0n && BigInt(value) <= HIGHEST, "no count");
  return BigInt(value);
}

const number = (value) => Number(count(value));
const exact = (value) => integer(count(value));
const list = (value) => (must(isArray(value), "no array"), value);
const map = (value) => (must(isMap(value), "no map"), entries(value));
const bytes = (value) => (must(value instanceof Uint8Array, "no bytes"), value);
const text = (value) => (must(isText(value), "no text"), value);
const optional = (read, empty) => (value) => (value === undefined || value === null ? empty : read(value));

/** An integer; as a number, where that is the same. */
const integer = (value) => (must(isInteger(value), "no integer"), Number.isSafeInteger(Number(value)) ? Number(value) : value);

const duration = (value) => {
  must(isInteger(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value), "a duration of more than 64 bits");
  return BigInt(value);
};

/** `[[name number, value], ...]` of a flat array. */
function pairs(value) {
  must(list(value).length % 2 === 0, "half a pair");
  const found = [];
  for (let at = 0; at < value.length; at += 2) found.push([integer(value[at]), value[at + 1]]);
  return found;
}

const groups = (value) => pairs(value).map(([cause, changes]) => [cause, pairs(changes)]);
const calls = (value) => pairs(value).map(([callback, took]) => [callback, duration(took)]);

const RARE = {
  1: (value) => map(value).map(([name, input]) => [integer(name), input]),
  2: (value) => list(value).flatMap(passedOver(message)),
  3: (value) => map(value).map(([position, raised]) => [integer(position), text(raised)]),
  4: (value) => list(value).map(integer),
  5: integer,
  6: integer,
  7: (value) => list(value).flatMap(passedOver(probe)),
  8: (value) => exact(value),
  9: (value) => map(value).map(([position, place]) => [integer(position), text(place)]),
};
export const RARE_KEY = { INPUTS: 1, MESSAGES: 2, RAISED: 3, REPLACED: 4, JOINED: 5, BETWEEN: 6, PROBES: 7, THREAD: 8, RAISED_AT: 9 };

function message(value) {
  const [cause, level, logger, words] = list(value);
  return [integer(cause), text(level), text(logger), text(words)];
}

function probe(value) {
  const [name, duration, result, raised] = list(value);
  must(result !== undefined, "half a probe");
  return [integer(name), count(duration), result, isText(raised) ? raised : null];
}

function rare(value) {
  const found = {};
  for (const [key, content] of map(value)) {
    if (isInteger(key) && RARE[key]) [found[key]] = passedOver(RARE[key])(content);
  }
  return found;
}

/** In a map, what is not as specified is as if it were not there: `[what was read]`, or `[]`. */
const passedOver = (read) => (value) => {
  try {
    return [read(value)];
  } catch (error) {
    if (error instanceof BadRecord) return [];
    throw error;
  }
};

const note = (value) => new Map(map(value));

const EVENT = {
  number, name: exact, time: count, duration: count, between: optional(pairs, []), inside: optional(groups, []),
  calls: optional(calls, []), rare: optional(rare, {}),
};
const NOTE = { number, fields: note };

const FIELDS = {
  [TYPE.KEYFRAME]: {
    sync: bytes, id: bytes, block: count, records: number, event: count, time: count, open: number, first: number,
    names: list, chain: pairs,
  },
  [TYPE.NAMES]: { number, first: number, names: list },
  [TYPE.EVENT]: EVENT,
  [TYPE.ENTER]: EVENT,
  [TYPE.EXIT]: {
    number, duration: count, inside: optional(groups, []), calls: optional(calls, []), rare: optional(rare, {}),
  },
  [TYPE.EXIT_OF]: {
    number, back: number, duration: count, inside: optional(groups, []), calls: optional(calls, []),
    rare: optional(rare, {}),
  },
  [TYPE.HISTORY]: { number, generation: number, edition: number, start: number, entries: list },
  [TYPE.VALUE]: { number, serial: count, base: count, item: (value) => (must(value !== undefined, "no value"), value) },
  [TYPE.RUN]: NOTE,
  [TYPE.EXCEPTION]: NOTE,
  [TYPE.GAP]: NOTE,
  [TYPE.END]: NOTE,
  [TYPE.PACKED]: {
    sync: bytes, id: bytes, event: count, events: number, records: number, templates: number, skeletons: list,
    streams: list,
  },
  [TYPE.INDEX]: { id: bytes, size: number, data: bytes },
  [TYPE.TRAILER]: { id: bytes, offset: bytes },
};

/** The named fields of a payload; of an unknown type, only its number. */
export function fieldsOf(type, payload) {
  const shape = FIELDS[type] ?? { number };
  const found = {};
  Object.entries(shape).forEach(([name, read], at) => {
    found[name] = read(list(payload)[at]);
  });
  return found;
}

