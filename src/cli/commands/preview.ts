import { Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { CancelledError, shorten } from "../../core/errors.js";
import { plural } from "../../core/count-text.js";
import { jsonText } from "../../core/json-text.js";
import type { DatasetRow, LoadInfo, Pipeline, PipelineDefinition } from "../../index.js";
import { EXIT_CODES } from "../exit-codes.js";
import { globalOptions } from "../global-options.js";
import { onInterrupt } from "../interrupt.js";
import { loadPipelineFile } from "../pipeline-file.js";
import { progressDisplay } from "../progress/progress-display.js";
import { namesOf, onlyResources, positiveInteger } from "../resource-options.js";

interface PreviewOptions {
  readonly resources?: readonly string[];
  readonly pages: number;
  readonly rows: number;
  readonly json?: boolean;
}

/** A table that the pages would make. */
interface PreviewTable {
  readonly name: string;
  /** Rows of the pages that were read. */
  readonly count: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** The first of them. */
  readonly rows: readonly DatasetRow[];
}

/** What `--json` prints. */
interface Preview extends Pick<LoadInfo, "resources" | "warnings"> {
  readonly tables: readonly PreviewTable[];
}

/** Most characters of the values that are shown of a column. */
const SAMPLE_WIDTH = 70;

/** `sluice preview`: the first page of each resource, and what tables would come of it. */
export function previewCommand(): CommandUnknownOpts {
  return new Command("preview")
    .description("read the first page of each resource and show what would be loaded; nothing is")
    .argument("<file>", "pipeline file: .ts, .mts, .js, .mjs, .yaml, .yml or .json")
    .option("--resources <a,b>", "only these resources", namesOf)
    .option("--pages <pages>", "so many pages of each resource", positiveInteger, 1)
    .option("--rows <rows>", "show so many rows of each table", positiveInteger, 3)
    .option("--json", "print one JSON document")
    .action(async (file, options, command) => {
      const { color } = globalOptions(command);
      const { source } = await loadPipelineFile(file);
      const preview = await previewOf(source, options, color);
      process.stdout.write(
        options.json === true ? `${jsonText(preview)}\n` : described(preview, await hasChildren(source)),
      );
      const failed = Object.values(preview.resources).some(({ stop }) => stop === "skipped");
      process.exitCode = failed ? EXIT_CODES.failed.code : EXIT_CODES.ok.code;
    });
}

/** True when rows of parents are needed for others: of these few are read. */
async function hasChildren(data: PipelineDefinition["source"]): Promise<boolean> {
  const { Source } = await import("../../index.js");
  const parts: readonly unknown[] = Array.isArray(data) ? data : [data];
  return parts.some(
    (part) => part instanceof Source && part.resources.some(({ definition }) => definition.parent !== undefined),
  );
}

async function previewOf(
  source: PipelineDefinition["source"],
  options: PreviewOptions,
  color: boolean,
): Promise<Preview> {
  const { trial } = await import("../../pipeline/trial.js");
  const data = options.resources === undefined ? source : await onlyResources(source, options.resources);
  const display = progressDisplay(process.stderr, { quiet: !process.stderr.isTTY, color });
  const interrupt = onInterrupt(() => undefined);
  try {
    return await trial(
      data,
      // The failure of one resource shall not hide the others.
      { pages: options.pages, onError: "skip", signal: interrupt.signal, progress: display.listener },
      async (info, pipeline) => ({
        resources: info.resources,
        // That a limit holds the cursor back is what was wanted.
        warnings: info.warnings.filter(({ code }) => code !== "cursor-held"),
        tables: await tablesOf(info, pipeline, options.rows),
      }),
    );
  } catch (error) {
    // What a run says of kept pages is not true of a preview.
    if (!(error instanceof CancelledError)) throw error;
    throw new CancelledError("The preview was cancelled; nothing was loaded", { cause: error });
  } finally {
    interrupt.close();
    display.close(false);
  }
}

async function tablesOf(info: LoadInfo, pipeline: Pipeline, count: number): Promise<PreviewTable[]> {
  const names = [...new Set((await pipeline.schemas.versions()).map(({ name }) => name))];
  const schemas = await Promise.all(names.map(async (name) => pipeline.schemas.read(name)));
  return Promise.all(
    Object.entries(info.tables).map(async ([name, total]) => {
      const columns = schemas.flatMap(({ tables }) => Object.values(tables[name]?.columns ?? {}));
      const shown = columns.filter((column) => column.data_type !== undefined && !column.name.startsWith("_dlt_"));
      const rows: DatasetRow[] = [];
      for await (const row of pipeline.dataset().table(name)) {
        rows.push(Object.fromEntries(shown.map((column) => [column.name, row[column.name] ?? null])));
        if (rows.length >= count) break;
      }
      return {
        name,
        count: total,
        columns: shown.map(({ name: column, data_type: type = "text" }) => ({ name: column, type })),
        rows,
      };
    }),
  );
}

function described({ resources, warnings, tables }: Preview, hasParents: boolean): string {
  const read = Object.entries(resources).map(
    ([name, { stop, rows, pages, rowsAt, recognised }]) =>
      `  ${name}: ${plural(rows, "row")}, ${plural(pages, "page")}` +
      (rowsAt === undefined || rowsAt.includes("$") ? "" : `; rows found at ${rowsAt.join(", ")}`) +
      (recognised === undefined ? "" : `; recognised: paginator: ${recognised}`) +
      (stop === "skipped" ? "; FAILED" : ""),
  );
  return [
    `Nothing was loaded. The first pages${hasParents ? " (of parents the first rows)" : ""} of`,
    ...read,
    ...tables.flatMap((table) => ["", `${table.name}: ${plural(table.count, "row")}`, ...columnLines(table)]),
    ...(warnings.length === 0 ? [] : ["", `Warnings (${warnings.length}):`]),
    ...warnings.map(({ code, message }) => `  ${code}: ${message}`),
    "",
  ].join("\n");
}

/** A line per column: tables are wider than terminals. */
function columnLines({ columns, rows }: PreviewTable): string[] {
  const width = Math.max(0, ...columns.map(({ name }) => name.length));
  const typeWidth = Math.max(0, ...columns.map(({ type }) => type.length));
  return columns.map(({ name, type }) => {
    const values = rows.map((row) => jsonText(row[name])).join(", ");
    return `  ${name.padEnd(width)}  ${type.padEnd(typeWidth)}  ${shorten(values, SAMPLE_WIDTH)}`;
  });
}
