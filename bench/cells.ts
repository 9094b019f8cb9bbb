import type { RestResource } from "./job.js";
import type { Workload } from "./server/workload.js";

/** Who is measured. `floor` is no tool: it is the least work that any tool has to do. */
export const TOOLS = ["sluice", "previous", "dlt-parquet", "dlt", "floor"] as const;
export type ToolName = (typeof TOOLS)[number];

/** What a measurement yields: time of `run` inside the process, time and processor time of the whole process, most resident memory. */
export type Measure = "seconds" | "processSeconds" | "cpuSeconds" | "peakMB" | "stallMs";

/** What is asked of sluice in a cell: a bar that must be held, a goal to reach for. Medians are compared. */
export type Bar =
  /** At least so many times as fast as that tool. */
  | { readonly kind: "faster"; readonly than: ToolName; readonly bar: number; readonly goal: number }
  /** At most so many times the seconds of that tool. */
  | { readonly kind: "within"; readonly of: ToolName; readonly bar: number; readonly goal: number }
  /** At most so many seconds, megabytes or milliseconds. */
  | { readonly kind: "at-most"; readonly measure: Measure; readonly bar: number; readonly goal: number };

/** One thing to measure. Ids are never reused for something else: results of different days are compared by them. */
export interface Cell {
  readonly id: string;
  readonly title: string;
  readonly workload: Workload;
  readonly delayMs: number;
  readonly resources: readonly RestResource[];
  /** Default 1. */
  readonly runs?: number;
  /** Measured as a command of its own, as a user would start it: `sluice run file.yaml`, `python script.py`. */
  readonly asCommand?: boolean;
  /** Taken in turn, in this order. */
  readonly tools: readonly ToolName[];
  /** At most so many repeats, where a repeat is long and its figure hardly varies. */
  readonly mostRepeats?: number;
  /** Only measured with `--long`. */
  readonly long?: boolean;
  /** Rows of every table afterwards, as sluice and dlt both make them. */
  readonly rows: Readonly<Record<string, number>>;
  readonly bars: readonly Bar[];
}

/** Nothing that sluice does may keep the event loop of the program around it for longer. */
const STALL: Bar = { kind: "at-most", measure: "stallMs", bar: 50, goal: 50 };

const ROWS_PER_PAGE = 1000;
const LATENCY_MS = 50;
const CHILD_LATENCY_MS = 20;
const ROWS_PER_CHILD = 3;
const ISSUES_PER_PAGE = 100;
/** What is allowed above the time that nobody can go below: that of the server, and that of reading one page after the other. */
const SEQUENTIAL_FACTOR = 1.05;

/**
 * The cells. `scale` makes every workload smaller (or larger): 1 is what bars are stated for. The tests use a few pages.
 */
export function cells(scale = 1): Cell[] {
  const sized = (full: number): number => Math.max(2, Math.round(full * scale));
  const pages = sized(100);
  const parents = sized(1000);
  const issuePages = sized(500);
  return [
    {
      id: "small-rows",
      title: `${count(pages * ROWS_PER_PAGE)} small rows`,
      workload: { kind: "events", pages, rowsPerPage: ROWS_PER_PAGE },
      delayMs: 0,
      resources: [EVENTS],
      tools: ["sluice", "previous", "dlt-parquet", "dlt", "floor"],
      rows: eventRows(pages * ROWS_PER_PAGE),
      bars: [
        { kind: "faster", than: "dlt-parquet", bar: 6, goal: 10 },
        { kind: "within", of: "floor", bar: 2, goal: 1.2 },
        STALL,
      ],
    },
    {
      id: "known-total",
      title: `${pages} pages of ${LATENCY_MS} ms, total known`,
      workload: { kind: "events", pages, rowsPerPage: ROWS_PER_PAGE, envelope: "total" },
      delayMs: LATENCY_MS,
      resources: [events({ type: "page_number", base_page: 1, total_path: "total_pages" }, "data")],
      tools: ["sluice", "previous", "dlt-parquet"],
      rows: eventRows(pages * ROWS_PER_PAGE),
      bars: [{ kind: "faster", than: "dlt-parquet", bar: 8, goal: 12 }],
    },
    {
      id: "unknown-end",
      title: `${pages} pages of ${LATENCY_MS} ms, each names the next`,
      workload: { kind: "events", pages, rowsPerPage: ROWS_PER_PAGE, envelope: "cursor" },
      delayMs: LATENCY_MS,
      resources: [events({ type: "cursor", cursor_path: "next", cursor_param: "cursor" }, "data")],
      tools: ["sluice", "previous", "dlt-parquet", "floor"],
      rows: eventRows(pages * ROWS_PER_PAGE),
      bars: [
        { kind: "at-most", measure: "seconds", bar: sequentialBar(pages), goal: sequentialBar(pages) },
        { kind: "within", of: "floor", bar: SEQUENTIAL_FACTOR, goal: SEQUENTIAL_FACTOR },
      ],
    },
    {
      id: "children",
      title: `${count(parents)} parents, a child request of ${CHILD_LATENCY_MS} ms each`,
      workload: { kind: "family", parents, rowsPerChild: ROWS_PER_CHILD },
      delayMs: CHILD_LATENCY_MS,
      resources: [
        { name: "parents", endpoint: { path: "parents" } },
        { name: "children", endpoint: { path: "parents/{resources.parents.id}/children" } },
      ],
      tools: ["sluice", "previous", "dlt-parquet"],
      rows: { parents, children: parents * ROWS_PER_CHILD },
      bars: [{ kind: "faster", than: "dlt-parquet", bar: 12, goal: 20 }],
    },
    {
      id: "issues",
      title: `${count(issuePages * ISSUES_PER_PAGE)} issues like GitHub's`,
      workload: { kind: "issues", issues: issuePages * ISSUES_PER_PAGE, perPage: ISSUES_PER_PAGE },
      delayMs: 0,
      resources: [{ name: "issues", endpoint: { path: "issues", paginator: { type: "header_link" } } }],
      tools: ["sluice", "previous", "dlt-parquet", "dlt", "floor"],
      rows: { issues: issuePages * ISSUES_PER_PAGE, issues__labels: labelsOf(issuePages * ISSUES_PER_PAGE) },
      bars: [{ kind: "faster", than: "dlt-parquet", bar: 6, goal: 12 }, STALL],
    },
    {
      id: "merge",
      title: `${count(pages * ROWS_PER_PAGE)} rows merged onto themselves (two runs)`,
      workload: { kind: "events", pages, rowsPerPage: ROWS_PER_PAGE },
      delayMs: 0,
      resources: [{ ...EVENTS, primary_key: "id", write_disposition: "merge" }],
      runs: 2,
      tools: ["sluice", "previous", "dlt-parquet", "dlt", "floor"],
      rows: eventRows(pages * ROWS_PER_PAGE),
      bars: [{ kind: "faster", than: "dlt-parquet", bar: 6, goal: 12 }, STALL],
    },
    {
      id: "merge-1m",
      title: `${count(10 * pages * ROWS_PER_PAGE)} rows merged onto themselves (two runs)`,
      workload: { kind: "events", pages: 10 * pages, rowsPerPage: ROWS_PER_PAGE },
      delayMs: 0,
      resources: [{ ...EVENTS, primary_key: "id", write_disposition: "merge" }],
      runs: 2,
      mostRepeats: 1,
      long: true,
      tools: ["sluice", "floor"],
      rows: eventRows(10 * pages * ROWS_PER_PAGE),
      bars: [{ kind: "within", of: "floor", bar: 4, goal: 2 }],
    },
    {
      id: "one-row",
      title: "one row, as a command",
      workload: { kind: "events", pages: 1, rowsPerPage: 1 },
      delayMs: 0,
      resources: [events({ type: "single_page" })],
      asCommand: true,
      tools: ["sluice", "previous", "dlt"],
      rows: eventRows(1),
      bars: [{ kind: "at-most", measure: "processSeconds", bar: 0.35, goal: 0.2 }],
    },
    memoryCell("memory-1m", sized(1000), ["sluice", "previous", "dlt-parquet"]),
    { ...memoryCell("memory-10m", sized(10_000), ["sluice"]), long: true },
  ];
}

function memoryCell(id: string, pages: number, tools: readonly ToolName[]): Cell {
  return {
    id,
    title: `memory: ${count(pages * ROWS_PER_PAGE)} small rows`,
    workload: { kind: "events", pages, rowsPerPage: ROWS_PER_PAGE },
    delayMs: 0,
    resources: [EVENTS],
    tools,
    mostRepeats: 1,
    rows: eventRows(pages * ROWS_PER_PAGE),
    bars: [{ kind: "at-most", measure: "peakMB", bar: 200, goal: 120 }],
  };
}

const EVENTS: RestResource = events({ type: "page_number", base_page: 1, total_path: null });

function events(paginator: Readonly<Record<string, string | number | null>>, selector?: string): RestResource {
  return {
    name: "events",
    endpoint: { path: "events", paginator, ...(selector === undefined ? {} : { data_selector: selector }) },
  };
}

/** Every event has two tags. */
function eventRows(rows: number): Record<string, number> {
  return { events: rows, events__tags: 2 * rows };
}

/** The issues have none, one, two labels, none, one, two … */
export function labelsOf(issues: number): number {
  return Math.floor(issues / 3) * 3 + (issues % 3 === 2 ? 1 : 0);
}

/** Pages that name their successor cannot be read ahead: their latencies add up, and little may be added to them. */
function sequentialBar(pages: number): number {
  return (SEQUENTIAL_FACTOR * pages * LATENCY_MS) / 1000;
}

function count(rows: number): string {
  return rows.toLocaleString("en-US");
}
