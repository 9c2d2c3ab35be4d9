import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { scriptedAgent } from "./scenario/scripted-agent.ts";
import { runCommand } from "./support/cli.ts";
import { type ControlUi, openControlUi } from "./support/control-ui.ts";
import { startForeignPage } from "./support/foreign-page.ts";
import type { Host } from "./support/openclaw-host.ts";
import { startStage, type Stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const START_MS = 360_000;
const MOUNT = "/plugins/clawtask";
const FRAME_MOUNT = "/plugins/clawtask-frame";

describe("the control plane in a real gateway", () => {
  let stage: Stage;
  let host: Host;

  const root = (): string => join(host.workspaceDir, "clawtask");
  const clawtask = async (...args: string[]): Promise<void> => {
    const command = [join(PACKAGE, "dist/clawtask.cjs"), "--registry-root", root(), ...args];
    const { code, stderr } = await runCommand(process.execPath, command, host.env);
    if (code !== 0) throw new Error(stderr);
  };
  const ask = (
    path: string,
    init: { method?: string; headers?: Record<string, string>; body?: string } = {},
    token: string | undefined = host.token,
  ): Promise<Response> =>
    fetch(`${host.url}${MOUNT}${path}`, {
      ...init,
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...init.headers },
    });

  beforeAll(async () => {
    stage = await startStage(scriptedAgent);
    ({ host } = stage);
    await clawtask("workflow", "new", "look", "--template", "blank");
    await clawtask(
      "scaffold",
      "--workflow-path",
      "workflows/look.task.md",
      "--run-id",
      "look-1",
      "--source-session-key",
      "agent:main:main",
    );
  }, START_MS);

  afterAll(async () => stage?.close(), START_MS);

  it("rejects requests without the gateway's token on every path", async () => {
    for (const path of ["/", "/api/session", "/api/events/stream", "/metrics"]) {
      for (const token of ["", "wrong"]) {
        const response = await fetch(`${host.url}${MOUNT}${path}`, {
          headers: token === "" ? {} : { authorization: `Bearer ${token}` },
        });
        expect(response.status, path).toBe(401);
      }
    }
  });

  it("serves the page and the API, reports where it is mounted and ignores scopes from the client", async () => {
    const page = await ask("/");
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'self'");
    expect(await page.text()).toContain("<title>ClawTask</title>");
    const session = await ask("/api/session", { headers: { "x-openclaw-scopes": "operator.read" } });
    expect(await session.json()).toMatchObject({
      mode: "gateway",
      scope: "write",
      registryRoot: root(),
      host: { connected: true },
    });
  });

  it("executes a command through the recorder and records the API as its author", async () => {
    const response = await ask("/api/runs/look-1/actions/pause", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ message: "wait for the budget" }),
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ runId: "look-1", status: "paused" });
    const journal = (await (await ask("/api/runs/look-1/journal")).json()) as { events: { event: string }[] };
    expect(JSON.stringify(journal.events.filter(({ event }) => event.startsWith("control.")))).toContain("gateway api");
  });

  it("rejects commands from a cross-origin page, even with the token", async () => {
    const response = await ask("/api/runs/look-1/actions/resume", {
      method: "POST",
      headers: { origin: "https://evil.example" },
    });
    expect(response.status).toBe(403);
    expect(await (await ask("/api/runs/look-1")).json()).toMatchObject({ status: "paused" });
  });

  it("streams over WebSocket and as server-sent events to clients with the token", async () => {
    const address = `${host.url.replace("http", "ws")}${MOUNT}/api/stream`;
    const socket = new WebSocket(address, { headers: { authorization: `Bearer ${host.token}` } });
    const messages: { type: string; changes?: { id: string }[] }[] = [];
    socket.on("message", (data: Buffer) => messages.push(JSON.parse(data.toString()) as (typeof messages)[number]));
    await until(() => messages.length > 0, { deadlineMs: 40_000, what: "the snapshot" });
    expect(messages[0]?.type).toBe("snapshot");
    await clawtask("progress", "look-1", "half way");
    await until(() => messages.some(({ changes }) => changes?.some(({ id }) => id === "look-1")), {
      deadlineMs: 40_000,
      what: "the change",
    });
    socket.close();

    const refused = new WebSocket(address);
    const status = await new Promise((resolve) => {
      refused.on("unexpected-response", (_request, response) => resolve(response.statusCode));
      refused.on("error", () => undefined);
    });
    expect(status).toBe(401);

    const events = await ask("/api/events/stream");
    expect(events.headers.get("content-type")).toContain("text/event-stream");
    await events.body?.cancel();
  });

  it("is a tab of the Control UI that reads in its frame, receives changes and cannot write", async () => {
    const ui: ControlUi = await openControlUi(host);
    try {
      await ui.page.getByText("ClawTask", { exact: true }).first().waitFor({ timeout: 90_000 });
      await ui.page.goto(`${host.url}/clawtask`);
      const frame = ui.page.frameLocator(`iframe[src^="${MOUNT}"]`);
      await frame.getByText("look-1").or(frame.getByText("read only")).first().waitFor({ timeout: 90_000 });

      const inside = await until(() => ui.page.frames().find((one) => one.url().includes(`${MOUNT}/`)), {
        deadlineMs: 40_000,
        what: "the frame",
      });
      expect(await inside.evaluate("globalThis.origin")).toBe("null");
      const key = await inside.evaluate<string>('document.querySelector("meta[name=clawtask-frame]").content');
      const inFrame = (
        path: string,
        { mount, ...init }: { mount: string; method?: string; credentials?: "include" },
      ): Promise<{ status: number; body: string } | string> =>
        inside.evaluate(
          async ([address, how]) => {
            try {
              const response = await fetch(address, how);
              return { status: response.status, body: await response.text() };
            } catch (error) {
              return String(error);
            }
          },
          [
            `${host.url}${mount}${path}`,
            { ...init, headers: init.credentials === "include" ? {} : { "x-clawtask-frame": key } },
          ] as const,
        );
      const session = await inFrame("/api/session", { mount: FRAME_MOUNT });
      expect(typeof session === "string" ? session : (JSON.parse(session.body) as unknown)).toMatchObject({
        mode: "gateway-frame",
        scope: "read",
        readOnly: true,
      });
      // With its cookie alone not even our own page is given an answer; and its key is good for reading only.
      expect(await inFrame("/api/session", { mount: MOUNT, credentials: "include" })).toMatch(/Failed to fetch/);
      const resume = await inFrame("/api/runs/look-1/actions/resume", { mount: FRAME_MOUNT, method: "POST" });
      expect(resume).toMatchObject({ status: 403 });
      expect(await (await ask("/api/runs/look-1")).json()).toMatchObject({ status: "paused" });

      // A page of somebody else in another tab of the same browser, which sends its cookies along.
      const evil = await startForeignPage(
        ["/api/session", "/api/runs", "/api/runs/look-1/files?path=workflow.lock.md", "/"].map(
          (path) => `${host.url}${MOUNT}${path}`,
        ),
      );
      try {
        const other = await ui.page.context().newPage();
        await other.goto(evil.url);
        const got = await until(() => other.evaluate<string[] | null>("globalThis.got"), {
          deadlineMs: 40_000,
          what: "the words of the foreign page",
        });
        expect(got).toHaveLength(8);
        for (const line of got) expect(line).toMatch(/TypeError: Failed to fetch$/);
        await other.close();
      } finally {
        evil.close();
      }

      await inside.evaluate('location.hash = "#/runs"');
      await frame.getByText("look-1").first().waitFor({ timeout: 45_000 });
      await clawtask(
        "scaffold",
        "--workflow-path",
        "workflows/look.task.md",
        "--run-id",
        "look-2",
        "--source-session-key",
        "agent:main:main",
      );
      await frame.getByText("look-2").first().waitFor({ timeout: 45_000 });
    } finally {
      await ui.close();
    }
  });
});
