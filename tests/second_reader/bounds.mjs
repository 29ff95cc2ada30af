// docs/format.md, "Limits": what a journal block may hold, and how many events may be open.

import { TYPE } from "./frames.mjs";
import { must } from "./values.mjs";

const EVENTS = 256;
const RECORDS = 2_048;
const BYTES = 2_097_152;
export const OPEN = 255;
const ENDS = [TYPE.EXIT, TYPE.EXIT_OF];

export class Bounds {
  constructor() {
    this.begin(0);
  }

  /** Begin a block at which some events are open. */
  begin(open) {
    Object.assign(this, { events: 0, records: 0, bytes: 0, open: Math.min(open, OPEN) });
  }

  /** Count a record. */
  add(type, size, back = 0) {
    this.records += 1;
    this.bytes += size;
    this.events += type === TYPE.EVENT || type === TYPE.ENTER;
    must(this.events <= EVENTS && this.records <= RECORDS && this.bytes <= BYTES, "a block of too much");
    this.open += (type === TYPE.ENTER) - (ENDS.includes(type) && back < this.open);
    must(this.open <= OPEN, "too many open events");
  }
}
