import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A page of somebody else, on another port and under another name. It asks for each address twice, with whatever cookies
 * the browser has: by itself, and in a sandboxed frame, whose origin is `null`. What it got is in its `globalThis.got`,
 * one line for each attempt, once all have been answered.
 */
export async function startForeignPage(addresses: readonly string[]): Promise<{ url: string; close: () => void }> {
  const read = `async () => {
    const lines = [];
    for (const address of ${JSON.stringify(addresses)})
      try {
        const answer = await fetch(address, { credentials: "include" });
        lines.push(address + " " + answer.status + " " + (await answer.text()).slice(0, 80));
      } catch (error) {
        lines.push(address + " " + error);
      }
    return lines;
  }`;
  const inFrame = `<script>(${read})().then((lines) => parent.postMessage(lines, "*"))</script>`;
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<script>
        onmessage = async ({ data }) => { const own = await (${read})(); globalThis.got = [...data, ...own]; };
      </script>
      <iframe sandbox="allow-scripts" srcdoc="${inFrame.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"></iframe>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
