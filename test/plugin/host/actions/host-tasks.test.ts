import { beforeEach, describe, expect, it, vi } from "vitest";
import { HostTasks } from "../../../../plugin/host/actions/host-tasks.ts";
import { GatewayRequestError, type OutgoingRequest } from "../../../../plugin/host/connection/gateway-requests.ts";
import type { PluginApi } from "../../../../plugin/host/plugin-api.ts";
import { CLI_BROADCAST, CLI_VIEW, CRON_BROADCAST, EXEC_VIEW } from "../../support/host-rows.ts";

type Ask = (request: OutgoingRequest) => unknown;

let connected: boolean;
let ask: ReturnType<typeof vi.fn<Ask>>;
const bound = { list: vi.fn(), resolve: vi.fn(), cancel: vi.fn() };
const bindSession = vi.fn((_owner: { sessionKey: string; agentId?: string }) => bound);
const CONFIG = { gateway: {} };

const api = {
  runtime: {
    config: { current: () => CONFIG },
    tasks: { async: { runs: { bindSession } }, runs: { bindSession } },
  },
} as unknown as PluginApi;
const tasks = new HostTasks({
  gateway: {
    get state() {
      return { connected };
    },
    request: (request) => {
      if (!connected) return Promise.reject(new GatewayRequestError("offline", request.method, "not connected"));
      return Promise.resolve().then(() => ask(request));
    },
  },
  api: () => api,
});

const requestError = (code: string, message = code, retryable = false): GatewayRequestError =>
  new GatewayRequestError("refused", "m", message, {
    code,
    message,
    detail: undefined,
    retryable,
    retryAfterMs: retryable ? 1 : undefined,
  });
const row = (id: string): object => ({ ...CLI_BROADCAST, id, taskId: id });
const ids = (list: { rows: readonly { hostTaskId: string }[] }): string[] => list.rows.map((one) => one.hostTaskId);
const NO_SESSIONS = { sessionKeys: [] };

beforeEach(() => {
  connected = true;
  ask = vi.fn<Ask>(() => ({ tasks: [] }));
  for (const method of Object.values(bound)) method.mockReset();
  bindSession.mockClear();
});

describe("the task list", () => {
  it("reads all pages", async () => {
    ask.mockReturnValueOnce({ tasks: [row("a"), row("b")], nextCursor: "c1" });
    ask.mockReturnValueOnce({ tasks: [row("c"), "garbage", CRON_BROADCAST] });
    const list = await tasks.list({ only: "all", ...NO_SESSIONS });
    expect(list.complete).toBe(true);
    expect(ids(list)).toEqual(["a", "b", "c", CRON_BROADCAST.taskId]);
    expect(ask.mock.calls.map(([{ params }]) => params)).toEqual([{ limit: 500 }, { limit: 500, cursor: "c1" }]);
  });

  it("requests only open tasks when asked", async () => {
    await tasks.list({ only: "open", ...NO_SESSIONS });
    expect(ask).toHaveBeenCalledWith({ method: "tasks.list", params: { limit: 500, status: ["queued", "running"] } });
  });

  it("starts again when the ledger changed between two pages", async () => {
    ask.mockReturnValueOnce({ tasks: [row("a")], nextCursor: "c1" });
    ask.mockImplementationOnce(() => {
      throw requestError("INVALID_REQUEST", "invalid or expired tasks.list cursor");
    });
    ask.mockReturnValueOnce({ tasks: [row("b"), row("a")] });
    const list = await tasks.list({ only: "all", ...NO_SESSIONS });
    expect(list.complete).toBe(true);
    expect(ids(list)).toEqual(["a", "b"]);
  });

  it("is incomplete when the ledger keeps changing", async () => {
    ask.mockImplementation(({ params }) => {
      if (params !== undefined && "cursor" in params) throw requestError("INVALID_REQUEST");
      return { tasks: [row("a")], nextCursor: "c1" };
    });
    expect(await tasks.list({ only: "all", ...NO_SESSIONS })).toMatchObject({ complete: false, rows: [{}] });
    ask.mockImplementation(() => {
      throw requestError("UNAVAILABLE", "did not stabilize", true);
    });
    expect(await tasks.list({ only: "all", ...NO_SESSIONS })).toEqual({ complete: false, rows: [] });
  });

  it("ends and is incomplete when the gateway repeats a page", async () => {
    ask.mockReturnValue({ tasks: [row("a")], nextCursor: "again" });
    expect(await tasks.list({ only: "all", ...NO_SESSIONS })).toMatchObject({ complete: false, rows: [{}] });
  });

  it.each([
    ["without the connection", () => void (connected = false)],
    [
      "when the gateway refuses",
      () =>
        void ask.mockImplementation(() => {
          throw requestError("FORBIDDEN");
        }),
    ],
  ])("contains the tasks of the given sessions and is incomplete %s", async (_what, arrange) => {
    arrange();
    bound.list.mockResolvedValueOnce([CLI_VIEW, EXEC_VIEW]).mockResolvedValueOnce([EXEC_VIEW]);
    const sessionKeys = ["agent:main:main", "agent:main:main", "global"];
    expect(await tasks.list({ only: "open", sessionKeys })).toMatchObject({
      complete: false,
      rows: [{ runtime: "exec", status: "running" }],
    });
    expect(bindSession.mock.calls).toEqual([
      [{ sessionKey: "agent:main:main", agentId: "main" }],
      [{ sessionKey: "global" }],
    ]);
  });
});

describe("one task", () => {
  it("is returned with its whole text", async () => {
    ask.mockReturnValue({ task: { ...CLI_BROADCAST, prompt: "all of it" } });
    expect(await tasks.get("t")).toMatchObject({ task: "all of it" });
    expect(ask).toHaveBeenCalledWith({ method: "tasks.get", params: { taskId: "t" } });
  });

  it("is undefined when the host does not know it, and an error when the request fails", async () => {
    ask.mockImplementation(() => {
      throw requestError("INVALID_REQUEST", "task not found: t");
    });
    expect(await tasks.get("t")).toBeUndefined();
    connected = false;
    await expect(tasks.get("t")).rejects.toBeInstanceOf(GatewayRequestError);
  });

  it("is resolved from the run of a session without the connection, and is undefined for an ordinary turn", async () => {
    connected = false;
    bound.resolve.mockResolvedValueOnce(CLI_VIEW).mockResolvedValueOnce(undefined);
    expect(await tasks.resolveRun({ sessionKey: "agent:main:x", runId: "r" })).toMatchObject({ runtime: "cli" });
    expect(bound.resolve).toHaveBeenCalledWith("r");
    expect(await tasks.resolveRun({ sessionKey: "agent:main:x", runId: "r" })).toBeUndefined();
  });
});

describe("the cancellation of a task", () => {
  it.each([
    [{ found: true, cancelled: true, task: CLI_BROADCAST }, { ok: true }],
    [
      { found: true, cancelled: false, reason: "Task is already terminal." },
      { ok: false, reason: "over" },
    ],
    [
      { found: false, cancelled: false, reason: "Task not found." },
      { ok: false, reason: "unknown_task" },
    ],
    [
      {
        found: true,
        cancelled: false,
        reason: "Task has no live run owner. Use openclaw tasks audit to inspect its state.",
      },
      { ok: false, reason: "cannot" },
    ],
    [
      { found: true, cancelled: false, reason: "Cron task has no active cancellation handle." },
      { ok: false, reason: "cannot" },
    ],
    [
      { found: true, cancelled: false, reason: "Subagent completion is still being finalized." },
      { ok: false, reason: "failed", message: "Subagent completion is still being finalized." },
    ],
    ["garbage", { ok: false, reason: "unknown_task", message: "the host gave no reason" }],
  ])("reads the host's answer %j", async (answer, expected) => {
    ask.mockReturnValue(answer);
    expect(await tasks.cancel({ hostTaskId: "t", reason: "not needed" })).toMatchObject(expected);
    expect(ask).toHaveBeenCalledWith({
      method: "tasks.cancel",
      params: { taskId: "t", reason: "Cancelled by operator. not needed" },
      timeoutMs: 20_000,
    });
  });

  it.each([
    [new GatewayRequestError("timeout", "tasks.cancel", "no answer"), "unsure"],
    [new GatewayRequestError("closed", "tasks.cancel", "1012"), "unsure"],
    [requestError("FORBIDDEN", "missing scope: operator.write"), "failed"],
    [new Error("something else"), "failed"],
  ])("never throws (%s)", async (error, reason) => {
    ask.mockImplementation(() => {
      throw error;
    });
    expect(await tasks.cancel({ hostTaskId: "t" })).toEqual({ ok: false, reason, message: error.message });
  });

  it("runs in-process without the connection when the requester is known", async () => {
    connected = false;
    bound.cancel.mockResolvedValue({ found: true, cancelled: true });
    const task = { hostTaskId: "t", requesterSessionKey: "agent:main:main", reason: "r" };
    expect(await tasks.cancel(task)).toEqual({ ok: true });
    expect(bound.cancel).toHaveBeenCalledWith({ taskId: "t", cfg: CONFIG });
    expect(bindSession).toHaveBeenCalledWith({ sessionKey: "agent:main:main", agentId: "main" });
  });

  it("is offline without the connection and a requester", async () => {
    connected = false;
    expect(await tasks.cancel({ hostTaskId: "t" })).toMatchObject({ ok: false, reason: "offline" });
  });
});
