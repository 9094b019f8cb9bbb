import { formatCount } from "../../core/count-text.js";
import type { ProgressEvent } from "../../core/events.js";
import { formatDuration, type Paint } from "../terminal.js";
import type { ProgressDisplay } from "./progress-display.js";
import { NOTABLE_WAIT_MS, RunView, type ResourceView } from "./run-view.js";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** At most ten redraws a second: smooth enough for the eye, nothing for the processor. */
const REDRAW_MS = 100;
const HIDE_CURSOR = "\u001B[?25l";
const SHOW_CURSOR = "\u001B[?25h";
const CLEAR_BELOW = "\u001B[0J";

/** A table that is redrawn in place: one line per resource under a line that shows that the run is alive. */
export class LiveProgress implements ProgressDisplay {
  private readonly stream: NodeJS.WriteStream;
  private readonly paint: Paint;
  private readonly view = new RunView();
  private readonly startedAt = Date.now();
  private readonly timer: NodeJS.Timeout;
  private readonly restoreCursor = (): void => void this.stream.write(SHOW_CURSOR);
  private frame = 0;
  private drawnLines = 0;

  constructor(stream: NodeJS.WriteStream, paint: Paint) {
    this.stream = stream;
    this.paint = paint;
    stream.write(HIDE_CURSOR);
    process.once("exit", this.restoreCursor); // A second Ctrl-C ends the process without `close`.
    this.timer = setInterval(() => this.draw(), REDRAW_MS).unref();
  }

  readonly listener = (event: ProgressEvent): void => {
    this.view.apply(event);
    if (event.type === "notice") this.printAbove(event.message);
  };

  close(keep: boolean): void {
    clearInterval(this.timer);
    if (keep) this.draw();
    else this.stream.write(this.toStart());
    process.off("exit", this.restoreCursor);
    this.restoreCursor();
  }

  private printAbove(text: string): void {
    this.stream.write(`${this.toStart()}${text}\n`);
    this.drawnLines = 0;
    this.draw();
  }

  private draw(): void {
    this.frame += 1;
    const lines = this.lines();
    this.stream.write(`${this.toStart()}${lines.join("\n")}\n`);
    this.drawnLines = lines.length;
  }

  /** Back to the first line of the last drawing, everything below erased. */
  private toStart(): string {
    return this.drawnLines === 0 ? "" : `\u001B[${this.drawnLines}A\r${CLEAR_BELOW}`;
  }

  private lines(): string[] {
    const spinner = FRAMES[this.frame % FRAMES.length] ?? "";
    const elapsed = formatDuration(Date.now() - this.startedAt);
    const head = `${spinner} ${[this.view.title, elapsed, this.view.activity].filter((part) => part !== "").join("  ")}`;
    const shown = this.visible();
    const rows = table(shown.map(([name, resource]) => cells(name, resource))).map((line, i) => {
      const finished = shown[i]?.[1].stop !== undefined;
      return finished ? this.paint("dim", this.fit(line)) : this.fit(line);
    });
    const hidden = this.view.resources.size - shown.length;
    return [this.paint("cyan", this.fit(head)), ...rows, ...(hidden > 0 ? [this.fit(`  and ${hidden} more`)] : [])];
  }

  /** As many resources as the window has room for, those at work first: what scrolls out cannot be redrawn. */
  private visible(): [string, ResourceView][] {
    const all = [...this.view.resources];
    const room = Math.max(1, (this.stream.rows || 24) - 4);
    if (all.length <= room) return all;
    return all.sort(([, a], [, b]) => rank(a) - rank(b)).slice(0, room);
  }

  /** A line that wraps would spoil the count of lines to erase. */
  private fit(line: string): string {
    const width = (this.stream.columns || 80) - 1;
    return line.length > width ? `${line.slice(0, width - 1)}…` : line;
  }
}

/** Resources at work, then those that wait for their turn, then those that are done. */
function rank({ stop, counters }: ResourceView): number {
  if (stop !== undefined) return 2;
  return counters.requests === 0 ? 1 : 0;
}

function cells(name: string, { counters, stop }: ResourceView): string[] {
  const troubles = [
    counters.retries > 0 ? `${counters.retries} retried` : "",
    counters.waitedMs >= NOTABLE_WAIT_MS ? `waited ${formatDuration(counters.waitedMs)}` : "",
  ];
  return [
    `  ${name}`,
    `${formatCount(counters.pages)} pages`,
    `${formatCount(counters.rows)} rows`,
    `${formatCount(counters.requests)} requests`,
    troubles.filter((text) => text !== "").join(", "),
    stop === undefined ? "" : `ended: ${stop}`,
  ];
}

/** Aligned columns: the name to the left, numbers to the right. */
function table(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((text, column) =>
        column === 0 || column === row.length - 1
          ? text.padEnd(widths[column] ?? 0)
          : text.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}
