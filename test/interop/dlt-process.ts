import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseJson } from "../../src/rest/json-numbers.js";
import { excerpt } from "../../src/core/errors.js";
import { isPlainObject } from "../../src/core/json.js";

const SCRIPT = fileURLToPath(new URL("run_dlt.py", import.meta.url));

/** One load: the same for both tools. */
export interface LoadJob {
  readonly pipelineName: string;
  /** Path of the DuckDB file. */
  readonly database: string;
  readonly dataset: string;
  readonly pipelinesDir: string;
  /** Name of the source and of its schema. */
  readonly source: string;
  /** REST API config in dlt's spelling. */
  readonly config: object;
  /** A resource whose cursor field `at` is a timestamp in Python, not a text. */
  readonly times?: string;
  readonly refresh?: "drop_sources" | "drop_resources" | "drop_data";
}

/** dlt in a Python process of its own, which takes one job after the other. */
export class DltProcess implements AsyncDisposable {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly answers: AsyncIterator<string>;
  private readonly lines: Interface;
  private stderr = "";

  /** `home`: an empty folder that is home and working directory, so that nobody's settings count. */
  constructor(python: string, home: string) {
    this.child = spawn(python, [SCRIPT], {
      cwd: home,
      env: {
        ...process.env,
        HOME: home,
        USERPROFILE: home,
        DLT_DATA_DIR: home,
        RUNTIME__DLTHUB_TELEMETRY: "false",
        RUNTIME__LOG_LEVEL: "CRITICAL",
      },
    });
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.child.stdin.on("error", () => undefined); // It ended: the answer that is missing says so.
    this.lines = createInterface(this.child.stdout);
    this.answers = this.lines[Symbol.asyncIterator]();
  }

  /** Throws when dlt did. */
  async ask(job: { readonly action: string } & Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    this.child.stdin.write(`${JSON.stringify(job)}\n`);
    const { value, done } = await this.answers.next();
    if (done === true) throw new Error(`dlt ended: ${this.stderr}`);
    const answer = parseJson(value);
    if (!isPlainObject(answer)) throw new Error(`dlt said: ${value}`);
    if (answer["error"] !== undefined) throw new Error(`dlt failed: ${excerpt(answer["error"], 2000)}\n${this.stderr}`);
    return answer;
  }

  async run(job: LoadJob): Promise<Record<string, unknown>> {
    return this.ask({ action: "run", ...job });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("close", resolve));
    this.child.stdin.end();
    if (this.child.exitCode === null) await ended;
    this.lines.close();
  }
}
