import { brotliCompressSync, gzipSync } from "node:zlib";
import type { HostileCase } from "../hostile-case.js";

const CUT = '{"data":[{"id":3},{"id":4';

/** A server whose body is not what was asked for. */
export const BODIES: readonly HostileCase[] = [
  {
    name: "sends a web page with status 200",
    outcome: "an error at once that says so",
    attack: ({ send }) => send("<!doctype html><title>Log in</title>", { "content-type": "text/html" }),
    ends: { code: "SLUICE_RESPONSE_PARSE", tries: 1, says: ["not JSON", "<title>Log in", "looks like a web page"] },
  },
  {
    name: "sends JSON that is cut off",
    outcome: "retried, then an error",
    attack: ({ send }) => send(CUT),
    ends: { code: "SLUICE_RESPONSE_PARSE", tries: 2, says: ["not JSON"] },
  },
  {
    name: "sends text that is no JSON",
    outcome: "an error at once",
    attack: ({ send }) => send("Service temporarily busy"),
    ends: { code: "SLUICE_RESPONSE_PARSE", tries: 1, says: ["not JSON: Service temporarily busy"] },
  },
  {
    name: "sends an empty body with status 200 in the middle of the pages",
    outcome: "the pages end, with the warning `empty-body`",
    attack: ({ send }) => send(""),
    ends: { rows: { items: [{ id: 1 }, { id: 2 }] }, warnings: ["empty-body"] },
  },
  {
    name: "sends bytes that are not UTF-8",
    outcome: "they become U+FFFD, counted in the warning `value-replaced`",
    attack: ({ send }) => send(Buffer.from('{"data":[{"id":3,"name":"caf\xe9 \xff"},{"id":4}]}', "latin1")),
    ends: {
      rows: { items: [{ id: 1 }, { id: 2 }, { id: 3, name: "caf\ufffd \ufffd" }, { id: 4 }] },
      warnings: ["value-replaced"],
    },
  },
  {
    name: "sends a body over `maxResponseBytes`",
    outcome: "an error at once; the rest is not read",
    client: { maxResponseBytes: 10_000 },
    attack: ({ send }) => send(`{"data":[{"id":3,"text":"${"a".repeat(20_000)}"}]}`),
    ends: { code: "SLUICE_RESPONSE_TOO_LARGE", tries: 1, says: ["larger than 10000 bytes", "maxResponseBytes"] },
  },
  {
    name: "sends a small gzip body that expands over `maxResponseBytes`",
    outcome: "an error at once; decompression stops at the limit",
    client: { maxResponseBytes: 10_000 },
    attack: ({ send }) => send(gzipSync(Buffer.alloc(1_000_000, " ")), { "content-encoding": "gzip" }),
    ends: { code: "SLUICE_RESPONSE_TOO_LARGE", tries: 1, says: ["larger than 10000 bytes", "maxResponseBytes"] },
  },
  {
    name: "packs one compressed body into another",
    outcome: "the limit holds for every layer",
    client: { maxResponseBytes: 10_000 },
    attack: ({ send }) =>
      send(brotliCompressSync(gzipSync(Buffer.alloc(10_000_000, " "))), { "content-encoding": "gzip, br" }),
    ends: { code: "SLUICE_RESPONSE_TOO_LARGE", says: ["larger than 10000 bytes"] },
  },
  {
    name: "sends a body without end",
    outcome: "an error at once when `maxResponseBytes` is reached",
    client: { maxResponseBytes: 1_000_000 },
    attack({ response }) {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write("[1,2,3,".repeat(1000)));
      };
      response.on("drain", more);
      more();
    },
    ends: { code: "SLUICE_RESPONSE_TOO_LARGE", tries: 1, says: ["larger than 1000000 bytes"] },
  },
  {
    name: "answers 200 with an error in the body",
    outcome: "an error that quotes it, unless `responseActions` says otherwise",
    attack: ({ send }) => send('{"ok":false,"error":"internal: shard 7 is down"}'),
    ends: { code: "SLUICE_HTTP_STATUS", says: ["HTTP 200", "shard 7 is down", "responseActions"] },
  },
  {
    name: "answers the first page with 200 and an error, where the rows are still to be recognised",
    outcome: "an error: it does not become a row",
    resources: () => [{ name: "items", endpoint: "items" }],
    attacks: ({ page }) => page === 1,
    attack: ({ send }) => send('{"errors":[{"code":17,"message":"quota exceeded"}],"data":null}'),
    ends: { code: "SLUICE_HTTP_STATUS", says: ["HTTP 200", "quota exceeded"], page: 1, pending: 0 },
  },
  {
    name: "answers 304 although nothing was asked with a condition",
    outcome: "an error: not modified since when?",
    attack: ({ send }) => send("", { etag: '"1"' }, 304),
    ends: { code: "SLUICE_HTTP_STATUS", says: ["HTTP 304"] },
  },
  {
    name: "answers 304 to a request with the configured header `If-None-Match`",
    outcome: "no new rows, no error",
    attacks: ({ request }) => request.headers["if-none-match"] === '"1"',
    client: { headers: { "If-None-Match": '"1"' } },
    attack: ({ send }) => send("", { etag: '"1"' }, 304),
    ends: { rows: {} },
  },
];
