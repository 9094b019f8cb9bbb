import type { DuckDBConnection } from "@duckdb/node-api";
import { toStatementError } from "./statement-error.js";

/** Threads while publishing, unless the user set them: one is nearly as fast as two and needs half the memory. */
const THREADS = 1;

/**
 * Bytes of log at which a commit moves the rows into the file itself instead of writing them to the log first. Measured on
 * 100,000 rows with 200,000 nested ones: COMMIT and CHECKPOINT take 190 ms one after the other, and 110 ms as one.
 */
const CHECKPOINT_THRESHOLD = "1KB";

/** What a publish changes. */
const OPTIONS = ["memory_limit", "checkpoint_threshold", "threads"] as const;

export interface PublishSettings {
  /** True: the memory limit is changed by `work`, and set back. */
  readonly isLimited: boolean;
  /** As the user set them; undefined: not at all. */
  readonly threads: number | undefined;
}

/**
 * Runs `work` and sets back what it changes of the whole database to what it was before any publish: the threads, and the
 * memory limit when it is limited. (RESET changes what is shown and not what is in force.) `before` keeps those values.
 */
export async function withPublishSettings<T>(
  connection: DuckDBConnection,
  before: Map<string, string>,
  { isLimited, threads }: PublishSettings,
  work: () => Promise<T>,
): Promise<T> {
  if (before.size === 0) await remember(connection, before);
  await connection.run(`SET checkpoint_threshold = '${CHECKPOINT_THRESHOLD}'`);
  if (threads === undefined) await connection.run(`SET threads = ${THREADS}`);
  try {
    return await work();
  } finally {
    for (const option of OPTIONS) {
      if ((option === "memory_limit" && !isLimited) || (option === "threads" && threads !== undefined)) continue;
      // Fails only when the engine has failed before, and that is the error to be told.
      await connection.run(`SET ${option} = '${before.get(option)}'`).catch(() => undefined);
    }
  }
}

async function remember(connection: DuckDBConnection, before: Map<string, string>): Promise<void> {
  const current = OPTIONS.map((option) => `current_setting('${option}')::VARCHAR`).join(", ");
  const result = await connection.run(`SELECT ${current}`).catch((error: unknown) => {
    throw toStatementError(error); // The engine has failed before.
  });
  const [values = []] = await result.getRowsJson();
  for (const [i, option] of OPTIONS.entries()) {
    const value = values[i];
    if (typeof value === "string") before.set(option, value); // It always is.
  }
}
