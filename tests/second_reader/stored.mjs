// docs/format.md, "Large values": each stands in the file once, whole or as an edit of an earlier one.

import {
  BadRecord, Described, Pairs, Shortened, Tuple, ValueRef, entries, isArray, isInteger, isMap, isText, must,
} from "./values.mjs";

const LINKS = 64;
const UNKNOWN = new Described("unknown", "the record of this value is lost");

export class Stored {
  constructor() {
    this.records = new Map();
  }

  /** Take a VALUE record: the first of a serial number counts. */
  add({ serial, base, item }) {
    if (!this.records.has(serial)) this.records.set(serial, { base, item });
  }

  /** What a reference stands for; any other value is itself. */
  value(one) {
    if (!(one instanceof ValueRef)) return one;
    try {
      return this.find(one.serial);
    } catch (error) {
      if (error instanceof BadRecord) return UNKNOWN;
      throw error;
    }
  }

  find(serial) {
    const edits = [];
    let record = this.at(serial);
    for (let at = serial; record.base !== 0n; record = this.at(at)) {
      must(record.base < at && edits.length + 1 < LINKS, "base");
      edits.push(record.item);
      at = record.base;
    }
    return edits.reduceRight(edited, record.item);
  }

  at(serial) {
    must(this.records.has(serial), "lost");
    return this.records.get(serial);
  }
}

function edited(base, edit) {
  must(isArray(edit) && isInteger(edit[0]), "no edit");
  const [kind, ...items] = edit;
  const make = { 0: whole, 1: splice, 2: keys, 3: shortened, 4: described }[kind];
  must(make !== undefined && make.length === items.length + 1, "another edit");
  return make(base, ...items);
}

const whole = (base, value) => value;

const KINDS = [
  { name: "list", is: isArray, items: (one) => [...one], make: (items) => items },
  { name: "tuple", is: (one) => one instanceof Tuple, items: (one) => one.items, make: (items) => new Tuple(items) },
  { name: "str", is: (one) => typeof one === "string", items: (one) => Array.from(one), make: (items) => items.join("") },
  { name: "bytes", is: (one) => one instanceof Uint8Array, items: (one) => [...one], make: (items) => Uint8Array.from(items) },
];

function splice(base, start, stop, more) {
  const kind = KINDS.find(({ is }) => is(base) && is(more));
  must(kind !== undefined && isInteger(start) && isInteger(stop), "another kind");
  const items = kind.items(base);
  const [first, last] = [Number(start), Number(stop)];
  must(first >= 0 && first <= last && last <= items.length, "places");
  return kind.make([...items.slice(first, last), ...kind.items(more)]);
}

function keys(base, edits) {
  must(isMap(base) && isMap(edits), "no map");
  const found = [...entries(base)];
  for (const [key, edit] of entries(edits)) set(found, key, edit);
  const map = Pairs.from(found.map(([, value]) => value));
  map.keyList = found.map(([key]) => key);
  return map;
}

function set(found, key, edit) {
  const place = found.findIndex(([known]) => known === key);
  if (isArray(edit) && !edit.length) {
    if (place >= 0) found.splice(place, 1);
  } else if (place >= 0) {
    found[place] = [key, edited(found[place][1], edit)];
  } else {
    found.push([key, edited(null, edit)]);
  }
}

function shortened(base, length, digest, edit) {
  must(isInteger(length) && isInteger(digest), "numbers");
  const known = base instanceof Shortened;
  const kept = edited(known ? base.kept : base, edit);
  const kind = known ? base.kind : (KINDS.find(({ is }) => is(base))?.name ?? "dict");
  return new Shortened(kind, length, digest, kept);
}

function described(base, text, edit) {
  must(base instanceof Described && isText(text), "no description");
  return new Described(base.type, text, edited(base.value, edit));
}
