// What the bundle has of undici: the names that src/rest/transport.ts uses. Its index would bring caches, mocks, WebSockets
// and fetch as well: 110 files instead of 30, and more than twice the time to load. A name that is missing here fails the build.
import connect from "undici/lib/api/api-connect.js";
import send from "undici/lib/api/api-request.js";
import Dispatcher from "undici/lib/dispatcher/dispatcher.js";

export { default as EnvHttpProxyAgent } from "undici/lib/dispatcher/env-http-proxy-agent.js";

// As the index does with all of its API: a proxy agent opens its tunnels with this method of its client.
Object.assign(Dispatcher.prototype, { connect });

/** As undici's own, for an absolute URL and a given dispatcher. */
export function request(url, { dispatcher, ...options }) {
  const { origin, pathname, search } = new URL(url);
  return send.call(dispatcher, { ...options, origin, path: `${pathname}${search}` });
}
