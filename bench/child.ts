import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Workload } from "./server/workload.js";

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** What a command said and how long it took, from before its process started until it had ended. */
export interface Outcome {
  readonly stdout: string;
  readonly seconds: number;
}

/** Longer than 10 million rows take on a slow machine. */
const TIMEOUT_MS = 20 * 60_000;
/** Enough of what a failed command wrote to see why. */
const MOST_SHOWN = 2000;

/** Runs a command to its end. Throws when it cannot be started, is cancelled, ends with another code than 0, or takes too long. */
export async function run(command: Command, signal?: AbortSignal): Promise<Outcome> {
  const startedAt = performance.now();
  const child = spawn(command.file, command.args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...command.env },
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    ...(signal === undefined ? {} : { signal }),
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  let endedAt = startedAt;
  child.once("exit", () => (endedAt = performance.now()));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed(child)]);
  if (code !== 0) {
    const said = `${stdout}\n${stderr}`.trim().slice(-MOST_SHOWN);
    throw new Error(`${[command.file, ...command.args].join(" ")} ended with ${code}:\n${said}`);
  }
  return { stdout, seconds: (endedAt - startedAt) / 1000 };
}

async function closed(child: ChildProcess): Promise<string | number> {
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return code ?? signal ?? "no code";
}

async function text(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** The process that answers the tools' requests. */
export class Server {
  readonly #child: ChildProcess;
  readonly baseUrl: string;

  private constructor(child: ChildProcess, baseUrl: string) {
    this.#child = child;
    this.baseUrl = baseUrl;
  }

  /** Resolves when all bodies are rendered. */
  static async start(workload: Workload, delayMs: number): Promise<Server> {
    const script = fileURLToPath(new URL("server/server.mjs", import.meta.url));
    const child = fork(script, [JSON.stringify(workload), String(delayMs)], { execArgv: [] });
    const baseUrl = await messageOf(child);
    return new Server(child, String(baseUrl));
  }

  /** Processor time that it has used. */
  async cpuSeconds(): Promise<number> {
    const answer = messageOf(this.#child);
    this.#child.send("cpu");
    return Number(await answer);
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.disconnect();
    await ended;
  }
}

/** The next message of a child; throws when it ends instead. */
async function messageOf(child: ChildProcess): Promise<unknown> {
  const watching = new AbortController();
  try {
    return await Promise.race([
      once(child, "message", { signal: watching.signal }).then(([message]: unknown[]) => message),
      once(child, "exit", { signal: watching.signal }).then(([code]) => {
        throw new Error(`The benchmark's server ended with ${String(code)}`);
      }),
    ]);
  } finally {
    watching.abort();
  }
}
