import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { atOnce } from "../core/piecework.js";
import { formatOf, parseBody, type ResponseFormat } from "./body-format.js";
import { ResponseParseError } from "./errors.js";
import { RestClient } from "./rest-client.js";
import { localServer } from "./testing/local-server.js";

const origin = (contentType?: string, url = "https://api.example.com/items") => ({ url, status: 200, contentType });
const csv = (text: string) => atOnce(parseBody(text, origin("text/csv")));
const jsonl = (text: string) => atOnce(parseBody(text, origin("application/x-ndjson")));

describe("formatOf", () => {
  it.each<[string | undefined, string, ResponseFormat]>([
    ["application/json; charset=utf-8", "items.csv", "json"],
    ["application/vnd.api+json", "items", "json"],
    [undefined, "items", "json"],
    ["text/plain", "items", "json"],
    ["application/x-ndjson", "items", "jsonl"],
    ["application/jsonl", "items", "jsonl"],
    ["Text/CSV;header=present", "items", "csv"],
    ["text/tab-separated-values", "items", "csv"],
    ["application/gzip", "dump.csv.gz?sig=a.jsonl", "csv"],
    ["application/octet-stream", "dump.jsonl", "jsonl"],
    ["text/plain", "dump.ndjson#x", "jsonl"],
  ])("%s of %s: %s", (contentType, path, format) => {
    expect(formatOf(origin(contentType, `https://x/${path}`))).toBe(format);
  });
});

describe("JSON Lines", () => {
  it("are a list, empty lines left out, long integers exact", () => {
    expect(jsonl('{"id":1}\r\n\n{"id":9007199254740993}\n[2]\n')).toEqual([{ id: 1 }, { id: 9007199254740993n }, [2]]);
    expect(jsonl("")).toEqual([]);
  });

  it.each([
    ['{"a":1}\n{"a":\n{"a":2}\n', 2, false],
    ['{"a":1}\n{"a":', 2, true],
    ["<html>", 1, false],
  ])("say which line cannot be read: %j", (text, line, truncated) => {
    expect(() => jsonl(text)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(`Line ${line} of the JSON Lines body cannot be read`) as unknown,
        truncated,
      }),
    );
  });
});

describe("What is no lines and no records", () => {
  it.each<[ResponseFormat, string, string]>([
    ["csv", "application/json", '{"error":"quota exceeded"}'],
    ["csv", "application/problem+json", '{\n "error": {\n "code": 5\n }\n}\n'],
    ["csv", "application/json", '[{"id":1},{"id":2}]'],
    ["csv", "text/plain", '{"error":"quota, exceeded"}'],
    ["csv", "text/html", "<html><body>login</body></html>"],
    ["csv", "text/csv", "<!DOCTYPE html>\n<title>Wait</title>"],
    ["jsonl", "application/json; charset=utf-8", '{"error":"quota exceeded"}'],
    ["jsonl", "text/html", "<html>"],
  ])("is refused as %s: %s %s", (format, type, text) => {
    expect(() => atOnce(parseBody(text, origin(type), format))).toThrow(ResponseParseError);
  });

  it.each<[ResponseFormat, string, string, number]>([
    ["csv", "application/json", "id,name\n1,a\n", 1],
    ["csv", "text/html", "id,name\n1,a\n", 1],
    ["jsonl", "application/json", '{"id":1}\n', 1],
    ["jsonl", "application/json", '{"error":"a"}\n{"error":"b"}\n', 2],
    ["jsonl", "application/x-ndjson", '{"error":"a line of a log"}\n', 1],
  ])("is not what has only another type: %s, %s %j", (format, type, text, rows) => {
    expect(atOnce(parseBody(text, origin(type), format))).toHaveLength(rows);
  });
});

describe("CSV", () => {
  it.each<[string, string, unknown]>([
    [
      "plain",
      "id,name\n1,a\n2,b\n",
      [
        { id: "1", name: "a" },
        { id: "2", name: "b" },
      ],
    ],
    ["CRLF and no end of line", "id,name\r\n1,a", [{ id: "1", name: "a" }]],
    ["quotes", 'id,"n,""x"""\n1,"a\r\n""b"","\n', [{ id: "1", 'n,"x"': 'a\r\n"b",' }]],
    [
      "empty and missing fields",
      'a,b,c\n,"",\n1\n',
      [
        { a: null, b: "", c: null },
        { a: "1", b: null, c: null },
      ],
    ],
    ["empty lines", "a,b\n\n1,2\n\n", [{ a: "1", b: "2" }]],
    ["semicolons", "a;b\n1,5;2\n", [{ a: "1,5", b: "2" }]],
    ["tabs", "a\tb\n1\t2\n", [{ a: "1", b: "2" }]],
    ["a named delimiter", "sep=|\na|b,c\n1|2\n", [{ a: "1", "b,c": "2" }]],
    ["names that are missing or repeated", "id,,id, x \n1,2,3,4\n", [{ id: "1", column_2: "2", id_2: "3", x: "4" }]],
    ["a delimiter at the end of records", "a,b\n1,2,\n", [{ a: "1", b: "2" }]],
    ["one column", "id\n1\n2\n", [{ id: "1" }, { id: "2" }]],
    ["a header alone", "id,name\n", []],
    ["nothing", "", []],
  ])("%s", (_, text, rows) => {
    expect(csv(text)).toEqual(rows);
  });

  it("takes any text back, whatever is in it", () => {
    const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`;
    const fields = fc.array(fc.string(), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(fc.array(fields, { maxLength: 5 }), (records) => {
        const text = ["a,b", ...records.map((record) => record.map(quoted).join(","))].join("\r\n");
        expect(csv(text)).toEqual(records.map(([a, b]) => ({ a, b })));
      }),
    );
  });

  it("makes an ordinary key of __proto__", () => {
    const [row] = csv("__proto__,a\nx,1\n") as object[];
    expect(Object.keys(row ?? {})).toEqual(["__proto__", "a"]);
  });

  it.each<[string, RegExp, boolean]>([
    ['a,b\n1,"x', /quote that is opened in line 2/, true],
    ['a,b\n1,"x"y\n', /Line 2 of the CSV body has "y" after a closing quote/, false],
    ['a,b\n"1\n2",x\n1,2,3\n', /record that ends in line 4 has 3 fields, the header 2/, false],
  ])("refuses %j", (text, message, truncated) => {
    expect(() => csv(text)).toThrow(ResponseParseError);
    expect(() => csv(text)).toThrow(expect.objectContaining({ truncated }));
    expect(() => csv(text)).toThrow(message);
  });
});

describe("bodies of other formats", () => {
  it("are pages like others, packed as a file too, and the format can be named", async () => {
    await using server = await localServer(({ url }, response) => {
      const type = url.pathname === "/typed" ? "text/csv" : "text/html";
      response.writeHead(200, { "content-type": type });
      response.end(url.searchParams.get("page") === "2" ? "id\n" : gzipSync("id,n\n1,a\n2,b\n"));
    });
    const client = new RestClient({ baseUrl: server.url, maxAttempts: 1 });
    const read = async (path: string, options: object) => {
      const pages: unknown[] = [];
      for await (const page of client.paginate(path, options)) pages.push([...page]);
      return pages;
    };
    const rows = [
      { id: "1", n: "a" },
      { id: "2", n: "b" },
    ];
    const paginator = { type: "page_number", basePage: 1, totalPath: null };
    expect(await read("typed", { paginator })).toEqual([rows, []]);
    expect(await read("untyped", { responseFormat: "csv", paginator: "single_page" })).toEqual([rows]);
    await expect(read("untyped", {})).rejects.toThrow(/The body is not JSON/);
  });
});
