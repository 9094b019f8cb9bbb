import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { RecordedRequest } from "./conformance-case.js";

/** The deterministic API that the cases were recorded against, as a process of its own. */
export class ApiServer {
  readonly address: string;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, address: string) {
    this.child = child;
    this.address = address;
  }

  static async start(): Promise<ApiServer> {
    const script = fileURLToPath(new URL("server.mjs", import.meta.url));
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, PORT: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const line of createInterface({ input: child.stdout })) return new ApiServer(child, line.trim());
    throw new Error("the conformance server ended before it listened");
  }

  /** Forgets faults and requests. */
  async reset(): Promise<void> {
    await fetch(`${this.address}/__reset`);
  }

  /** The requests since the last call. */
  async takeRequests(): Promise<RecordedRequest[]> {
    const response = await fetch(`${this.address}/__log`);
    return (await response.json()) as RecordedRequest[];
  }

  async stop(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.kill();
    await ended;
  }
}
