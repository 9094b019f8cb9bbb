import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, type Pair, parseDocument } from "yaml";
import { ConfigError } from "../core/errors.js";

/** A path into the document: keys and positions in lists. */
export type DocumentPath = readonly (string | number)[];

/** Aliases that one document may resolve to; a "billion laughs" file needs far more. */
const MAX_ALIASES = 100;

/** A YAML or JSON text that knows where in the file each value stands. */
export class YamlDocument {
  private readonly document: Document.Parsed;
  private readonly lines: LineCounter;
  private readonly file: string;

  /** @throws ConfigError with the place of the first syntax error. JSON is read as the subset of YAML that it is. */
  constructor(text: string, file: string) {
    this.file = file;
    this.lines = new LineCounter();
    this.document = parseDocument(text, { lineCounter: this.lines, prettyErrors: false, uniqueKeys: true });
    const [first] = this.document.errors;
    if (first !== undefined) throw new ConfigError(`${this.at(first.pos[0])}: ${first.message}`, { cause: first });
  }

  /** The document as plain values. Throws ConfigError when its aliases multiply beyond all measure. */
  value(): unknown {
    try {
      return this.document.toJS({ maxAliasCount: MAX_ALIASES });
    } catch (cause) {
      throw new ConfigError(
        `${this.file}: ${cause instanceof Error ? cause.message : "the document cannot be resolved"}`,
        { cause },
      );
    }
  }

  /** `file:line:column` of the value at `path`, or of the nearest value around it that the file has. */
  placeOf(path: DocumentPath): string {
    return this.at(this.offsetOf(path, "value"));
  }

  /** `file:line:column` of the key that `path` ends with; the place of the value where it is in a list. */
  placeOfKey(path: DocumentPath): string {
    return this.at(this.offsetOf(path, "key"));
  }

  private offsetOf(path: DocumentPath, wanted: "key" | "value"): number {
    let node: unknown = this.document.contents;
    let offset = startOf(node) ?? 0;
    for (const [depth, step] of path.entries()) {
      let key: unknown;
      if (isMap(node)) {
        const pair = node.items.find((item) => keyText(item) === String(step));
        if (pair === undefined) return offset;
        key = pair.key;
        node = pair.value;
      } else if (isSeq(node) && typeof step === "number") {
        node = node.items[step];
      } else {
        return offset;
      }
      const last = depth === path.length - 1;
      offset = (last && wanted === "key" ? startOf(key) : undefined) ?? startOf(node) ?? startOf(key) ?? offset;
    }
    return offset;
  }

  private at(offset: number): string {
    const { line, col } = this.lines.linePos(offset);
    return `${this.file}:${line}:${col}`;
  }
}

function keyText(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
