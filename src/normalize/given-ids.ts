import { hashed } from "./row-id.js";

/** Some 40 MB; what comes later is not compared. */
const MAX_IDS = 500_000;
const MAX_LENGTH = 40;

/** The `_dlt_id`s that the data brought in this run, table by table: of rows with the same one only the first may keep it. */
export class GivenIds {
  readonly #kept = new Map<string, Set<string>>();
  readonly #page = new Map<string, Set<string>>();
  #count = 0;

  /** False when another row of the table has the id already. */
  take(table: string, id: string): boolean {
    const key = id.length > MAX_LENGTH ? hashed(id) : id;
    let page = this.#page.get(table);
    if (page?.has(key) === true || this.#kept.get(table)?.has(key) === true) return false;
    if (this.#count >= MAX_IDS) return true;
    if (page === undefined) this.#page.set(table, (page = new Set()));
    page.add(key);
    this.#count++;
    return true;
  }

  /** The page was written: its ids count for those that follow. */
  keepPage(): void {
    for (const [table, ids] of this.#page) {
      const kept = this.#kept.get(table);
      if (kept === undefined) this.#kept.set(table, ids);
      else for (const id of ids) kept.add(id);
    }
    this.#page.clear();
  }

  /** The page was not written. */
  forgetPage(): void {
    for (const ids of this.#page.values()) this.#count -= ids.size;
    this.#page.clear();
  }
}
