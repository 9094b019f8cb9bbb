import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { ConnectionError } from "./errors.js";

/** Networks that are not part of the public internet (IANA special-purpose address registries, RFC 6890). */
const INSIDE = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16], // Link-local: with it the metadata services of clouds.
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  addNetwork(net, prefix);
for (const [net, prefix] of [
  ["::", 128],
  ["::1", 128],
  ["64:ff9b:1::", 48],
  ["fc00::", 7],
  ["fe80::", 9],
  ["ff00::", 8],
] as const)
  INSIDE.addSubnet(net, prefix, "ipv6");

/** Adds an IPv4 network in every form: also as IPv6 addresses that gateways and systems turn into the IPv4 address inside them. */
function addNetwork(net: string, prefix: number): void {
  INSIDE.addSubnet(net, prefix, "ipv4");
  // NAT64 (RFC 6052), IPv4-compatible (RFC 4291, 2.5.5.1), IPv4-translated (RFC 2765, 2.1).
  for (const before of ["64:ff9b::", "::", "::ffff:0:"]) INSIDE.addSubnet(`${before}${net}`, 96 + prefix, "ipv6");
  const [a = 0, b = 0, c = 0, d = 0] = net.split(".").map(Number);
  // 6to4 (RFC 3056).
  INSIDE.addSubnet(`2002:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}::`, 16 + prefix, "ipv6");
}

/** Names that only mean something inside a network: without a dot, and the reserved ones (RFC 6761, 6762, 8375; ICANN's `.internal`). */
const INSIDE_NAME = /^[^.]+$|(^|\.)(localhost|local|internal|home\.arpa)$/i;

/** Origins that are remembered: an API may lead to any number. */
const MOST_KNOWN = 1000;

/**
 * True when the host of a URL is an address of a private network or of this machine, or a name that can only be one.
 * What other names stand for is not looked up.
 */
export function isInsideHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const family = isIP(host);
  return family === 0 ? INSIDE_NAME.test(host) : INSIDE.check(host, family === 4 ? "ipv4" : "ipv6");
}

/**
 * Keeps an API of the public internet from sending us into the private network that we run in: next links, redirects and
 * values of its rows choose addresses, and what stands there would end up in the tables. An API that is inside itself may
 * point anywhere.
 */
export class NetworkBoundary {
  readonly #base: string | undefined;
  readonly #isProxied: boolean;
  /** What was found out, by origin. */
  readonly #known = new Map<string, Promise<boolean>>();

  /** `baseUrl`: an absolute URL; undefined: there is no boundary. `proxy`: as `ConnectionOptions` has it. */
  constructor(baseUrl: string | undefined, proxy?: string) {
    this.#base = baseUrl;
    this.#isProxied =
      proxy === undefined ? PROXY_VARIABLES.some((name) => (process.env[name] ?? "") !== "") : proxy !== "";
  }

  /**
   * @throws ConnectionError when the API is outside and the URL leads inside, by its address or by what its name stands for.
   *   A name that cannot be looked up passes: the request will fail, or a proxy knows it.
   */
  async check(url: string): Promise<void> {
    if (this.#base === undefined || !(await this.#leadsInside(url)) || (await this.#leadsInside(this.#base))) return;
    const { origin } = new URL(url);
    throw new ConnectionError(
      `The API at ${new URL(this.#base).origin} points to ${origin}, which is an address of a private network`,
      {
        url,
        reasonCode: "PRIVATE_ADDRESS",
        hint: `Nothing was sent there. If it is meant, add "${origin}" to allowedOrigins; it then gets the credentials too.`,
      },
    );
  }

  #leadsInside(url: string): Promise<boolean> {
    const { origin } = new URL(url);
    let answer = this.#known.get(origin);
    if (answer === undefined) {
      if (this.#known.size >= MOST_KNOWN) this.#known.clear();
      this.#known.set(origin, (answer = leadsInside(url, this.#isProxied)));
    }
    return answer;
  }
}

const PROXY_VARIABLES = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"];

async function leadsInside(url: string, isProxied: boolean): Promise<boolean> {
  const { hostname } = new URL(url);
  if (isInsideHost(hostname)) return true;
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) return false;
  // A proxy looks names up itself; where there is one, doing it here as well may take seconds and fail.
  if (isProxied) return false;
  const found = await lookup(hostname, { all: true }).catch(() => []);
  return found.some(({ address }) => isInsideHost(address));
}
