import { readFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getTokenPath } from "../../../plugin/control-plane/auth/token-file.ts";

/** Under which path the page is mounted in the host. */
export const MOUNT = "/plugins/clawtask";

/**
 * Stands in for the host: an outer page, and in it the dashboard in a sandboxed frame, which has no origin. Reads only, by
 * a grant that the host adds; answers allow the origin `null`.
 */
export async function startFrameProxy(served: {
  port: number;
  root: string;
}): Promise<{ url: string; server: Server }> {
  const token = readFileSync(getTokenPath(served.root), "utf8").trim();
  const server = createServer((incoming, response) => {
    const path = incoming.url ?? "/";
    if (path === "/") {
      response.setHeader("content-type", "text/html");
      response.end(`<iframe id="tab" sandbox="allow-scripts" width="1200" height="800" src="${MOUNT}/"></iframe>`);
      return;
    }
    if (incoming.method !== "GET") {
      response.writeHead(405).end();
      return;
    }
    const headers = {
      authorization: `Bearer ${token}`,
      host: `127.0.0.1:${served.port}`,
      accept: incoming.headers.accept,
    };
    const asked = { port: served.port, host: "127.0.0.1", path: path.slice(MOUNT.length), headers };
    request(asked, (answer) => {
      const { "x-frame-options": _frame, "content-length": _length, ...passedHeaders } = answer.headers;
      const policy = String(passedHeaders["content-security-policy"] ?? "").replace(
        "frame-ancestors 'none'",
        "frame-ancestors *",
      );
      response.writeHead(answer.statusCode ?? 500, {
        ...passedHeaders,
        "content-security-policy": policy,
        "cross-origin-resource-policy": "cross-origin",
        "access-control-allow-origin": "null",
        "access-control-allow-credentials": "true",
      });
      if (!path.endsWith("/api/session")) return answer.pipe(response);
      let text = "";
      answer.on("data", (chunk) => (text += String(chunk)));
      answer.on("end", () => response.end(text.replace('"standalone"', '"gateway-frame"')));
      return undefined;
    }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}
