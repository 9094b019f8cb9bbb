/** Widest cell that is printed in full. */
const MAX_WIDTH = 60;

/** Rows as aligned text: a line of names, a line of dashes, one line per row. Numbers are right-aligned. */
export function textTable(rows: readonly Record<string, unknown>[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => columns.map((column) => cell(row[column])));
  const widths = columns.map((column, i) => Math.max(column.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const numeric = columns.map((column) =>
    rows.some((row) => typeof row[column] === "number" || typeof row[column] === "bigint"),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => (numeric[i] === true ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  return [line(columns), widths.map((width) => "-".repeat(width)).join("  "), ...cells.map(line)].join("\n");
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = (
    typeof value === "string" ? value : typeof value === "bigint" ? value.toString() : JSON.stringify(value)
  ).replace(/\s+/g, " ");
  return text.length > MAX_WIDTH ? `${text.slice(0, MAX_WIDTH - 1)}…` : text;
}
