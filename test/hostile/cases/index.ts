import type { HostileCase } from "../hostile-case.js";
import { BODIES } from "./bodies.js";
import { CONNECTIONS } from "./connections.js";
import { ORIGINS } from "./origins.js";
import { PAGING } from "./paging.js";
import { REFUSALS } from "./refusals.js";
import { VALUES } from "./values.js";

/** All cases, under the headings of docs/reliability.md. */
export const HOSTILE_CASES: readonly (readonly [heading: string, cases: readonly HostileCase[]])[] = [
  ["Connections", CONNECTIONS],
  ["Bodies", BODIES],
  ["Values", VALUES],
  ["Pages", PAGING],
  ["Addresses", ORIGINS],
  ["Refusals", REFUSALS],
];
