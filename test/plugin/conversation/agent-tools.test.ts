import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { agentTools } from "../../../plugin/conversation/agent-tools.ts";
import type { ToolCaller } from "../../../plugin/host/register/register-tools.ts";
import { childSpawn, OTHER_TOPIC, SmallLedger, TOPIC } from "../support/small-ledger.ts";

const MAX_WORDS = 200;

let ledger: SmallLedger;
const tool = (name: string, params: object, caller: Partial<ToolCaller> = {}): Promise<unknown> => {
  const found = agentTools(ledger.call).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no tool ${name}`);
  return found.answer(params as Record<string, unknown>, { sessionKey: TOPIC, isOwner: false, ...caller });
};
const unknownTask = { ok: false, error: { code: "task_not_found" } };

beforeEach(() => {
  ledger = new SmallLedger();
});

describe("the agent tool definitions", () => {
  it("use fewer than 200 words, including names and choices", () => {
    const words = agentTools(new SmallLedger().call).flatMap((one) =>
      listTexts([one.name, one.description, one.parameters]),
    );
    expect(words.join(" ").split(/\s+/).length).toBeLessThan(MAX_WORDS);
  });

  it("match the plugin manifest", () => {
    const manifest = JSON.parse(readFileSync(new URL("../../../openclaw.plugin.json", import.meta.url), "utf8"));
    const names = agentTools(ledger.call).map(({ name }) => name);
    expect(manifest.contracts.tools).toEqual(names);
    expect(Object.keys(manifest.toolMetadata as object)).toEqual(names);
  });
});

/** All that a model reads of a schema: names of parameters, descriptions, choices. */
function listTexts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(listTexts);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...listTexts(inner)]);
}

describe("clawtask_tasks", () => {
  it("lists the tasks that the session requested and the task it is working on", async () => {
    ledger.start("alpha");
    ledger.start("gamma", OTHER_TOPIC);
    expect(await tool("clawtask_tasks", {})).toMatchObject({ ok: true, tasks: [{ what: "alpha", status: "running" }] });
    expect(await tool("clawtask_tasks", {}, { sessionKey: childSpawn("alpha") })).toMatchObject({
      ok: true,
      yours: { what: "alpha" },
      tasks: [],
    });
  });

  it("shows a task in full only to its requester and the owner", async () => {
    const taskId = ledger.start("alpha");
    expect(await tool("clawtask_tasks", { ref: taskId })).toMatchObject({ ok: true, task: { task: "do alpha" } });
    expect(await tool("clawtask_tasks", { ref: taskId }, { sessionKey: OTHER_TOPIC })).toMatchObject(unknownTask);
    expect(await tool("clawtask_tasks", { ref: taskId }, { sessionKey: undefined })).toMatchObject(unknownTask);
    expect(await tool("clawtask_tasks", { ref: taskId }, { sessionKey: OTHER_TOPIC, isOwner: true })).toMatchObject({
      ok: true,
    });
  });

  it("omits ended tasks on request, and always omits empty fields", async () => {
    ledger.start("alpha");
    ledger.start("beta");
    ledger.end("beta");
    const answer = (await tool("clawtask_tasks", { open: true })) as { tasks: object[] };
    expect(answer.tasks).toHaveLength(1);
    expect(JSON.stringify(answer)).not.toMatch(/null|""/);
  });
});

describe("clawtask_report", () => {
  it("reports on the caller's own task when no task is named", async () => {
    ledger.start("alpha");
    const report = {
      phase: "testing",
      block: "approval",
      update: "12 of 40",
      next: "approve it",
      artifacts: ["a", "b"],
    };
    expect(await tool("clawtask_report", report, { sessionKey: childSpawn("alpha") })).toMatchObject({ ok: true });
    expect(ledger.named("alpha")).toMatchObject({
      phase: "testing",
      blockReason: "approval",
      latestUpdate: "12 of 40",
      nextAction: "approve it",
      artifacts: ["a", "b"],
      isReported: true,
    });
  });

  it("does not treat a task requested by the session as its own", async () => {
    ledger.start("alpha");
    expect(await tool("clawtask_report", { phase: "testing" })).toMatchObject(unknownTask);
    expect(await tool("clawtask_report", { phase: "testing", ref: childSpawn("alpha") })).toMatchObject({ ok: true });
  });

  it("treats text that looks like options as text, and rejects unknown phases", async () => {
    ledger.start("alpha");
    const caller = { sessionKey: childSpawn("alpha") };
    await tool("clawtask_report", { update: "--phase=done -- $(rm -rf /)" }, caller);
    expect(ledger.named("alpha")).toMatchObject({ latestUpdate: "--phase=done -- $(rm -rf /)", phase: null });
    expect(await tool("clawtask_report", { phase: "dancing" }, caller)).toMatchObject({ error: { code: "usage" } });
    expect(await tool("clawtask_report", {}, caller)).toMatchObject({ error: { code: "usage" } });
  });
});

describe("clawtask_cancel", () => {
  it("rejects a task of another session", async () => {
    const taskId = ledger.start("gamma", OTHER_TOPIC);
    expect(await tool("clawtask_cancel", { ref: taskId })).toMatchObject(unknownTask);
    expect(await tool("clawtask_cancel", {})).toMatchObject(unknownTask);
    expect(ledger.named("gamma").cancel).toBeNull();
  });
});
