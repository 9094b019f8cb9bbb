// Serves `/events?page=N`: pages of small rows, rendered once before the clock starts. `node row-server.mjs <pages> <rowsPerPage> [delayMs]`.
// The address is sent to the parent process, or printed.
import { createServer } from "node:http";

const [pages = 100, rowsPerPage = 1000, delayMs = 0] = process.argv.slice(2).map(Number);

/** One page; ids go on from page to page. Only a few distinct bodies are kept: the id is patched in. */
function render(page) {
  const rows = [];
  for (let k = 0; k < rowsPerPage; k++) {
    const i = (page - 1) * rowsPerPage + k;
    rows.push({
      id: i,
      name: `user-${i}`,
      score: i * 0.5,
      profile: { city: "NYC", zip: 10_001 + (i % 100) },
      tags: [{ label: "a" }, { label: "b" }],
    });
  }
  return Buffer.from(JSON.stringify(rows));
}

const keep = pages <= 200;
const rendered = keep ? Array.from({ length: pages }, (_, i) => render(i + 1)) : [];
const server = createServer((request, response) => {
  const page = Number(new URL(request.url, "http://x").searchParams.get("page") ?? 1);
  const body = page > pages ? Buffer.from("[]") : keep ? rendered[page - 1] : render(page);
  const answer = () =>
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
  if (delayMs > 0) setTimeout(answer, delayMs);
  else answer();
});
server.listen(0, "127.0.0.1", () => {
  const url = `http://127.0.0.1:${server.address().port}/`;
  if (process.send === undefined) console.log(url);
  else process.send(url);
});
process.on("disconnect", () => process.exit(0));
