/** What the benchmark's server answers, the same bytes for every tool and every run. */
export type Workload = EventsWorkload | FamilyWorkload | IssuesWorkload;

/**
 * `/events`: pages of small rows with one nested object and one nested list. Without envelope a bare list by `?page=N`,
 * empty past the end; `total`: `{ total_pages, data }`; `cursor`: `{ next, data }`, by `?cursor=TOKEN`.
 */
export interface EventsWorkload {
  readonly kind: "events";
  readonly pages: number;
  readonly rowsPerPage: number;
  readonly envelope?: "total" | "cursor";
}

/** `/parents`: one page; `/parents/ID/children`: one page for each of them, and only these wait. */
export interface FamilyWorkload {
  readonly kind: "family";
  readonly parents: number;
  readonly rowsPerChild: number;
}

/** `/issues?page=N`: rows in the shape of GitHub's issues, the next page announced in the `Link` header. */
export interface IssuesWorkload {
  readonly kind: "issues";
  readonly issues: number;
  readonly perPage: number;
}
