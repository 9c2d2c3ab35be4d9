import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listCronJobs } from "../../plugin/host/actions/cron-jobs.ts";
import { type HostRuntime, type HostTaskRow, readTaskEvent } from "../../plugin/host/actions/host-task-row.ts";
import { HostTasks } from "../../plugin/host/actions/host-tasks.ts";
import { type ConnectionState, GatewayConnection } from "../../plugin/host/connection/gateway-connection.ts";
import { gatewayAccess } from "../../plugin/host/connection/gateway-credentials.ts";
import type { PluginApi } from "../../plugin/host/plugin-api.ts";
import type { Host } from "./support/openclaw-host.ts";
import type { ModelReply, ModelRequest } from "./support/scripted-model.ts";
import { startStage, type Stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

const DEADLINE_MS = 90_000;

/** The prompt names the tool; whatever the host writes around it does not matter. */
function respond({ prompt, toolResults, turn }: ModelRequest): ModelReply {
  if (turn !== "prompt") return { text: "NO_REPLY" };
  if (toolResults.length > 0) return { text: "started" };
  const command = /run: (.*)/.exec(prompt)?.[1];
  if (command !== undefined) return { toolCalls: [{ name: "exec", args: { command, background: true } }] };
  const task = /spawn: (.*)/.exec(prompt)?.[1];
  if (task !== undefined) return { toolCalls: [{ name: "sessions_spawn", args: { task, label: "child" } }] };
  return { text: "hello", ...(prompt.includes("slow") && { delayMs: 60_000 }) };
}

describe("GatewayConnection to a real gateway", () => {
  let stage: Stage;
  let host: Host;
  let connection: GatewayConnection;
  let tasks: HostTasks;
  const rows: HostTaskRow[] = [];
  const cronEvents: unknown[] = [];
  const others = new Set<string>();
  let opened = 0;
  let gaps = 0;

  const connect = (token: string, onState: (state: ConnectionState) => void): GatewayConnection =>
    new GatewayConnection({
      credentials: () => gatewayAccess({ config: { gateway: { port: host.port, auth: { token } } }, env: {} }),
      onEvent: (name, payload) => {
        if (name === "cron") cronEvents.push(payload);
        else if (name !== "task") others.add(name);
        const event = name === "task" ? readTaskEvent(payload) : undefined;
        if (event?.kind === "row") rows.push(event.row);
      },
      onOpen: () => void (opened += 1),
      onGap: () => void (gaps += 1),
      onState,
      log: { info: () => undefined, warn: (text) => console.warn(text) },
    });
  const found = <T>(what: string, probe: () => T | Promise<T>): ReturnType<typeof until<T>> =>
    until(probe, { deadlineMs: DEADLINE_MS, what, explain: () => JSON.stringify(rows.slice(-5)) });
  const findReported = (runtime: HostRuntime, title: string, status: HostTaskRow["status"]): Promise<HostTaskRow> =>
    found(`${runtime} "${title}" to be ${status}`, () =>
      rows.findLast((row) => row.runtime === runtime && row.title?.includes(title) && row.status === status),
    );
  /** As `openclaw agent` does it, without the seconds that a command takes to start. */
  const say = (message: string): Promise<unknown> => {
    const key = Math.random().toString(36).slice(2);
    const params = { agentId: "main", sessionKey: `agent:main:${key}`, message, idempotencyKey: key };
    return connection.request({ method: "agent", params });
  };
  const addJob = async (name: string, command: string): Promise<string> => {
    const args = ["cron", "add", "--every", "1h", "--no-deliver", "--name", name, "--command", command];
    const { id } = (await host.cliJson(args)) as { id: string };
    await host.cliJson(["cron", "run", id]);
    return id;
  };

  beforeAll(async () => {
    stage = await startStage({ respond, bare: true });
    ({ host } = stage);
    connection = connect(host.token, () => undefined);
    // Only the connection is on trial: what goes in-process needs a plugin.
    tasks = new HostTasks({ gateway: connection, api: () => ({}) as PluginApi });
    connection.start();
    await found("the connection", () => opened === 1);
  });

  afterAll(async () => {
    await connection?.close();
    await stage?.close();
  });

  it("receives events of a command-line run", async () => {
    const args = ["agent", "--agent", "main", "--session-key", "agent:main:terminal", "--message", "say hello"];
    expect((await host.cli(args)).stdout).toContain("hello");
    const running = await findReported("cli", "say hello", "running");
    expect(await findReported("cli", "say hello", "succeeded")).toMatchObject({
      hostTaskId: running.hostTaskId,
      requesterSessionKey: "agent:main:terminal",
      runId: running.runId,
      isSystem: false,
    });
    expect(await tasks.get(running.hostTaskId)).toMatchObject({ status: "succeeded", task: "say hello" });
  });

  it("receives events of background commands and cancels one", async () => {
    await say("run: sleep 1; exit 3");
    expect(await findReported("exec", "exit 3", "failed")).toMatchObject({ error: "Command failed (exit code 3)" });

    await say("run: sleep 59");
    const { hostTaskId } = await findReported("exec", "sleep 59", "running");
    expect(await tasks.cancel({ hostTaskId, reason: "not needed" })).toEqual({ ok: true });
    await findReported("exec", "sleep 59", "cancelled");
    expect(await tasks.cancel({ hostTaskId })).toMatchObject({ ok: false, reason: "over" });
  });

  it("receives events of automations, lists their jobs and cancels a run", async () => {
    const quick = await addJob("quick job", "echo out");
    expect(await findReported("cron", "quick job", "succeeded")).toMatchObject({
      cronJobId: quick,
      cronRunAtMs: expect.any(Number) as number,
      requesterSessionKey: undefined,
      terminalSummary: "out",
    });

    const slow = await addJob("slow job", "sleep 59");
    const { hostTaskId, cronRunAtMs } = await findReported("cron", "slow job", "running");
    expect(await tasks.cancel({ hostTaskId, reason: "not needed" })).toEqual({ ok: true });
    await findReported("cron", "slow job", "cancelled");
    await found("the end of the run, told as what it is", () =>
      cronEvents.find((event) => {
        const { jobId, action, runAtMs, error } = event as Record<string, unknown>;
        const words = String(error);
        return jobId === slow && action === "finished" && runAtMs === cronRunAtMs && words.startsWith("Cancelled by");
      }),
    );

    const jobs = await listCronJobs(connection);
    expect(jobs.filter(({ isSystem }) => !isSystem).map(({ jobId }) => jobId)).toEqual(
      expect.arrayContaining([quick, slow]),
    );
    expect(jobs.filter(({ isSystem }) => isSystem).map(({ payloadKind }) => payloadKind)).toContain("heartbeat");
    expect(jobs.find(({ jobId }) => jobId === slow)).toMatchObject({ payloadKind: "command", task: "sleep 59" });
  });

  it("cancels an agent run and a child, and lists open tasks", async () => {
    await say("be slow");
    await say("spawn: slow work");
    const run = await findReported("cli", "be slow", "running");
    const child = await findReported("subagent", "child", "running");
    const open = await tasks.list({ only: "open", sessionKeys: [] });
    expect(open.complete).toBe(true);
    expect(open.rows.map(({ hostTaskId }) => hostTaskId)).toEqual(
      expect.arrayContaining([run.hostTaskId, child.hostTaskId]),
    );
    for (const { hostTaskId } of [run, child]) expect(await tasks.cancel({ hostTaskId })).toEqual({ ok: true });
    await findReported("cli", "be slow", "cancelled");
    await findReported("subagent", "child", "cancelled");
    expect((await tasks.list({ only: "all", sessionKeys: [] })).rows.length).toBeGreaterThan(6);
    expect(await tasks.get("nobody")).toBeUndefined();
    expect(await tasks.cancel({ hostTaskId: "nobody" })).toMatchObject({ ok: false, reason: "unknown_task" });
  });

  it("receives no session events and has no gaps", () => {
    expect([...others].filter((name) => ["agent", "chat", "session.tool"].includes(name))).toEqual([]);
    expect(gaps).toBe(0);
  });

  it("reports the reason when the token is wrong", async () => {
    const states: ConnectionState[] = [];
    const stranger = connect("not-the-token", (state) => void states.push(state));
    stranger.start();
    await found("to be turned away", () => JSON.stringify(states).includes("AUTH_TOKEN_MISMATCH"));
    await stranger.close();
  });

  it("reconnects after the gateway restarts", async () => {
    await host.restart();
    await found("the next connection", () => opened === 2);
    expect((await tasks.list({ only: "all", sessionKeys: [] })).rows.length).toBeGreaterThan(6);
  });
});
