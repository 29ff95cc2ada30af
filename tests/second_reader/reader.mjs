// A second reader of traces, written from docs/format.md alone: `node reader.mjs FILE...` prints a line of JSON
// for each file, as the section "Conformance" says.

import { readFileSync } from "node:fs";
import { toJson } from "./conformance.mjs";
import { FileReader, Refused } from "./file.mjs";
import { Journal } from "./journal.mjs";

function read(bytes) {
  try {
    const file = new FileReader(bytes).read();
    return toJson(new Journal(file), file);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return JSON.stringify({ error: error.message });
  }
}

for (const path of process.argv.slice(2)) console.log(read(readFileSync(path)));
