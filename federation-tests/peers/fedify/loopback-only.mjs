// Keeps the peer on loopback: Fedify would fetch any JSON-LD context or object that a test names, on the Internet too.

const isLoopback = (host) =>
  host === "localhost" || host === "[::1]" || host.startsWith("127.") || /\.(localhost|test)$/.test(host);

/** From now on the global fetch refuses every host that is not on loopback. */
export function stayOnLoopback() {
  const send = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const { hostname } = new URL(input instanceof Request ? input.url : input);
    if (!isLoopback(hostname)) throw new TypeError(`${hostname} is not on loopback`);
    return await send(input, init);
  };
}
