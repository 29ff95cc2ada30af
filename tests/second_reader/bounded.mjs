// docs/format.md, "Limits": how deep values are, and of how many arrays and maps they are made.

import { Described, Shortened, Tuple, isArray, isMap, must } from "./values.mjs";

const LEVELS = 256;
const FEW = 65_536;
const BYTES_OF_EACH = 8;

const isContainer = (value) => isArray(value) || isMap(value);

/** What is one level further in. */
function inside(value) {
  if (isContainer(value)) return Array.isArray(value) ? value : []; // an empty map is no array
  if (value instanceof Tuple) return value.items;
  if (value instanceof Described) return [value.value];
  return value instanceof Shortened ? [value.kept] : [];
}

const isMark = (value) => value instanceof Tuple || value instanceof Described || value instanceof Shortened;
const nests = (value) => isContainer(value) || isMark(value);

/** Fail where arrays, maps and extensions are inside each other without end; give the value back. */
export function shallow(value) {
  let level = [value];
  for (let number = 0; number < LEVELS && level.length; number += 1) {
    level = level.flatMap((one) => [...inside(one)].filter(nests));
  }
  must(!level.length, "too deep");
  return value;
}

/** Fail where there are too many arrays and maps in so many bytes; those of extensions are counted with their own. */
export function few(values, bytes) {
  let left = Math.max(FEW, Math.floor(bytes / BYTES_OF_EACH));
  const open = [...values];
  while (open.length) {
    const value = open.pop();
    if (!isContainer(value)) continue;
    left -= 1;
    must(left >= 0, "too many arrays and maps");
    for (const inner of inside(value)) open.push(inner);
  }
}

/** Whether a value may be a key: no array, no map, and nothing that holds one. */
export function isKey(value) {
  return !isContainer(value) && [...inside(value)].every(isKey);
}
