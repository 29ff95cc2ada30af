// docs/format.md, "Conformance": what was read, as JSON. JSON.stringify can't tell 1.0 from 1: this writes its own.

import {
  ABSENT, Described, Float, HistoryRef, Shortened, Surrogates, Tuple, ValueRef, entries, isArray, isInteger, isMap, isText,
} from "./values.mjs";

/** The JSON of a file that was read. */
export function toJson(journal, file) {
  return object({
    id: quoted(Buffer.from(file.id ?? []).toString("hex")),
    run: mapping([...journal.run]),
    events: array(journal.events.map((event) => eventJson(event, journal))),
    gaps: array(journal.gaps.map(gap)),
    exceptions: array(journal.exceptions.map(exception)),
    end: end(journal.end),
    damage: array(file.damage.map(({ kind, offset }) => object({ kind: quoted(kind), offset: String(offset) }))),
  });
}

const quoted = (text) => JSON.stringify(text);
const array = (items) => `[${items.join(", ")}]`;
const object = (members) => `{${Object.entries(members).map(([key, json]) => `${quoted(key)}: ${json}`).join(", ")}}`;
const seconds = (microseconds) => float(Number(microseconds) / 1e6);

function float(number) {
  if (!Number.isFinite(number)) return quoted(String(number));
  if (Object.is(number, -0)) return "-0.0";
  const digits = String(number);
  return /^-?\d+$/.test(digits) ? `${digits}.0` : digits;
}

function value(one) {
  if (one === undefined || one === null) return "null";
  if (typeof one === "boolean" || isInteger(one)) return String(one);
  if (one instanceof Float) return float(one.number);
  if (typeof one === "string") return quoted(one);
  if (one instanceof Surrogates) return quoted(one.spelled);
  if (isMap(one)) return mapping(entries(one));
  if (Array.isArray(one)) return array(one.map(value));
  return special(one);
}

function special(one) {
  if (one === ABSENT) return '{"$absent": true}';
  if (one instanceof Uint8Array) return object({ $bytes: quoted(Buffer.from(one).toString("hex")) });
  if (one instanceof Tuple) return object({ $tuple: array(one.items.map(value)) });
  if (one instanceof Shortened) return shortened(one);
  if (one instanceof Described) return described(one);
  if (one instanceof ValueRef) return described({ type: "value ref", text: String(one.serial), value: null });
  throw new Error(`no JSON for ${one?.constructor?.name ?? String(one)}`);
}

function shortened({ kind, length, digest, kept }) {
  return object({ $shortened: value(kind), length: value(length), digest: value(digest), kept: value(kept) });
}

function described({ type, text, value: content }) {
  const members = { $described: value(type), text: value(text) };
  return object(content === null ? members : { ...members, value: value(content) });
}

function mapping(pairs) {
  const keys = pairs.map(([key]) => keyText(key));
  if (new Set(keys).size < keys.length || keys.includes(null)) return object({ $pairs: array(pairs.map((pair) => array(pair.map(value)))) });
  return `{${pairs.map(([, one], at) => `${quoted(keys[at])}: ${value(one)}`).join(", ")}}`;
}

/** A key as text; null where it can't be one. */
function keyText(key) {
  const plain = key === null || typeof key === "boolean" || isInteger(key) || key instanceof Float;
  if (!plain && !isText(key)) return null;
  const text = isText(key) ? (key.spelled ?? key) : value(key).replaceAll('"', "");
  return text.startsWith("$") ? `$${text}` : text;
}

function eventJson(event, { history, args }) {
  const chain = (paths) => new Map([...paths].map(([path, one]) => [path, listed(one, history)]));
  return object({
    index: String(event.index),
    event: value(event.name),
    time: seconds(event.time),
    duration: seconds(event.duration),
    changes: array(event.changes.map((one) => change(one, history))),
    before: sections(chain(event.before), event.mapsBefore, args),
    after: sections(chain(event.after), event.maps, args),
    logs: input(event.mapsBefore.get("logs")),
    metrics: input(event.mapsBefore.get("metrics")),
    inputs: mapping([...event.inputs].filter(([name]) => name !== "logs" && name !== "metrics")),
    calls: array(event.calls.map((call, at) => callJson(event, call, at))),
    messages: array(event.messages.map(message)),
    callbacks: value(isArray(event.before.get("roster")) ? event.before.get("roster") : []),
    exceptions: array(event.exceptions.map(exception)),
    probes: array(event.probes.map(probe)),
    ...(event.thread === undefined ? {} : { thread: value(event.thread) }),
  });
}

const listed = (one, history) => (one instanceof HistoryRef ? history.list(one) : one);

function change({ path, old, new: now, by, inside }, history) {
  const [before, after] = [old, now].map((one) => value(listed(one, history)));
  return object({ path: quoted(path), old: before, new: after, by: value(by), inside: String(inside) });
}

function sections(chain, maps, args) {
  const all = new Map([...[...args].map(([field, one]) => [`args.${keyText(field)}`, one]), ...chain]);
  return object({
    state: section("state.", chain),
    control: section("control.", chain),
    args: section("args.", new Map([...all].filter(([, one]) => one !== ABSENT))),
    logs: input(maps.get("logs")),
    metrics: input(maps.get("metrics")),
  });
}

function section(start, chain) {
  const found = [...chain].filter(([path]) => path.startsWith(start));
  return mapping(found.map(([path, one]) => [path.slice(start.length), one]));
}

const input = (map) => (map ? mapping([...map]) : "null");

function callJson(event, { callback, duration }, at) {
  return object({
    callback: value(callback),
    duration: seconds(duration),
    exception: value(event.raised.get(at)),
    replaced_control: String(event.replaced.includes(callback)),
    ...(event.places.has(at) ? { at: value(event.places.get(at)) } : {}),
  });
}

function message([by, level, logger, text]) {
  return object({ by: value(by), level: value(level), logger: value(logger), text: value(text) });
}

function probe([name, duration, result, raised]) {
  return object({ probe: value(name), value: value(result), duration: seconds(duration), exception: value(raised) });
}

const text = (one) => value(isText(one) ? one : one instanceof Shortened && isText(one.kept) ? one.kept : "");
const number = (one) => (one instanceof Float ? one.number : isInteger(one) ? Number(one) : 0);

function gap({ index, fields }) {
  const count = String(Math.trunc(number(fields.get("count"))));
  return object({ index: String(index), count, reason: text(fields.get("reason")) });
}

function exception({ index, fields, ended }) {
  const named = ["type", "message", "traceback", "place"];
  const members = Object.fromEntries(named.map((name) => [name, text(fields.get(name))]));
  const more = { step: value(fields.get("step")), inside: String(fields.get("inside") === true) };
  const rest = { ended: array(ended.map(text)), index: String(index), time: seconds(number(fields.get("time"))) };
  return object({ ...members, ...more, ...rest });
}

function end(fields) {
  return fields && object({ reason: text(fields.get("reason")), time: seconds(number(fields.get("time"))) });
}
