import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import { GatewayMount } from "../../../plugin/control-plane/gateway-mount.ts";
import { type RegistrySandbox, useRun } from "../../support/registry-sandbox.ts";

const CODE = readFileSync(fileURLToPath(new URL("../../../dist/control-plane-worker.cjs", import.meta.url)), "utf8");

/** The control plane as it is mounted in a gateway, and every message that crosses threads on its behalf. */
async function useMount(sandbox: RegistrySandbox): Promise<{ url: string; crossings: string[] }> {
  const crossings: string[] = [];
  const mount = new GatewayMount({
    root: sandbox.root,
    startWorker: (workerData) => {
      const worker = new Worker(CODE, { eval: true, workerData });
      const post = worker.postMessage.bind(worker);
      worker.postMessage = (message: { type: string }) => {
        crossings.push(`to the API worker: ${message.type}`);
        post(message);
      };
      worker.on("message", ({ type }: { type: string }) => crossings.push(`from the API worker: ${type}`));
      return worker;
    },
    onWrite: () => crossings.push("to the recorder: look"),
    onControl: () => undefined,
    host: () => ({ version: null, connected: false }),
    page: Promise.resolve(undefined),
    problem: (message) => {
      throw new Error(message);
    },
  });
  const access = { scopes: ["operator.read", "operator.write"] };
  const server = createServer((request, response) => void mount.handle(request, response, access));
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await mount.stop();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/plugins/clawtask`, crossings };
}

describe("an approval pressed in the gateway's page", () => {
  it("crosses threads three times: to the API worker and back, and one word to the recorder", async () => {
    const sandbox = useRun({
      nodes: [
        { id: "ok", kind: "approval" },
        { id: "after", needs: ["ok"] },
      ],
    });
    sandbox.ok("next", "demo", "--claim");
    const { url, crossings } = await useMount(sandbox);
    await fetch(`${url}/api/session`);
    crossings.length = 0;

    const answer = await fetch(`${url}/api/runs/demo/actions/approve`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ nodeId: "ok", message: "fine" }),
    });
    expect(answer.status).toBe(200);
    expect(crossings.filter((crossing) => !crossing.endsWith(": changes"))).toEqual([
      "to the API worker: request",
      "from the API worker: answer",
      "to the recorder: look",
    ]);
    expect(sandbox.getStatus("demo", "ok")).toBe("completed");
  });
});
