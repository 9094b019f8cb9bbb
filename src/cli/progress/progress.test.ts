import { PassThrough } from "node:stream";
import type { WriteStream } from "node:tty";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { ProgressEvent, ResourceCounters } from "../../core/events.js";
import { NO_WAITS } from "../../core/waits.js";
import { LiveProgress } from "./live-progress.js";
import { PlainProgress } from "./plain-progress.js";

const counters: ResourceCounters = {
  pages: 4,
  rows: 1800,
  requests: 5,
  retries: 1,
  bytes: 0,
  waitedMs: 0,
  waited: NO_WAITS,
};
const started: ProgressEvent = {
  type: "run-started",
  pipelineName: "github",
  loadId: "1.5",
  resumed: false,
  resources: ["issues", "comments"],
};

const waiting = { type: "waiting", resource: "issues", reason: "throttled", ms: 65_000 } as const;

const ESCAPE = "\u001B";
const SEQUENCE = new RegExp(`(${ESCAPE}\\[\\??\\d+[A-Za-z]|\n|\r)`);
const MOVE_UP = new RegExp(`^${ESCAPE}\\[(\\d+)A$`);

/** A window of a terminal: what is on it after moves up and erasures. */
class Window extends PassThrough {
  readonly isTTY = true;
  columns = 60;
  rows = 24;
  shown: string[] = [""];
  cursorHidden = false;

  override write(chunk: string): boolean {
    for (const part of chunk.split(SEQUENCE)) {
      const up = MOVE_UP.exec(part)?.[1];
      if (up !== undefined) this.shown = [...this.shown.slice(0, -Number(up) - 1), ""];
      else if (part === `${ESCAPE}[?25l`) this.cursorHidden = true;
      else if (part === `${ESCAPE}[?25h`) this.cursorHidden = false;
      else if (part === "\n") this.shown.push("");
      else if (!part.startsWith(ESCAPE) && part !== "\r") this.shown[this.shown.length - 1] += part;
    }
    return true;
  }

  /** As the class takes it: everything that it uses of a terminal is there. */
  asStream(): WriteStream {
    return this as unknown as WriteStream;
  }
}

function live(window: Window): LiveProgress {
  return new LiveProgress(window.asStream(), (_style, text) => text);
}

describe("the live table", () => {
  it("is redrawn in place and shows what each resource did", () => {
    const window = new Window();
    const progress = live(window);
    expect(window.cursorHidden).toBe(true);
    progress.listener(started);
    progress.listener({ type: "page", resource: "issues", counters });
    progress.listener({ type: "page", resource: "comments", counters: { ...counters, retries: 0, waitedMs: 8000 } });
    progress.listener({ type: "notice", message: "Stopping." });
    progress.listener({ type: "resource-finished", resource: "issues", counters, stop: "no-next" });
    progress.close(true);
    expect(window.cursorHidden).toBe(false);
    expect(window.shown[0]).toBe("Stopping.");
    expect(window.shown[1]).toMatch(/^\S github 1\.5 {2}0\.\ds$/);
    expect(window.shown.slice(2)).toEqual([
      "  issues    4 pages  1,800 rows  5 requests    1 retried  …",
      "  comments  4 pages  1,800 rows  5 requests  waited 8.0s",
      "",
    ]);
  });

  it("says what all requests wait for, and how long it will be", () => {
    const window = new Window();
    window.columns = 120;
    const progress = live(window);
    progress.listener(started);
    progress.listener({ ...waiting, ms: 45_300, detail: "rate limit of https://api.github.com (HTTP 429)" });
    progress.listener({ ...waiting, ms: 20_000, detail: "something shorter" });
    progress.listener({ type: "page", resource: "issues", counters });
    progress.close(true);
    expect(window.shown[0]).toMatch(/waiting 45s for rate limit of https:\/\/api\.github\.com \(HTTP 429\)$/);
  });

  it("says which request is not answered, until it is", () => {
    const window = new Window();
    window.columns = 120;
    const progress = live(window);
    progress.listener(started);
    progress.listener({
      type: "unanswered",
      resource: "issues",
      ms: 20_000,
      detail: "GET https://api.github.com/issues",
    });
    progress.listener({ type: "notice", message: "Stopping." });
    expect(window.shown[1]).toMatch(/issues: no answer for 20s to GET https:\/\/api\.github\.com\/issues$/);
    progress.listener({ type: "page", resource: "issues", counters });
    progress.close(true);
    expect(window.shown[1]).not.toContain("no answer");
  });

  it("never grows beyond the window: what scrolls out could not be erased", () => {
    const window = new Window();
    window.rows = 8;
    const progress = live(window);
    progress.listener({ ...started, resources: Array.from({ length: 50 }, (_, i) => `resource_${i}`) });
    progress.listener({ type: "page", resource: "resource_49", counters });
    progress.close(true);
    expect(window.shown).toHaveLength(7);
    expect(window.shown[1]).toContain("resource_49");
    expect(window.shown[5]).toBe("  and 46 more");
    expect(Math.max(...window.shown.map((line) => line.length))).toBeLessThan(window.columns);
  });

  it("goes when the result that follows says the same, and stands in a window of unknown size", () => {
    const window = new Window();
    window.rows = 0;
    window.columns = 0;
    const progress = live(window);
    progress.listener(started);
    progress.listener({ type: "notice", message: "Going on with load 1.5" });
    expect(window.shown).toHaveLength(5);
    expect(window.shown[3]).toContain("comments  0 pages");
    progress.close(false);
    expect(window.shown).toEqual(["Going on with load 1.5", ""]);
    expect(window.cursorHidden).toBe(false);
  });
});

describe("lines of progress", () => {
  it("say what a resource did at its end once", () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const lines: string[] = [];
    const progress = new PlainProgress((line) => lines.push(line));
    for (let page = 1; page <= 3; page += 1) {
      progress.listener({ type: "page", resource: "issues", counters: { ...counters, pages: page } });
      vi.setSystemTime(Date.now() + 2000);
    }
    progress.listener({ type: "resource-finished", resource: "issues", counters, stop: "no-next" });
    progress.listener({ type: "page", resource: "comments", counters });
    progress.close();
    expect(lines.map((line) => line.replace(/,.*, /, " "))).toEqual([
      "issues: 2 pages 1 retried",
      "issues: 4 pages ended: no-next",
    ]);
  });

  it("say when a run starts, ends and waits, and not every page", () => {
    const lines: string[] = [];
    const progress = new PlainProgress((line) => lines.push(line));
    progress.listener(started);
    for (let page = 1; page <= 1000; page++)
      progress.listener({ type: "page", resource: "issues", counters: { ...counters, pages: page } });
    // Many requests wait for one limit.
    for (const resource of ["issues", "comments", "issues"])
      progress.listener({ ...waiting, resource, detail: "rate limit of https://api.github.com (HTTP 429)" });
    progress.listener({ ...waiting, ms: 999, detail: "too short to be told" });
    progress.listener({ ...waiting, ms: 100_000, detail: "rate limit of https://api.github.com (HTTP 429)" });
    for (const ms of [30_000, 60_000])
      progress.listener({
        ...waiting,
        reason: "rate-limit",
        ms,
        detail: "declared limit (10 per minute) of https://api.github.com",
      });
    progress.listener({ ...waiting, reason: "retry", ms: 2000, detail: "HTTP 503; attempt 2 of 5" });
    // Many requests are not answered.
    for (const ms of [5000, 5001, 10_000])
      progress.listener({ type: "unanswered", resource: "issues", ms, detail: "GET https://api.github.com/issues" });
    progress.listener({ type: "resource-finished", resource: "issues", counters, stop: "no-next" });
    progress.listener({ type: "publish-started", loadId: "1.5", rows: 1800 });
    progress.listener({ type: "published", loadId: "1.5", seconds: 0.25 });
    progress.close();
    expect(lines.filter((line) => !line.startsWith("issues: 1000 pages"))).toEqual([
      "Starting github, load 1.5: issues, comments",
      "waiting 1m 05s for rate limit of https://api.github.com (HTTP 429)",
      "waiting 1m 40s for rate limit of https://api.github.com (HTTP 429)",
      "waiting 30s for declared limit (10 per minute) of https://api.github.com",
      "issues waits 2.0s before a retry: HTTP 503; attempt 2 of 5",
      "issues: no answer for 5.0s to GET https://api.github.com/issues",
      "issues: 4 pages, 1,800 rows, 5 requests, 1 retried, ended: no-next",
      "Publishing 1,800 rows",
      "Published in 0.3s",
    ]);
  });
});
