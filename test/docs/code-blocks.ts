import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Root of the repository. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** A fenced block of a Markdown file. */
export interface CodeBlock {
  /** Path of the file from the root, with slashes. */
  readonly file: string;
  /** 1-based line of the first line of code. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

/** Every fenced block of README.md and docs/. */
export function codeBlocks(): CodeBlock[] {
  const docs = readdirSync(path.join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`);
  const files = existsSync(path.join(ROOT, "README.md")) ? ["README.md", ...docs] : docs;
  return files.flatMap((file) => blocksOf(readFileSync(path.join(ROOT, file), "utf8"), file));
}

function blocksOf(text: string, file: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^```(\w*)/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined) open = { language: fence[1] ?? "", line: index + 2, lines: [] };
    else {
      blocks.push({ file, line: open.line, language: open.language, code: open.lines.join("\n") });
      open = undefined;
    }
  }
  return blocks;
}
