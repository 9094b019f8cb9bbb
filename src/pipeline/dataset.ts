import { SluiceError, type SluiceErrorOptions } from "../core/errors.js";
import type { Destination, DestinationSession, QueryParameter } from "../destinations/destination.js";
import { SYSTEM_PREFIX } from "../schema/system-tables.js";
import { withSession } from "./with-session.js";

/** A table was asked for that the dataset does not have. */
export class UnknownTableError extends SluiceError {
  override readonly name: string = "UnknownTableError";
  constructor(message: string, options: SluiceErrorOptions = {}) {
    super("SLUICE_UNKNOWN_TABLE", message, options);
  }
}

/** A row as it is read back; see `DestinationSession.query` for what becomes of each type. */
export type DatasetRow = Record<string, unknown>;

/** Rows that are read when they are asked for; every call reads anew. */
export interface Rows extends AsyncIterable<DatasetRow> {
  /** One row after the other, as the destination sends them; it is open until the loop ends. */
  rows(): AsyncIterable<DatasetRow>;
  toArray(): Promise<DatasetRow[]>;
}

/** One table of a dataset. */
export interface TableReader extends Rows {
  readonly name: string;
  count(): Promise<number>;
}

/** The outcome of a query: `await` gives all rows, `for await` one after the other. */
export interface QueryRows extends Rows, PromiseLike<DatasetRow[]> {}

/**
 * What was loaded, for reading. Nothing is opened before something is read, and everything is closed after it.
 * Reading throws `UnknownTableError`, `StatementError` (wrong SQL), and what opening the destination throws.
 */
export class Dataset {
  readonly name: string;
  private readonly destination: Destination;

  constructor(destination: Destination, name: string) {
    this.destination = destination;
    this.name = name;
  }

  /** Names of the tables, those of the tool (`_dlt_…`) last. */
  async tables(): Promise<string[]> {
    const names = await withSession(this.destination, (session) => session.tables(this.name));
    return [...names.filter((name) => !isSystem(name)), ...names.filter(isSystem)];
  }

  table(name: string): TableReader {
    const select =
      (what: string) =>
      async (session: DestinationSession): Promise<string> => {
        await this.requireTable(session, name);
        return `SELECT ${what} FROM ${session.qualify(this.name, name)}`;
      };
    return {
      name,
      ...this.reader(select("*")),
      count: async () => {
        const [row] = await this.reader(select("count(*) AS rows")).toArray();
        return Number(row?.["rows"]);
      },
    };
  }

  /**
   * A query in the destination's SQL; tables of the dataset need no prefix. `params` are bound to `$1`, `$2`, … (or `?`):
   * `await dataset.sql("select * from issues where state = $1", ["open"])`.
   */
  sql(query: string, params: readonly QueryParameter[] = []): QueryRows {
    const reader = this.reader(() => Promise.resolve(query), params);
    // oxlint-disable-next-line unicorn/no-thenable -- nothing is asked before somebody waits for it
    return { ...reader, then: (onRows, onError) => reader.toArray().then(onRows, onError) };
  }

  private reader(
    sqlOf: (session: DestinationSession) => Promise<string>,
    params: readonly QueryParameter[] = [],
  ): Rows {
    const { destination, name } = this;
    const rows = async function* (): AsyncGenerator<DatasetRow> {
      const session = await destination.open();
      try {
        yield* session.query(await sqlOf(session), { params, dataset: name });
      } finally {
        await session.close();
      }
    };
    return {
      rows,
      [Symbol.asyncIterator]: () => rows(),
      toArray: async () => {
        const all: DatasetRow[] = [];
        for await (const row of rows()) all.push(row);
        return all;
      },
    };
  }

  private async requireTable(session: DestinationSession, table: string): Promise<void> {
    const tables = await session.tables(this.name);
    if (tables.some((name) => name.toLowerCase() === table.toLowerCase())) return;
    const present = tables.filter((name) => !isSystem(name));
    throw new UnknownTableError(`There is no table "${table}" in dataset "${this.name}"`, {
      table,
      hint:
        present.length === 0
          ? `The dataset is empty or does not exist at ${this.destination.location}.`
          : `Its tables are: ${present.join(", ")}.`,
    });
  }
}

function isSystem(table: string): boolean {
  return table.startsWith(`${SYSTEM_PREFIX}_`);
}
