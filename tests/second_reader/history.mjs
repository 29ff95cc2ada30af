// docs/format.md, "History": the entries of `state.log_history`, each in the editions it had.

import { Described } from "./values.mjs";

export const LOST = new Described("lost", "this entry was in a damaged part of the file");

export class History {
  constructor() {
    this.generations = new Map();
    this.ends = new Map();
  }

  /** Take a HISTORY record. */
  add({ generation, edition, start, entries }, shaped) {
    if (!this.generations.has(generation)) this.generations.set(generation, new Map());
    const positions = this.generations.get(generation);
    this.ends.set(generation, Math.max(start + entries.length, this.ends.get(generation) ?? 0));
    entries.forEach((entry, at) => {
      const position = start + at;
      if (!positions.has(position)) positions.set(position, []);
      positions.get(position).push({ edition, entry: shaped(entry) });
    });
  }

  /** The list that a reference stands for. */
  list({ generation, length, edition }) {
    const positions = this.generations.get(Number(generation)) ?? new Map();
    const found = [];
    const end = Math.min(Number(length), this.ends.get(Number(generation)) ?? 0);
    for (let position = 0; position < end; position += 1) {
      const valid = (positions.get(position) ?? []).filter((one) => one.edition <= edition);
      const best = valid.reduce((one, other) => (other.edition >= one.edition ? other : one), { edition: -1 });
      found.push("entry" in best ? best.entry : LOST);
    }
    return found;
  }
}
