import { describe, expect, it } from "vitest";
import { getEffectiveDefaults, usesOwnFields } from "../../../../registry-helper/domain/workflow/own-fields.ts";
import { parseWorkflow } from "../../../../registry-helper/domain/workflow/parse-workflow.ts";
import type { WorkflowDefinition } from "../../../../registry-helper/model/workflow-definition.ts";
import { useSandbox } from "../../../support/registry-sandbox.ts";

const BASE: WorkflowDefinition = {
  workflowId: "research-demo",
  title: "Research",
  defaults: { timeoutMs: 30_000 },
  nodes: [{ id: "a", title: "A", kind: "session_turn", needs: [], prompt: "Dig.", outputs: { mode: "report" } }],
};
const withNode = (more: object): WorkflowDefinition => ({
  ...BASE,
  nodes: BASE.nodes.map((node) => ({ ...node, ...more })),
});
const withDefaults = (more: object): WorkflowDefinition => ({ ...BASE, defaults: { ...BASE.defaults, ...more } });

const OPENTASK: [string, WorkflowDefinition][] = [
  ["its own sample", BASE],
  ["a driver", { ...BASE, driver: { mode: "session" } }],
  ["other defaults of it", withDefaults({ agentId: "ops", model: "m", thinking: "low" })],
  [
    "files",
    withNode({ artifactPaths: ["nodes/a/x.md"], outputs: { mode: "report", requiredFiles: ["nodes/a/x.md"] } }),
  ],
  ["a wait", withNode({ kind: "wait", waitFor: { type: "manual" } })],
  ["an approval", withNode({ kind: "approval" })],
];
const OURS: [string, WorkflowDefinition][] = [
  ["params", { ...BASE, params: { topic: { type: "string" } } }],
  ["wake", { ...BASE, wake: "auto" }],
  ...["retries", "onFailure", "evidence", "approval"].map((key): [string, WorkflowDefinition] => [
    `defaults.${key}`,
    withDefaults({ [key]: key === "retries" ? 1 : {} }),
  ]),
  ...["when", "approval", "timeoutMs", "retries", "onFailure"].map((key): [string, WorkflowDefinition] => [
    `a node's ${key}`,
    withNode({ [key]: 1 }),
  ]),
  ...["evidence", "schema"].map((key): [string, WorkflowDefinition] => [
    `outputs.${key}`,
    withNode({ outputs: { mode: "report", [key]: {} } }),
  ]),
  ...["until", "task", "event"].map((type): [string, WorkflowDefinition] => [
    `a wait for ${type}`,
    withNode({ kind: "wait", waitFor: { type } }),
  ]),
];

describe("defaults.timeoutMs", () => {
  it.each(OPENTASK)("is not enforced in a workflow of OpenTask's fields: %s", (_what, definition) => {
    expect(usesOwnFields(definition)).toBe(false);
    expect(getEffectiveDefaults(definition)?.timeoutMs).toBeUndefined();
  });

  it.each(OURS)("is enforced in a workflow with %s", (_what, definition) => {
    expect(usesOwnFields(definition)).toBe(true);
    expect(getEffectiveDefaults(definition)?.timeoutMs).toBe(30_000);
  });

  it("is warned of where it is not enforced, with its place, and the run has no limit", () => {
    const sandbox = useSandbox();
    const yaml = "workflowId: w\ntitle: W\ndefaults:\n  timeoutMs: 30000\nnodes:\n";
    const node = "  - { id: a, title: A, kind: session_turn, prompt: x, outputs: { mode: report } }\n";
    const text = `---\n${yaml}${node}---\n`;
    const warnings: string[] = [];
    parseWorkflow(text, "w.task.md", (one) => warnings.push(one));
    expect(warnings).toEqual([expect.stringMatching(/^w\.task\.md:5:\d+: timeoutMs is not enforced/)]);
    sandbox.write("workflows/w.task.md", text);
    const args = ["--workflow-path", "workflows/w.task.md", "--run-id", "r", "--source-session-key", "s"];
    expect(sandbox.ok("scaffold", ...args).stderr).toContain("timeoutMs is not enforced");
    expect(sandbox.state("r").nodes[0]?.policy?.timeoutMs).toBeUndefined();
    expect(sandbox.ok("workflow", "show", "w", "--json").json).toMatchObject({ nodes: [{ policy: {} }] });
  });
});
