// The API that the tools load from, a process of its own: `node server.mjs '<workload as JSON>' <delayMs>`. The bodies are
// rendered before the address is sent to the parent process; any message is answered with the processor seconds used so far.
// It ends with its parent.
import { createServer } from "node:http";
import { siteOf } from "./site.mjs";

const [workload, delayMs] = process.argv.slice(2);
const site = siteOf(JSON.parse(workload));
const delay = Number(delayMs);

const server = createServer((request, response) => {
  const origin = `http://${request.headers.host}`;
  const url = new URL(request.url, origin);
  const { body, headers } = site.answer(url, origin) ?? {};
  const send = () => {
    if (body === undefined) response.writeHead(404).end();
    else
      response
        .writeHead(200, { "content-type": "application/json", "content-length": body.length, ...headers })
        .end(body);
  };
  if (delay > 0 && site.delayed(url)) setTimeout(send, delay);
  else send();
});
// A tool may think for long between two requests; a connection that closes meanwhile would be measured as a retry.
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => process.send(`http://127.0.0.1:${server.address().port}/`));
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send((user + system) / 1e6);
});
process.on("disconnect", () => process.exit(0));
