import { gzipSync } from "node:zlib";
import type { HostileCase } from "../hostile-case.js";

const PAGE_2 = '{"data":[{"id":3},{"id":4}],"next":null}';

/** A server that breaks what carries the answer. */
export const CONNECTIONS: readonly HostileCase[] = [
  {
    name: "resets the connection while it sends the body",
    outcome: "the request is sent again; after `maxAttempts` an error",
    attack({ response }) {
      response.writeHead(200, { "content-length": "1000" });
      response.write('{"data":[{"id":3}', () => response.socket?.resetAndDestroy());
    },
    ends: { code: "SLUICE_CONNECTION", tries: 2, says: ["broke", "2 attempts"] },
  },
  {
    name: "resets the connection once",
    outcome: "the request is sent again: all rows",
    attack: ({ response, times, send }) => (times === 1 ? response.socket?.resetAndDestroy() : send(PAGE_2)),
    ends: { rows: { items: [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }] } },
  },
  {
    name: "sends gzip that is cut off",
    outcome: "retried, then an error",
    attack: ({ send }) => send(gzipSync(PAGE_2).subarray(0, -9), { "content-encoding": "gzip" }),
    ends: { code: "SLUICE_CONNECTION", tries: 2, says: ["gzip body is cut off or damaged", "2 attempts"] },
  },
  {
    name: "sends gzip with damaged bytes",
    outcome: "retried, then an error",
    attack({ send }) {
      const bytes = gzipSync(PAGE_2);
      bytes.fill(0xff, 12, 20);
      send(bytes, { "content-encoding": "gzip" });
    },
    ends: { code: "SLUICE_CONNECTION", tries: 2, says: ["gzip body is cut off or damaged"] },
  },
  {
    name: "says gzip and sends plain text",
    outcome: "retried, then an error",
    attack: ({ send }) => send(PAGE_2, { "content-encoding": "gzip" }),
    ends: { code: "SLUICE_CONNECTION", tries: 2, says: ["gzip body is cut off or damaged"] },
  },
  {
    name: "encodes the body a thousand times over",
    outcome: "an error at once: more than 5 encodings are refused",
    attack: ({ send }) => send(gzipSync(PAGE_2), { "content-encoding": Array(1000).fill("gzip").join(",") }),
    ends: { code: "SLUICE_CONNECTION", tries: 1, says: ["1000 encodings"] },
  },
  {
    name: "promises a longer body than it sends",
    outcome: "retried, then an error",
    attack: ({ raw }) => raw(["HTTP/1.1 200 OK", "content-length: 500", "connection: close"], PAGE_2).end(),
    ends: { code: "SLUICE_CONNECTION", tries: 2, says: ["broke", "2 attempts"] },
  },
  {
    name: "promises a shorter body than it sends",
    outcome: "the body as long as promised is cut JSON: retried, then an error",
    attack: ({ raw }) => raw(["HTTP/1.1 200 OK", "content-length: 20"], PAGE_2).end(),
    ends: { code: "SLUICE_RESPONSE_PARSE", tries: 2, says: ["not JSON", '{"data":[{"id":3},{"'] },
  },
  {
    name: "ends a chunked body before its last chunk",
    outcome: "retried, then an error",
    attack: ({ raw }) =>
      raw(["HTTP/1.1 200 OK", "transfer-encoding: chunked"], `${PAGE_2.length.toString(16)}\r\n${PAGE_2}\r\n`).end(),
    ends: { code: "SLUICE_CONNECTION", tries: 2, says: ["broke"] },
  },
  {
    name: "answers with bytes that are no HTTP",
    outcome: "retried, then an error",
    attack: ({ raw }) => raw(["SSH-2.0-OpenSSH_9.6"]).end(),
    ends: { code: "SLUICE_CONNECTION", tries: 2, says: ["broke"] },
  },
  {
    name: "sends a megabyte of headers",
    outcome: "retried, then an error",
    attack: ({ raw }) => raw(["HTTP/1.1 200 OK", `x-long: ${"a".repeat(1_000_000)}`]).end(),
    ends: { code: "SLUICE_CONNECTION", tries: 2, says: ["Headers Overflow"] },
  },
  {
    name: "accepts the request and never answers",
    outcome: "after `timeout` retried, then an error",
    client: { timeout: 1 },
    attack: () => undefined,
    ends: { code: "SLUICE_CONNECTION", tries: 2, says: ["did not answer within 1 s"] },
  },
  {
    name: "sends its headers byte by byte without end",
    outcome: "after `timeout` retried, then an error",
    client: { timeout: 1 },
    attack: ({ drip, response }) => {
      response.socket?.write("HTTP/1.1 200 OK\r\nx-a: ");
      drip("a", "connection");
    },
    ends: { code: "SLUICE_CONNECTION", tries: 2, says: [" 1 s"] },
  },
  {
    name: "sends one interim answer after the other (103 Early Hints)",
    outcome: "retried, then an error",
    attack: ({ drip }) => drip("HTTP/1.1 103 Early Hints\r\n\r\n", "connection"),
    ends: { code: "SLUICE_CONNECTION", tries: 2, says: ["interim answers"] },
  },
  {
    name: "stops in the middle of the body",
    outcome: "after `timeout` retried, then an error",
    client: { timeout: 1 },
    attack: ({ response }) => response.writeHead(200).write('{"data":'),
    ends: { code: "SLUICE_CONNECTION", tries: 2, says: ["stopped sending for 1 s"] },
  },
  {
    name: "drips the body, one byte after the other, without ever being silent for long",
    outcome: "after `maxResponseSeconds` retried, then an error",
    client: { maxResponseSeconds: 1 },
    attack({ response, drip }) {
      response.writeHead(200, { "content-length": "1000000" });
      drip(" ");
    },
    ends: { code: "SLUICE_CONNECTION", tries: 2, says: ["longer than 1 s", "maxResponseSeconds", "2 attempts"] },
  },
];
