import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";

/** An HTTP proxy for one test that leads every tunnel to one local port, whatever host was asked for; `await using` closes it. */
export interface TunnelProxy extends AsyncDisposable {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** Hosts and credentials of the tunnels, in order. */
  readonly tunnels: readonly { readonly host: string | undefined; readonly authorization: string | undefined }[];
}

/** Starts a proxy on a free port. */
export async function tunnelProxy(target: { readonly port: number }): Promise<TunnelProxy> {
  const tunnels: TunnelProxy["tunnels"][number][] = [];
  const open = new Set<() => void>();
  const server = createServer().on("connect", ({ url, headers }, socket) => {
    tunnels.push({ host: url, authorization: headers["proxy-authorization"] });
    const through = connect(target.port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      through.pipe(socket).pipe(through);
    });
    const end = (): void => {
      socket.destroy();
      through.destroy();
    };
    open.add(end);
    for (const side of [through, socket]) side.on("close", end).on("error", end);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A server that listens on a TCP port has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    tunnels,
    async [Symbol.asyncDispose]() {
      for (const end of open) end(); // They are no connections of the server any more.
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
