import { readFileSync } from "node:fs";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import type * as undici from "undici";
import type { ConnectionOptions } from "./http-options.js";

/** Sockets to one origin at most; further requests wait for a free one. */
const MAX_SOCKETS_PER_ORIGIN = 100;

/** One dispatcher per way to connect, for the whole process, so that all clients share sockets: one pool per origin. */
const dispatchers = new Map<string, undici.Dispatcher>();

/** The dispatcher for these options. Without `proxy` it honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY; NO_PROXY holds with it, too. */
export function dispatcherFor(options: ConnectionOptions, { EnvHttpProxyAgent }: typeof undici): undici.Dispatcher {
  const { connectTimeout, proxy, ca } = options;
  const timeout = Math.max(1, Math.round(connectTimeout * 1000));
  const key = JSON.stringify([timeout, proxy, ca]);
  let dispatcher = dispatchers.get(key);
  if (dispatcher === undefined) {
    // Made once: a context of its own for every connection would read all certificates again.
    const connect = { timeout, ...(ca !== undefined && { secureContext: trusting(ca) }) };
    dispatcher = new EnvHttpProxyAgent({
      connect,
      requestTls: connect,
      proxyTls: connect,
      connections: MAX_SOCKETS_PER_ORIGIN,
      ...(proxy !== undefined && { httpProxy: proxy, httpsProxy: proxy }),
    });
    dispatchers.set(key, dispatcher);
  }
  return dispatcher;
}

/** Node.js forgets its own certificates, and those of NODE_EXTRA_CA_CERTS, where others are given. */
function trusting(ca: string): SecureContext {
  return createSecureContext({ ca: [...rootCertificates, ...extraCertificates(), ca] });
}

function extraCertificates(): string[] {
  const file = process.env["NODE_EXTRA_CA_CERTS"] ?? "";
  if (file === "") return [];
  try {
    return [readFileSync(file, "utf8")];
  } catch {
    return []; // Node.js has warned of it when it started.
  }
}
