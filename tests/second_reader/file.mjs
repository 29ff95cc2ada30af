// docs/format.md, "Frames" and "Reading over damage": the records of a file in order, whatever the file is.

import { Bounds } from "./bounds.mjs";
import { fieldsOf } from "./fields.mjs";
import { Damage, SYNC, TYPE, blocksAfter, recordAt } from "./frames.mjs";
import { unpack } from "./packed.mjs";
import { shallow } from "./bounded.mjs";
import { BadRecord, Float, decode, isArray, isInteger, isMap, must } from "./values.mjs";

const NAME = "tracetui-trace";
const VERSION = 2;
const NAME_BYTES = 64;
const EVENTS_PER_BYTE = 16;

/** The file is refused as a whole. */
export class Refused extends Error {}

/**
 * The records of a file, and what is damaged: `found`, each `{type, fields, index}` with the number of the next
 * event; a keyframe is `afterDamage` or not.
 */
export class FileReader {
  constructor(bytes) {
    Object.assign(this, { bytes, found: [], next: 0, damage: [], id: null, run: null });
    // `events`: number of the next event, as the keyframes count. `open`: a record may follow, and not only a block.
    Object.assign(this, { seed: null, block: 0n, records: 0, events: 0n, open: true, headed: true, lost: false });
    this.bounds = new Bounds();
  }

  /** Read all. */
  read() {
    let offset = this.begin();
    while (offset < this.bytes.length) offset = this.step(offset);
    return this;
  }

  begin() {
    if (!isTrace(this.bytes)) throw new Refused("NotATrace");
    try {
      const record = recordAt(this.bytes, 0, null);
      if (record.type === TYPE.HEADER) return this.header(record);
      this.open = this.headed = false;
      return 0;
    } catch (error) {
      return this.goOn(error, 0);
    }
  }

  header({ payload, end }) {
    const fields = decode(payload);
    must(isArray(fields) && fields[0] === NAME && isInteger(fields[1]), "no header");
    if (fields[1] > VERSION) throw new Refused("NewerVersion");
    const [, , id, created, run] = fields;
    must(id instanceof Uint8Array && created instanceof Float && isMap(run), "fields of the header");
    this.id = id;
    this.run = run;
    return end;
  }

  step(offset) {
    try {
      const record = recordAt(this.bytes, offset, this.seed);
      this.take(record, offset);
      return record.end;
    } catch (error) {
      return this.goOn(error, offset);
    }
  }

  take({ type, payload: packed, crc, end }, offset) {
    if (type === TYPE.INDEX || type === TYPE.TRAILER) {
      this.open = false;
      return;
    }
    const payload = decode(packed);
    must(isArray(payload), "no array");
    if (type === TYPE.PACKED) this.packed(payload, packed.length, offset);
    else if (type === TYPE.KEYFRAME) this.keyframe(fieldsOf(type, payload), offset, crc);
    else this.record(type, payload, packed.length);
  }

  packed(payload, size, offset) {
    const { fields, found } = this.unpacked(payload, size);
    const most = EVENTS_PER_BYTE * this.bytes.length;
    if (fields.event >= this.next && fields.event <= most) this.next = Number(fields.event);
    for (const { type, payload: one } of found) {
      if (type === TYPE.KEYFRAME) this.keyframe(fieldsOf(type, one), offset, null);
      else this.record(type, one, 0);
    }
  }

  /** The fields and records of a packed block; a damage anywhere in it is one of the whole block. */
  unpacked(payload, size) {
    const fields = fieldsOf(TYPE.PACKED, payload);
    this.mark(fields);
    const found = unpack(fields, size);
    const all = found.map(({ type, payload: one }) => ({ type, ...fieldsOf(type, shallow(one)) }));
    bounded(all);
    must(all[0].event === fields.event, "another first event");
    for (const one of all) if (one.type === TYPE.KEYFRAME) must(Buffer.compare(one.id, fields.id) === 0, "another id");
    return { fields, found };
  }

  mark({ id, event }) {
    must(this.id === null || Buffer.compare(this.id, id) === 0, "another trace");
    must(event >= this.events, "once more, or too late");
  }

  record(type, payload, size) {
    must(type !== TYPE.HEADER, "a second header");
    const fields = fieldsOf(type, payload);
    if (!this.open || fields.number !== this.records + 1) throw new Damage("missing records");
    this.bounds.add(type, size, fields.back);
    this.records += 1;
    this.found.push({ type, fields, index: this.next });
    const isEvent = type === TYPE.EVENT || type === TYPE.ENTER;
    this.events += BigInt(isEvent);
    this.next += isEvent;
  }

  keyframe(fields, offset, crc) {
    this.mark(fields);
    this.id ??= fields.id;
    const { block, records, event } = fields;
    const continues = block === this.block + 1n && records === this.records && event === this.events;
    if (!continues && !this.lost && (this.headed || this.damage.length)) this.damaged("missing records", offset);
    if (!this.headed && !this.damage.length) this.damaged("missing records", 0);
    Object.assign(this, { seed: crc ?? this.seed, block: fields.block, records: 0, events: fields.event });
    this.bounds.begin(fields.open);
    this.found.push({ type: TYPE.KEYFRAME, fields, index: this.next, afterDamage: this.lost });
    Object.assign(this, { open: true, lost: false });
  }

  goOn(error, offset) {
    if (!(error instanceof Damage || error instanceof BadRecord)) throw error;
    const next = this.blockAfter(offset);
    const end = next ?? this.bytes.length;
    this.damaged(error.torn && next === null ? "torn tail" : (error.kind ?? "bad record"), offset);
    return end;
  }

  damaged(kind, offset) {
    this.damage.push({ kind, offset });
    Object.assign(this, { open: false, lost: true });
  }

  blockAfter(offset) {
    for (const place of blocksAfter(this.bytes, offset)) if (this.isBlock(place)) return place;
    return null;
  }

  isBlock(offset) {
    try {
      const { type, payload } = recordAt(this.bytes, offset, null);
      if (type === TYPE.PACKED) this.unpacked(decode(payload), payload.length);
      else if (type === TYPE.KEYFRAME) this.mark(fieldsOf(type, decode(payload)));
      else return false;
      return true;
    } catch (error) {
      if (error instanceof Damage || error instanceof BadRecord) return false;
      throw error;
    }
  }
}

/** Fail where a journal block of a packed block holds more than it may. */
function bounded(records) {
  const bounds = new Bounds();
  for (const { type, open, back } of records) {
    if (type === TYPE.KEYFRAME) bounds.begin(open);
    else bounds.add(type, 0, back);
  }
}

const isTrace = (bytes) => bytes.subarray(0, NAME_BYTES).includes(NAME) || bytes.includes(SYNC);
