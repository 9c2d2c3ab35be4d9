import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { type RegistrySandbox, useRun, useSandbox } from "../../support/registry-sandbox.ts";
import { computeFingerprint } from "../control-plane/support/served-registry.ts";
import { StreamClient } from "../control-plane/support/stream-client.ts";

/** As `npm run build` makes it. */
const CLAWTASK = fileURLToPath(new URL("../../../dist/clawtask.cjs", import.meta.url));

interface Announced {
  url: string;
  port: number;
  link: string;
  tokenFile: string;
  registryRoot: string;
  readOnly: boolean;
  isEmpty: boolean;
  uiLink?: string;
}

interface Serving extends Announced {
  process: ChildProcess;
  output: () => string;
}

/** `clawtask serve`, up to the moment in which it says where it is. */
async function useServe(sandbox: RegistrySandbox, ...args: string[]): Promise<Serving> {
  const child = spawn(
    process.execPath,
    [CLAWTASK, "--registry-root", sandbox.root, "serve", "--port", "0", "--json", ...args],
    {
      cwd: sandbox.root,
      env: { PATH: process.env["PATH"], HOME: sandbox.home },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  while (!output.includes("\n")) {
    const [what] = (await Promise.race([once(child.stdout, "data"), once(child, "exit")])) as [unknown];
    if (typeof what === "number") throw new Error(output);
  }
  return { ...(JSON.parse(output.split("\n")[0] ?? "") as Announced), process: child, output: () => output };
}

const serveNow = (sandbox: RegistrySandbox, ...args: string[]) =>
  spawnSync(process.execPath, [CLAWTASK, "--registry-root", sandbox.root, "serve", ...args], {
    cwd: sandbox.root,
    env: { PATH: process.env["PATH"], HOME: sandbox.home },
    encoding: "utf8",
  });

async function tokenBehind({ url, link }: Announced): Promise<string> {
  const response = await fetch(`${url}api/session/exchange`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code: link.split("=")[1] }),
  });
  return ((await response.json()) as { token: string }).token;
}

describe("clawtask serve", () => {
  it("changes nothing in the registry while clients read and listen", async () => {
    const sandbox = useRun({ nodes: [{ id: "a" }, { id: "b", needs: ["a"] }] });
    const before = computeFingerprint(sandbox);
    const serving = await useServe(sandbox);
    const authorization = `Bearer ${await tokenBehind(serving)}`;
    const client = StreamClient.overWebSocket(`${serving.url.replace("http", "ws")}api/stream`, {
      headers: { authorization },
    });
    await client.first("snapshot");
    for (const path of ["api/runs", "api/runs/demo/detail", "api/attention", "api/health", "api/tasks", "metrics", ""])
      expect((await fetch(serving.url + path, { headers: { authorization } })).status, path).toBe(200);

    serving.process.kill("SIGTERM");
    expect(await client.first("dropped")).toMatchObject({ code: "server_stopping" });
    expect(await client.closed).toMatchObject({ code: 1001 });
    expect(await once(serving.process, "exit")).toEqual([0, null]);
    expect(computeFingerprint(sandbox)).toBe(before);
    expect(serving.output()).not.toContain(authorization.slice("Bearer ".length));
  });

  it("changes nothing in a run when it is killed and restarted, and lets clients resume from their cursor", async () => {
    const sandbox = useRun({ nodes: [{ id: "a" }, { id: "b", needs: ["a"] }] });
    const first = await useServe(sandbox);
    const headers = { authorization: `Bearer ${await tokenBehind(first)}` };
    const before = StreamClient.overWebSocket(`${first.url.replace("http", "ws")}api/stream`, { headers });
    await before.first("snapshot");
    sandbox.ok("transition-node", "demo", "a", "running");
    await before.until(({ changes }) => changes.some(({ event }) => event === "node.started"));
    first.process.kill("SIGKILL");
    await before.closed;
    const journal = sandbox.text("runs/demo/events.jsonl");
    sandbox.ok("transition-node", "demo", "a", "completed");

    const second = await useServe(sandbox);
    const after = StreamClient.overWebSocket(`${second.url.replace("http", "ws")}api/stream?after=${before.cursor}`, {
      headers,
    });
    await after.until(({ changes }) => changes.some(({ event }) => event === "node.completed"));
    expect(after.messages[0]).toMatchObject({ type: "resumed", cursor: before.cursor });
    const received = [...before.changes, ...after.changes];
    expect(received.map(({ seq }) => seq)).toEqual(received.map((_, at) => (received[0]?.seq ?? 0) + at));
    expect(sandbox.text("runs/demo/events.jsonl").startsWith(journal)).toBe(true);
    expect(sandbox.ok("verify", "demo").code).toBe(0);
    after.close();
  });

  it("issues another link to a caller with the token file, and rotates the token on request", async () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const serving = await useServe(sandbox, "--read-only");
    const old = await tokenBehind(serving);
    const again = serveNow(sandbox, "--link", "--port", String(serving.port), "--json");
    const { link } = JSON.parse(again.stdout) as { link: string };
    expect(await tokenBehind({ ...serving, link })).toBe(old);
    const headers = { authorization: `Bearer ${old}` };
    expect(await (await fetch(`${serving.url}api/session`, { headers })).json()).toMatchObject({
      readOnly: true,
      registryRoot: sandbox.root,
    });

    serving.process.kill("SIGINT");
    expect(await once(serving.process, "exit")).toEqual([0, null]);
    const rotated = await useServe(sandbox, "--rotate-token");
    expect((await fetch(`${rotated.url}api/session`, { headers })).status).toBe(401);
    expect(await tokenBehind(rotated)).not.toBe(old);
  });

  it("reports an empty registry, such as one from a mistyped folder name", async () => {
    const sandbox = useSandbox();
    expect((await useServe(sandbox)).isEmpty).toBe(true);
    expect((await useServe(useRun({ nodes: [{ id: "a" }] }))).isEmpty).toBe(false);
  });

  it("reports errors in its arguments, the port and the UI folder", async () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const serving = await useServe(sandbox);
    const said = (...args: string[]) => {
      const { status, stderr } = serveNow(sandbox, ...args);
      return { status, stderr };
    };
    expect(said("--port", String(serving.port))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("is in use") as string,
    });
    expect(said("--host", "0.0.0.0")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("--allow-host") as string,
    });
    expect(said("--port", "99999")).toMatchObject({ status: 2 });
    expect(said("--ui", "nowhere")).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("index.html") as string,
    });
    expect(said("--link", "--port", "1")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("no server") as string,
    });
    expect(serveNow(sandbox, "--help").stdout).toContain("usage: clawtask serve");
  });
});

describe("clawtask serve --ui with a page that sends no headers", () => {
  it("serves the page at /, authenticates it by the cookie of its link and accepts its requests", async () => {
    const sandbox = useRun({
      nodes: [
        { id: "a", kind: "session_turn" },
        { id: "w", kind: "wait", needs: ["a"] },
      ],
    });
    sandbox.write(
      "ui/index.html",
      "<!doctype html><div id=root></div><script type=module src=/assets/index-0123abcd.js></script>",
    );
    sandbox.write("ui/assets/index-0123abcd.js", "fetch('/api/runs')");
    const serving = await useServe(sandbox, "--ui", sandbox.path("ui"));
    const origin = serving.url.slice(0, -1);
    expect(await (await fetch(serving.url)).text()).toContain("index-0123abcd.js");
    expect((await fetch(`${serving.url}assets/index-0123abcd.js`)).headers.get("cache-control")).toContain("immutable");
    expect(await (await fetch(`${serving.url}clawtask/`)).text()).toContain("<title>ClawTask</title>");
    expect((await fetch(`${serving.url}api/runs`)).status).toBe(401);

    const opened = await fetch(serving.uiLink ?? "", { redirect: "manual" });
    expect([opened.status, opened.headers.get("location")]).toEqual([303, "/"]);
    const setCookie = opened.headers.get("set-cookie") ?? "";
    expect(setCookie).toMatch(new RegExp(`^clawtask_${serving.port}=[\\w-]+; Path=/; HttpOnly; SameSite=Strict$`));
    expect((await fetch(serving.uiLink ?? "", { redirect: "manual" })).status).toBe(401);
    const cookie = setCookie.split(";")[0] ?? "";

    // What its pages call: no header but Content-Type, an action repeated in the body, a bare WebSocket.
    const runs = (await (await fetch(`${serving.url}api/runs`, { headers: { cookie } })).json()) as { runId: string }[];
    expect(runs.map(({ runId }) => runId)).toEqual(["demo"]);
    for (const path of ["api/runs/demo", "api/runs/demo/events", "api/runs/demo/nodes/a/documents"])
      expect((await fetch(serving.url + path, { headers: { cookie } })).status, path).toBe(200);
    const stream = StreamClient.overWebSocket(`${serving.url.replace("http", "ws")}api/runs/demo/stream`, {
      headers: { cookie, origin },
    });
    await stream.until(({ messages }) => messages.length > 0);
    const act = (action: string, headers: Record<string, string>) =>
      fetch(`${serving.url}api/runs/demo/actions/${action}`, {
        method: "POST",
        headers: { cookie, "content-type": "application/json", ...headers },
        body: JSON.stringify({ action, message: "from the page" }),
      });
    expect(await (await act("pause", { origin })).json()).toMatchObject({ runId: "demo", status: "paused" });
    await stream.until(({ messages }) => (messages.at(-1) as { status?: string } | undefined)?.status === "paused");
    expect((await act("resume", { origin })).status).toBe(200);

    // The browser sends the cookie for whatever page asks: others are told apart by their origin.
    expect((await act("pause", {})).status).toBe(403);
    expect((await act("pause", { origin: "http://127.0.0.1:1" })).status).toBe(403);
    expect((await act("pause", { "sec-fetch-site": "same-site" })).status).toBe(403);
    expect((await fetch(`${serving.url}api/runs`, { headers: { cookie, "sec-fetch-site": "same-site" } })).status).toBe(
      403,
    );
    const foreign = StreamClient.overWebSocket(`${serving.url.replace("http", "ws")}api/runs/demo/stream`, {
      headers: { cookie, origin: "http://127.0.0.1:1" },
    });
    expect(await foreign.opened).toEqual({ status: 403 });
    const anonymous = StreamClient.overWebSocket(`${serving.url.replace("http", "ws")}api/runs/demo/stream`, {
      headers: { cookie },
    });
    expect(await anonymous.opened).toEqual({ status: 403 });
    stream.close();
  });
});
