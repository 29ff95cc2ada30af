// docs/format.md, "The packed form": the records of a PACKED block, put together from their columns.

import { RARE_KEY, count } from "./fields.mjs";
import { TYPE } from "./frames.mjs";
import { Float, Hole, Pairs, decodeRow, decodeSkeletons, entries, isArray, isInteger, isMap, must } from "./values.mjs";
import { expand } from "./zstd.mjs";

const RECORDS = 65_536;
const BYTES = 2_097_152;
const SKELETONS = 1_048_576;
const LEVELS = 16;
const TIMED = [TYPE.EVENT, TYPE.ENTER];
const OUTSIDE = new Set([TYPE.HEADER, TYPE.PACKED, TYPE.INDEX, TYPE.TRAILER]);

/** The records of a block, `{type, payload}`, their numbers in front; `size` is that of the block's payload. */
export function unpack(fields, size) {
  must(fields.records >= 1 && fields.records <= RECORDS, "records of a block");
  must(fields.templates >= 1 && fields.templates <= fields.records, "templates of a block");
  const room = { bytes: Math.min(BYTES, 16_384 + 256 * size) };
  const templates = templatesOf(fields, room);
  must(fields.streams.length > 0, "no streams");
  const [order, ...streams] = fields.streams;
  const of = numbersOf(order, fields.records, []).map(Number);
  const numbers = [null]; // by stream, what may be copied
  const uses = new Array(templates.length).fill(0);
  for (const template of of) {
    must(template >= 0 && template < templates.length, "no such template");
    uses[template] += 1;
  }
  templates.forEach((template, at) => spend(room, template.bytes * uses[at]));
  const events = of.filter((template) => TIMED.includes(templates[template].type)).length;
  must(events === fields.events, "another number of events");
  const columns = columnsOf(templates, uses, streams, numbers, room);
  return restored(templates, of, columns, fields);
}

function spend(room, bytes) {
  room.bytes -= bytes;
  must(room.bytes >= 0, "a block of too many bytes");
}

function templatesOf({ templates, skeletons }, room) {
  const row = valuesOf(skeletons, 2 * templates, Math.min(room.bytes, SKELETONS), decodeSkeletons);
  const found = [];
  for (let at = 0; at < row.length; at += 2) found.push(template(row[at][0], ...row[at + 1]));
  return found;
}

function template(type, skeleton, bytes) {
  must(isInteger(type) && type >= 0 && type < 128 && !OUTSIDE.has(Number(type)), "type of a template");
  must(isArray(skeleton), "a skeleton that is no array");
  must(levels(skeleton) <= LEVELS, "a skeleton of too many levels");
  const holes = [...holesIn(skeleton)];
  const timed = TIMED.includes(Number(type));
  holes.forEach((kind, at) => must((kind === "t") === (timed && at === 0), "a time where there can be none"));
  if (timed) must(skeleton[1]?.kind === "t" && skeleton[2]?.kind === "i", "an event without its time");
  must(columnar(Number(type), skeleton), "a hole in the place of what selects a column");
  return { type: Number(type), skeleton, holes, bytes };
}

/** How many arrays and maps are inside each other. */
function levels(value) {
  if (!isArray(value) && !isMap(value)) return 0;
  return 1 + (Array.isArray(value) ? value : []).reduce((most, item) => Math.max(most, levels(item)), 0);
}

function* holesIn(value) {
  if (value instanceof Hole) yield value.kind;
  else if (Array.isArray(value)) for (const item of value) yield* holesIn(item);
}

/** Names, and the arrays and maps around them, stand in the skeleton. */
function columnar(type, skeleton) {
  const [pairs, groups, rare] = [flat(() => true), flat(flat(() => true)), isMap];
  if (type === TYPE.KEYFRAME) return flat(() => true)(skeleton[9]);
  if (type === TYPE.EXIT) return optional(skeleton, 1, [groups, pairs, rare]);
  if (type === TYPE.EXIT_OF) return optional(skeleton, 2, [groups, pairs, rare]);
  if (TIMED.includes(type) && isMap(skeleton[6]) && threadOf(skeleton[6])?.kind === "i") return false;
  return !TIMED.includes(type) || (isInteger(skeleton[0]) && optional(skeleton, 3, [pairs, groups, pairs, rare]));
}

const threadOf = (rare) => entries(rare).find(([key]) => isInteger(key) && Number(key) === RARE_KEY.THREAD)?.[1];

const flat = (inner) => (items) =>
  isArray(items) && items.length % 2 === 0 && items.every((item, at) => (at % 2 ? inner(item) : isInteger(item)));

function optional(skeleton, start, checks) {
  return checks.every((check, at) => (skeleton[start + at] ?? null) === null || check(skeleton[start + at]));
}

function columnsOf(templates, uses, streams, numbers, room) {
  must(streams.length === templates.reduce((sum, { holes }) => sum + holes.length, 0), "more or fewer streams than holes");
  let at = 0;
  return templates.map(({ holes }, template) =>
    holes.map((kind) => {
      const stream = streams[at++];
      if (kind !== "v") {
        const values = numbersOf(stream, uses[template], numbers);
        numbers.push(isInteger(stream) ? null : values);
        return { kind, values };
      }
      numbers.push(null);
      const values = valuesOf(stream, uses[template], room.bytes);
      spend(room, Number(stream[1]));
      return { kind, values: values.map(([value]) => value) };
    }),
  );
}

function valuesOf(stream, items, most, read = decodeRow) {
  must(isArray(stream) && stream.length >= 3, "a stream of values");
  const length = Number(count(stream[1]));
  must(length <= most, "a stream of too many bytes");
  const row = read(expanded(stream[0], stream[2], length));
  must(row.length === items, "a stream with more or fewer values");
  return row;
}

function numbersOf(stream, items, earlier) {
  if (isInteger(stream)) return copyOf(stream, items, earlier);
  must(isArray(stream) && stream.length >= 5, "a stream of numbers");
  const [method, order, first, width, data] = stream;
  must([0, 1, 2].includes(order) && isArray(first) && first.length === order && order <= items, "order");
  must([0, 1, 2, 4, 8].includes(width), "width");
  let numbers = planes(expanded(method, data, (items - order) * width), items - order, width);
  for (const start of first.toReversed()) numbers = summed(start, numbers);
  return numbers;
}

function copyOf(stream, items, earlier) {
  const found = earlier[Number(stream)];
  must(found && found.length === items, "a copy of no such stream");
  return found;
}

function expanded(method, data, length) {
  must(data instanceof Uint8Array, "no data");
  if (method === 1) return expand(data, length);
  must(method === 0 && data.length === length, "method");
  return data;
}

function planes(data, items, width) {
  const found = [];
  for (let at = 0; at < items; at += 1) {
    let number = 0n;
    for (let plane = width - 1; plane >= 0; plane -= 1) number = (number << 8n) | BigInt(data[plane * items + at]);
    found.push(BigInt.asIntN(8 * width, number));
  }
  return found;
}

function summed(start, differences) {
  must(isInteger(start) && BigInt.asIntN(64, BigInt(start)) === BigInt(start), "a first number");
  let sum = BigInt.asIntN(64, BigInt(start));
  return [sum, ...differences.map((difference) => (sum = BigInt.asIntN(64, sum + difference)))];
}

function restored(templates, of, columns, { records }) {
  const used = new Array(templates.length).fill(0);
  const clock = { end: 0n };
  let number = 0;
  const found = [];
  for (let at = 0; at < records; at += 1) {
    const template = templates[of[at]];
    must(at > 0 || template.type === TYPE.KEYFRAME, "a block without a keyframe");
    const row = used[of[at]]++;
    const values = columns[of[at]].map((column) => ({ kind: column.kind, value: column.values[row] }));
    tick(clock, template.type, values);
    const payload = filled(template.skeleton, values.values());
    number = template.type === TYPE.KEYFRAME ? 0 : number + 1;
    found.push({ type: template.type, payload: number ? [number, ...payload] : payload });
  }
  return found;
}

function tick(clock, type, values) {
  if (type === TYPE.KEYFRAME) clock.end = 0n;
  if (!TIMED.includes(type)) return;
  clock.end = BigInt.asIntN(64, clock.end + values[0].value);
  values[0].value = clock.end;
  if (type === TYPE.EVENT) clock.end += values[1].value;
}

function filled(value, values) {
  if (value instanceof Hole) return made(values.next().value);
  if (!Array.isArray(value)) return value;
  const items = value.map((item) => filled(item, values));
  if (value instanceof Pairs) items.keyList = value.keyList;
  return items;
}

function made({ kind, value }) {
  if (kind !== "f") return value;
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, value);
  return new Float(view.getFloat64(0));
}
