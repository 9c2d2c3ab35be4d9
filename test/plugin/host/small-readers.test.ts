import { describe, expect, it, vi } from "vitest";
import { wakeSession } from "../../../plugin/host/actions/send-message.ts";
import type { PluginApi } from "../../../plugin/host/plugin-api.ts";
import { notifyPolicies } from "../../../plugin/host/registry-location.ts";
import { readServiceContext } from "../../../plugin/host/service-context.ts";

const configured = (pluginConfig: unknown): PluginApi => ({ pluginConfig }) as unknown as PluginApi;

describe("notifyPolicies", () => {
  it.each<[unknown, object]>([
    [
      { notify: { cron: "done_only", cli: "state_changes", exec: "silent" } },
      { cron: "done_only", cli: "state_changes", exec: "silent" },
    ],
    [{ notify: { cron: "loud", subagent: 7, acp: null } }, {}],
    [{ notify: { everything: "silent", __proto__: { cron: "silent" } } }, { cron: "silent" }],
    [{ notify: "silent" }, {}],
    [{ notify: ["silent"] }, {}],
    [{}, {}],
    [undefined, {}],
    [null, {}],
    ["silent", {}],
  ])("reads %j as %j", (config, expected) => {
    expect(notifyPolicies(configured(config))).toEqual(expected);
  });
});

describe("readServiceContext", () => {
  it("returns the scheduler and the state directory", () => {
    const scheduler = { list: () => [] };
    const { getCron, stateDir } = readServiceContext({ getCron: () => scheduler, stateDir: "/state", more: 1 });
    expect(getCron?.()).toBe(scheduler);
    expect(stateDir).toBe("/state");
  });

  it.each([undefined, null, {}, { getCron: "yes", stateDir: 5 }, "context"])(
    "accepts missing or invalid values: %j",
    (context) => {
      expect(readServiceContext(context)).toEqual({ getCron: undefined, stateDir: undefined });
    },
  );
});

describe("wakeSession", () => {
  function host(takes: boolean): { api: PluginApi; events: unknown[][]; heartbeats: unknown[] } {
    const [events, heartbeats]: [unknown[][], unknown[]] = [[], []];
    const system = {
      enqueueSystemEvent: vi.fn((...args: unknown[]) => (events.push(args), takes)),
      requestHeartbeat: vi.fn((options: unknown) => heartbeats.push(options)),
    };
    return { api: { runtime: { system } } as unknown as PluginApi, events, heartbeats };
  }

  it("enqueues the text and wakes the agent at once, with its reply going to its own conversation", async () => {
    const { api, events, heartbeats } = host(true);
    expect(await wakeSession(api, "agent:main:telegram:direct:1", "✅ done")).toBe(true);
    const session = { sessionKey: "agent:main:telegram:direct:1", agentId: "main" };
    expect(events).toEqual([["✅ done", session]]);
    expect(heartbeats).toEqual([
      expect.objectContaining({ ...session, intent: "immediate", heartbeat: { target: "last" } }),
    ]);
  });

  it("names no agent when the session key has none", async () => {
    const { api, events } = host(true);
    await wakeSession(api, "global", "x");
    expect(events).toEqual([["x", { sessionKey: "global" }]]);
  });

  it("wakes no agent and returns false when the host rejects the text", async () => {
    const { api, heartbeats } = host(false);
    expect(await wakeSession(api, "agent:main:main", "x")).toBe(false);
    expect(heartbeats).toEqual([]);
  });
});
