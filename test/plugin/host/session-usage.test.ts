import { describe, expect, it } from "vitest";
import type { PluginApi } from "../../../plugin/host/plugin-api.ts";
import { readSessionUsage } from "../../../plugin/host/session-usage.ts";

const hostWith = (entry: unknown): PluginApi =>
  ({ runtime: { agent: { session: { getSessionEntry: () => Promise.resolve(entry) } } } }) as unknown as PluginApi;
const ENTRY = { sessionId: "s1", inputTokens: 100, outputTokens: 20, cacheRead: 900, estimatedCostUsd: 0.5 };

describe("readSessionUsage", () => {
  it.each<[string, unknown, string | undefined, object | undefined]>([
    ["all that the host tells", ENTRY, "s1", { input: 100, output: 20, cached: 900, costUsd: 0.5 }],
    ["tokens without a price", { inputTokens: 1, outputTokens: 0 }, undefined, { input: 1, output: 0 }],
    ["nothing of another session under the same key", ENTRY, "s2", undefined],
    ["nothing while the host has not closed its books", { sessionId: "s1" }, "s1", undefined],
    ["nothing of odd values", { inputTokens: "many", outputTokens: null }, undefined, undefined],
    ["nothing of a session that is gone", undefined, undefined, undefined],
  ])("reads %s", async (_what, entry, sessionId, expected) => {
    expect(await readSessionUsage(hostWith(entry), { sessionKey: "agent:main:subagent:1", sessionId })).toEqual(
      expected,
    );
  });
});
