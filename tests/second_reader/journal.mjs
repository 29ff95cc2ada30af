// docs/format.md, "Records": what the records of a trace say, step by step.

import { OPEN } from "./bounds.mjs";
import { HIGHEST, RARE_KEY } from "./fields.mjs";
import { TYPE } from "./frames.mjs";
import { History, LOST } from "./history.mjs";
import { Stored } from "./stored.mjs";
import { ABSENT, Pairs, Surrogates, entries, isArray, isInteger, isMap, isText } from "./values.mjs";

const INPUTS = /^(logs|metrics|inputs)\./;
const ARGS = "args.";
const NAMING = new Set([TYPE.KEYFRAME, TYPE.NAMES]);
const TRAINER = "Trainer";
const TRANSFORMERS = "transformers";
const LONGEST = 200;
const NAMES = 1_048_576;

/** The cause of what was written between events. */
function loopOf(framework) {
  const told = new Map(isMap(framework) ? entries(framework) : []);
  const text = (key) => (typeof told.get(key) === "string" && [...told.get(key)].length <= LONGEST ? told.get(key) : "");
  return text("loop") || (["", TRANSFORMERS].includes(text("name")) ? TRAINER : "loop");
}

/** The chain, the names and the history at one place of the file, and the events before it. */
export class Journal {
  constructor({ run, found }) {
    Object.assign(this, { names: [], chain: new Map(), history: new History(), stored: new Stored(), open: [], base: 0n, run: new Map() });
    Object.assign(this, { events: [], gaps: [], exceptions: [], end: null, next: 0, unknown: 0, args: new Map(), loop: TRAINER });
    if (run !== null) this.header(run);
    // A name holds for the whole file: a later keyframe may know one whose own record was lost.
    for (const { type, fields } of found) if (NAMING.has(type)) this.learn(fields.first, fields.names);
    for (const { type, fields } of found) if (type === TYPE.VALUE) this.stored.add(fields);
    for (const record of found) this.take(record);
  }

  header(run) {
    this.run = new Map(entries(run));
    this.loop = loopOf(this.run.get("framework"));
    const args = this.run.get("args");
    if (isMap(args)) this.args = new Map(entries(args));
  }

  take({ type, fields, index, afterDamage }) {
    this.next = index;
    if (type === TYPE.KEYFRAME) this.keyframe(fields, afterDamage);
    else this.record(type, fields);
  }

  keyframe({ time, open: claimed, chain }, afterDamage) {
    const open = Math.min(claimed, OPEN);
    this.base = time;
    this.chain = new Map();
    for (const [path, value] of chain) this.put(this.chain, this.name(path), this.stored.value(value));
    if (afterDamage || this.unknown + this.open.length < open) Object.assign(this, { open: [], unknown: open });
    this.unknown = Math.min(this.unknown, open);
    this.open.length = Math.min(this.open.length, open - this.unknown);
  }

  record(type, fields) {
    const take = {
      [TYPE.EVENT]: () => this.event(fields),
      [TYPE.ENTER]: () => this.open.push(this.event(fields)),
      [TYPE.EXIT]: () => this.exit({ ...fields, back: 0 }),
      [TYPE.EXIT_OF]: () => this.exit(fields),
      [TYPE.HISTORY]: () => this.history.add(fields, (entry) => this.shaped(entry)),
      [TYPE.RUN]: () => this.runChanges(fields.fields.get("run")),
      [TYPE.EXCEPTION]: () => this.exception(fields.fields),
      [TYPE.GAP]: () => this.gaps.push({ index: this.next, fields: fields.fields }),
      [TYPE.END]: () => (this.end = fields.fields),
    };
    take[type]?.();
  }

  learn(first, names) {
    for (let at = 0; at < names.length && first + at < NAMES; at += 1) this.names[first + at] ??= names[at];
  }

  name(number) {
    const name = this.names[number];
    if (!isText(name)) return number >= 0 && number <= HIGHEST ? `<unknown name ${number}>` : "<unknown name>";
    return name instanceof Surrogates ? name.spelled : name;
  }

  event({ name, time, duration, between, inside, calls, rare }) {
    const event = { index: this.next, name: this.name(name), time: this.base + time, duration: 0n, changes: [], calls: [], exceptions: [] };
    Object.assign(event, { inputs: new Map(), messages: [], replaced: [], probes: [], raised: new Map(), places: new Map() });
    if (RARE_KEY.THREAD in rare) event.thread = this.name(rare[RARE_KEY.THREAD]);
    this.events.push(event);
    const cause = RARE_KEY.BETWEEN in rare ? this.name(rare[RARE_KEY.BETWEEN]) : this.loop;
    this.inputs(event, rare[RARE_KEY.INPUTS] ?? []);
    this.change(event, cause, between, false);
    event.before = new Map(this.chain);
    event.mapsBefore = new Map([...event.maps].map(([name, map]) => [name, new Map(map)]));
    this.more(event, duration, inside, calls, rare);
    return event;
  }

  inputs(event, inputs) {
    for (const [number, raw] of inputs) {
      const [name, value] = [this.name(number), this.stored.value(raw)];
      event.inputs.set(name, name === "logs" || name === "metrics" ? this.shaped(value) : value);
    }
    const maps = [...event.inputs].filter(([, value]) => isMap(value));
    event.maps = new Map(maps.map(([name, value]) => [name, new Map(entries(value))]));
  }

  /** What ENTER or EVENT say of the event, and then EXIT again. */
  more(event, duration, inside, calls, rare) {
    for (const [cause, changes] of inside) this.change(event, this.name(cause), changes, true);
    event.duration += duration;
    event.after = new Map(this.chain);
    for (const [position, raised] of rare[RARE_KEY.RAISED] ?? []) event.raised.set(position, raised);
    for (const [position, place] of rare[RARE_KEY.RAISED_AT] ?? []) event.places.set(position, place);
    event.calls.push(...calls.map(([callback, took]) => ({ callback: this.name(callback), duration: took })));
    event.messages.push(...(rare[RARE_KEY.MESSAGES] ?? []).map(([by, ...texts]) => [this.name(by), ...texts]));
    event.replaced.push(...(rare[RARE_KEY.REPLACED] ?? []).map((cause) => this.name(cause)));
    event.probes.push(...(rare[RARE_KEY.PROBES] ?? []).map(([probe, took, result, raised]) => [this.name(probe), took, this.stored.value(result), raised]));
  }

  exit({ back, duration, inside, calls, rare }) {
    const place = this.open.length - 1 - back;
    const event = place >= 0 ? this.open.splice(place, 1)[0] : null;
    if (event === null && back < this.open.length + this.unknown) this.unknown -= 1;
    if (event) this.more(event, duration, inside, calls, rare);
    else for (const [, changes] of inside) this.change(null, null, changes, true);
  }

  change(event, by, changes, inside) {
    for (const [number, raw] of changes) {
      const [path, value] = [this.name(number), this.stored.value(raw)];
      const [place, key] = INPUTS.test(path) ? this.inputOf(event, path) : [this.chain, path];
      const old = place?.has(key) ? place.get(key) : this.unchanged(path);
      event?.changes.push({ path, old, new: value, by, inside });
      if (place) this.put(place, key, value);
    }
  }

  /** The map that `logs.KEY`, `metrics.KEY` or `inputs.NAME.KEY` changes a key of, and the key. */
  inputOf(event, path) {
    const [, name, key] = /^inputs\.([^.]*)\.?(.*)$/s.exec(path) ?? /^([^.]*)\.(.*)$/s.exec(path);
    return [event?.maps.get(name), key];
  }

  unchanged(path) {
    const field = /^args\.(.*)$/s.exec(path)?.[1];
    return this.args.has(field) ? this.args.get(field) : ABSENT;
  }

  put(place, path, value) {
    if (value === ABSENT && !path.startsWith(ARGS)) place.delete(path);
    else place.set(path, value);
  }

  shaped(value) {
    if (!isArray(value) || !value.length) return value;
    const shape = isInteger(value[0]) ? this.names[value[0]] : null;
    if (!isArray(shape) || shape.length !== value.length - 1 || !shape.every(isText)) return LOST;
    const map = Pairs.from(value.slice(1).map((one) => this.stored.value(one)));
    map.keyList = shape;
    return map;
  }

  runChanges(run) {
    if (isMap(run)) for (const [key, value] of entries(run)) this.run.set(key, value);
  }

  exception(fields) {
    const number = fields.get("number");
    const known = this.exceptions.findLast((one) => one.fields.get("number") === number);
    if (fields.has("type")) this.newException(fields);
    else known?.ended.push(fields.get("ended"));
  }

  newException(fields) {
    const exception = { index: Math.max(0, this.next - 1), fields, ended: [fields.get("ended")] };
    this.exceptions.push(exception);
    this.events.at(-1)?.exceptions.push(exception);
  }
}

