import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { HostileApi, type Visit } from "./hostile-api.js";

const SCRIPT = fileURLToPath(new URL("memory-run.mjs", import.meta.url));
const MEGABYTE = 1024 * 1024;

interface MemoryCase {
  readonly name: string;
  readonly attack: (visit: Visit) => void;
  readonly outcome: string;
  /** Megabytes that the process may have at its peak. Node.js and DuckDB alone have 150; bodies may have 96. */
  readonly most: number;
}

/** 4 GiB of spaces in 4 MB: members of gzip may follow each other (RFC 1952, 2.2). */
function bomb(): Buffer {
  return Buffer.concat(Array<Buffer>(64).fill(gzipSync(Buffer.alloc(64 * MEGABYTE, " "))));
}

function withoutEnd({ response }: Visit): void {
  const piece = Buffer.alloc(MEGABYTE, " ");
  const more = (): void => {
    while (!response.destroyed && response.write(piece));
  };
  response.writeHead(200).on("drain", more);
  more();
}

const CASES: readonly MemoryCase[] = [
  {
    name: "4 MB of gzip that expand to 4 GiB",
    attack: ({ send }) => send(bomb(), { "content-encoding": "gzip" }),
    outcome: "SLUICE_RESPONSE_TOO_LARGE",
    most: 450,
  },
  { name: "a body without end", attack: withoutEnd, outcome: "SLUICE_RESPONSE_TOO_LARGE", most: 450 },
  {
    name: "12 million nested lists",
    attack: ({ send }) => send("[".repeat(12_000_000)),
    outcome: "SLUICE_RESPONSE_PARSE",
    most: 450,
  },
  {
    name: "12 million empty objects",
    attack: ({ send }) => send(`[${"{},".repeat(12_000_000)}{}]`),
    outcome: "SLUICE_RESPONSE_PARSE",
    most: 450,
  },
  {
    name: "one million keys in a row",
    attack: ({ send }) => send(`{"data":[{${Array.from({ length: 1_000_000 }, (_, i) => `"k${i}":1`).join(",")}}]}`),
    outcome: "SLUICE_TABLE_LIMIT",
    most: 600,
  },
];

describe("memory under attack", () => {
  it.each(CASES)("stays bounded for $name", { timeout: 120_000 }, async ({ attack, outcome, most }) => {
    const directory = await mkdtemp(join(tmpdir(), "sluice-hostile-"));
    try {
      await using api = await HostileApi.start({ attack, attacks: () => true });
      const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, api.url, directory]);
      const measured = JSON.parse(stdout) as { outcome: string; megabytes: number };
      expect(measured.outcome).toBe(outcome);
      expect(measured.megabytes).toBeLessThan(most);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
