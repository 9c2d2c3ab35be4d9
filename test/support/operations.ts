import { appendFileSync } from "node:fs";
import type { RunCommand } from "../../registry-helper/domain/run/commands.ts";
import type { Json } from "../../registry-helper/model/json.ts";
import { claimNodes } from "../../registry-helper/operations/runs/claim-nodes.ts";
import { controlRun } from "../../registry-helper/operations/runs/control-run.ts";
import { finishNode, recordResult } from "../../registry-helper/operations/runs/finish-node.ts";
import { advanceRun } from "../../registry-helper/operations/runs/next-steps.ts";
import { scaffoldRun } from "../../registry-helper/operations/runs/scaffold-run.ts";
import { tickRun } from "../../registry-helper/operations/runs/tick-run.ts";
import type { Registry } from "../../registry-helper/registry/registry.ts";
import { commitRun } from "../../registry-helper/registry/run-store.ts";
import { runPaths } from "../../registry-helper/storage/run-paths.ts";

export const WORKFLOW = `---
workflowId: w
title: About {{topic}}
params:
  topic: { type: string, default: whales }
nodes:
  - { id: dig, title: Dig, kind: subagent, needs: [], outputs: { mode: report }, prompt: "Dig for {{topic}}." }
  - { id: ask, title: Ask, kind: approval, needs: [], outputs: { mode: notify }, prompt: "Go on with {{topic}}?" }
  - { id: event, title: Event, kind: wait, needs: [], waitFor: { type: event, event: deployed }, outputs: { mode: notify } }
  - { id: end, title: End, kind: summary, needs: [dig, ask, event], outputs: { mode: report } }
---
`;

/** Something that writes, and the run on which it can be done. */
interface Operation {
  before: (registry: Registry) => void;
  run: (registry: Registry) => void;
  /** What doing it once more does, when that is something new. */
  again?: "new";
}

const scaffold = (registry: Registry): void => {
  const request = { runId: "demo", workflowPath: "workflows/w.task.md", sourceSessionKey: "agent:main:main" };
  scaffoldRun(registry, {
    ...request,
    deliveryContext: { channel: "telegram", to: "telegram:1" },
    params: { topic: "squid" },
    key: "made",
  });
};
const claimed = (registry: Registry): void => {
  scaffold(registry);
  claimNodes(registry, "demo", { by: "agent" });
};
const failed = (registry: Registry): void => {
  claimed(registry);
  finishNode(registry, "demo", { nodeId: "dig", to: "failed", message: "no" });
};
const cancelled = (registry: Registry): void => {
  scaffold(registry);
  controlRun(registry, "demo", { action: "cancel", by: "ana" });
};
const bound = (registry: Registry): void => {
  claimed(registry);
  for (const [kind, value] of [
    ["child-session", "child-1"],
    ["cron", "cron-1"],
  ] as const)
    commitRun(registry, "demo", { command: { type: "bind", kind, nodeId: "dig", value, payload: {} } });
};

const command = (run: RunCommand) => (registry: Registry) =>
  void commitRun(registry, "demo", { command: run, key: "k" });
const control = (action: string, nodeId?: string, patch?: Json) => (registry: Registry) =>
  void controlRun(registry, "demo", { action, by: "ana", nodeId, message: "so", patch, key: "k" });
const NEW_NODE = { id: "deep", kind: "subagent", needs: ["dig"], prompt: "Deeper." };

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  "scaffold with params": { before: () => undefined, run: scaffold },
  claim: {
    before: scaffold,
    run: (registry) => void claimNodes(registry, "demo", { nodeIds: ["dig"], by: "a", key: "k" }),
  },
  "next --claim": {
    before: scaffold,
    run: (registry) => void advanceRun(registry, "demo", { self: "clawtask", by: "a" }),
  },
  complete: {
    before: claimed,
    run: (registry) => void finishNode(registry, "demo", { nodeId: "dig", to: "completed", message: "done", key: "k" }),
  },
  "complete with a result": {
    before: claimed,
    run: (registry) =>
      void finishNode(registry, "demo", { nodeId: "dig", to: "completed", result: { points: 7 }, key: "k" }),
  },
  fail: {
    before: claimed,
    run: (registry) => void finishNode(registry, "demo", { nodeId: "dig", to: "failed", message: "no", key: "k" }),
  },
  result: {
    before: claimed,
    run: (registry) => void recordResult(registry, "demo", { nodeId: "dig", result: { points: 7 }, key: "k" }),
  },
  pause: { before: scaffold, run: control("pause") },
  resume: {
    before: (registry) => {
      scaffold(registry);
      controlRun(registry, "demo", { action: "pause", by: "ana" });
    },
    run: control("resume"),
  },
  cancel: { before: claimed, run: control("cancel") },
  retry: { before: failed, run: control("retry", "dig") },
  skip: { before: failed, run: control("skip", "dig") },
  approve: { before: claimed, run: control("approve", "ask") },
  reject: { before: claimed, run: control("reject", "ask") },
  send_message: { before: scaffold, run: control("send_message") },
  patch_cron: { before: bound, run: control("patch_cron", undefined, { schedule: "0 9 * * *" }) },
  add_node: { before: scaffold, run: control("add_node", undefined, { node: NEW_NODE, neededBy: ["end"] }) },
  rewire_node: { before: scaffold, run: control("rewire_node", "end", { needs: ["dig"] }) },
  note: { before: scaffold, run: control("note", "dig") },
  "tick with control lines": {
    before: (registry) => {
      scaffold(registry);
      const lines = [
        { id: "l1", action: "add_node", patch: { node: NEW_NODE } },
        { id: "l2", action: "nonsense" },
        { id: "l3", action: "note", nodeId: "dig", message: "from elsewhere" },
      ];
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
      appendFileSync(runPaths(registry.root, "demo").control, text);
    },
    run: (registry) => void tickRun(registry, "demo"),
  },
  emit: { before: claimed, run: command({ type: "emit", name: "deployed", payload: { at: "prod" }, by: "ana" }) },
  unbind: { before: bound, run: command({ type: "unbind", kind: "child-session", nodeId: "dig" }) },
  observe: {
    before: bound,
    run: command({ type: "observe", nodeId: "dig", childSessionKey: "child-1", ended: { status: "failed" } }),
  },
  archive: { before: cancelled, run: command({ type: "archive", by: "ana" }) },
  "dismiss the outcome": { before: cancelled, run: command({ type: "dismiss", reason: "seen" }) },
};
