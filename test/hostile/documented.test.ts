import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { HOSTILE_CASES } from "./cases/index.js";

const PAGE = fileURLToPath(new URL("../../docs/reliability.md", import.meta.url));
const SECTION = /(<!-- hostile servers: begin[^>]*-->\n)([\s\S]*?)(<!-- hostile servers: end -->)/;

/** The cases as tables of Markdown. */
function tables(): string {
  const parts = HOSTILE_CASES.map(([heading, cases]) => {
    const rows = cases.map(({ name, outcome }) => `| ${name} | ${outcome} |`);
    return [`### ${heading}`, "", "| a server that … | what comes of it |", "|---|---|", ...rows].join("\n");
  });
  return `\n${parts.join("\n\n")}\n\n`;
}

describe("docs/reliability.md", () => {
  it("says what comes of every hostile server (SLUICE_UPDATE_DOCS=1 writes it)", async () => {
    const page = await readFile(PAGE, "utf8");
    if (process.env["SLUICE_UPDATE_DOCS"] === "1")
      await writeFile(
        PAGE,
        page.replace(SECTION, (_, begin: string, __, end: string) => begin + tables() + end),
      );
    expect(SECTION.exec(await readFile(PAGE, "utf8"))?.[2]).toBe(tables());
  });

  it("names every case once", () => {
    const names = HOSTILE_CASES.flatMap(([, cases]) => cases.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
  });
});
