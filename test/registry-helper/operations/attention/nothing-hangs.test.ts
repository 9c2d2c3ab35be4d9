import { afterEach, beforeEach, expect, it } from "vitest";
import type { TaskCommand } from "../../../../registry-helper/domain/task/commands.ts";
import type { AttentionItem } from "../../../../registry-helper/model/attention-item.ts";
import { timeOrderedId } from "../../../../registry-helper/model/ids.ts";
import type { Micros } from "../../../../registry-helper/model/time.ts";
import { callOperation } from "../../../../registry-helper/operations/call-operation.ts";
import { createOperationContext } from "../../../../registry-helper/operations/operation-context.ts";
import { commitTask } from "../../../../registry-helper/operations/tasks/commit-task.ts";
import { openRegistry, type Registry } from "../../../../registry-helper/registry/registry.ts";
import { RegistrySandbox } from "../../../support/registry-sandbox.ts";

const DAY: Micros = 24 * 3_600 * 1_000_000;
const OWNER = "agent:main:main";
const ROUTE = { channel: "telegram", to: "telegram:42", sessionKey: OWNER };

let sandbox: RegistrySandbox;
let registry: Registry;
let now: Micros;
let count = 0;

beforeEach(() => {
  sandbox = new RegistrySandbox();
  now = Date.parse("2026-11-20T12:00:00Z") * 1000;
  registry = openRegistry({ root: sandbox.root, now: () => now });
});
afterEach(() => sandbox.dispose());

/** Calls an operation as every surface does, and returns its document. */
function call(name: string, input: object): Record<string, unknown> {
  now += 1_000_000;
  const result = callOperation(createOperationContext(registry, { actor: "ana" }), name as never, input as never);
  if ("error" in result) throw new Error(JSON.stringify(result.error));
  return (result as { document: Record<string, unknown> }).document;
}

function run(runId: string, node: object, more: object = {}): void {
  const path = sandbox.workflow(`${runId}-flow`, {
    nodes: [
      { id: "a", ...node },
      { id: "z", needs: ["a"] },
    ],
    ...more,
  });
  const input = { runId, workflowPath: path, sourceSessionKey: OWNER };
  call("runs.scaffold", input);
}

function task(command: Partial<TaskCommand> & object): string {
  now += 1_000_000;
  count += 1;
  const taskId = timeOrderedId("t", now / 1000, count / 1_000_000);
  commitTask(registry, { command: { type: "signal", taskId, source: "test", names: [], ...command } as TaskCommand });
  return taskId;
}

const attention = (): AttentionItem[] =>
  (call("registry.attention", { limit: 100 }) as unknown as { items: AttentionItem[] }).items;

/** Work of every kind that was started and never touched again. */
const ABANDONED: Record<string, () => string> = {
  "a ready step": () => {
    run("ready", {});
    return "ready";
  },
  "an expired claim": () => {
    run("claimed", {});
    call("runs.claim", { runId: "claimed", nodeIds: ["a"], leaseMs: 3_600_000 });
    return "claimed";
  },
  "a child that the ledger does not know": () => {
    run("unknown-child", { kind: "subagent" });
    call("runs.transition-node", { runId: "unknown-child", nodeId: "a", status: "running" });
    call("runs.bind", {
      kind: "child-session",
      runId: "unknown-child",
      nodeId: "a",
      value: "agent:main:subagent:gone",
    });
    return "unknown-child";
  },
  "a manual wait": () => {
    run("manual", { kind: "wait", waitFor: { type: "manual" } });
    call("runs.tick", { runId: "manual" });
    return "manual";
  },
  "a step that runs and says nothing": () => {
    run("silent", {});
    call("runs.transition-node", { runId: "silent", nodeId: "a", status: "running" });
    return "silent";
  },
  "a queued flow": () => (call("flows.create", { title: "queued" })["flow"] as { flowId: string }).flowId,
  "a flow that waits for an event": () => {
    const { flowId } = call("flows.create", { title: "event" })["flow"] as { flowId: string };
    call("flows.wait", { flow: flowId, event: "paid" });
    return flowId;
  },
  "a task that waits for other work": () =>
    task({
      facts: { runtime: "subagent", label: "waits" },
      started: true,
      step: { phase: "waiting_dependency" },
    } as never),
  "a task whose service does not answer": () =>
    task({ facts: { runtime: "subagent", label: "api" }, started: true, step: { block: "external_api" } } as never),
  "a result that nobody sends": () =>
    task({
      facts: { runtime: "subagent", label: "owed", route: ROUTE, requesterSessionKey: OWNER },
      started: true,
      ending: { status: "succeeded", result: "done" },
    } as never),
};

it.each(Object.entries(ABANDONED))("lists %s after three days without a gateway, until it moves", (_what, start) => {
  const id = start();
  expect(
    attention().map(({ subject, kind }) => `${subject.id} ${kind}`),
    "not at once",
  ).toEqual(id === "manual" ? ["manual waiting_user"] : []);
  now += 3 * DAY;
  const [item, ...others] = attention();
  expect(others).toEqual([]);
  expect(item?.subject.id).toBe(id);
  const { findings } = call("tasks.audit", {}) as unknown as { findings: { code: string; repair: string }[] };
  const isAQuestion = item?.kind === "waiting_user";
  expect(findings.filter(({ code }) => code !== "orphaned_link")).toHaveLength(isAQuestion ? 0 : 1);
  expect(item?.suggestion.name).toMatch(/^(next|tick|tasks show|flows show|flows resume)$/);
});
