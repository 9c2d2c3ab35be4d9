import { describe, expect, it } from "vitest";
import { tickRun } from "../../../../registry-helper/operations/runs/tick-run.ts";
import { openRegistry } from "../../../../registry-helper/registry/registry.ts";
import { type RegistrySandbox, useRun } from "../../../support/registry-sandbox.ts";

const BUDGET = { type: "object", required: ["budget"], properties: { budget: { type: "number" } } };

/** A line that adds an approval whose answer has to carry a budget. */
const added = (id: string, needs: string[] = []): object => ({
  id: `add-${id}-${needs.join("")}`,
  action: "add_node",
  patch: { node: { id, kind: "approval", needs, prompt: "How much?", approval: { schema: BUDGET } } },
});

const answered = (id: string, data?: object): object => ({
  id: `answer-${id}`,
  action: "approve",
  nodeId: id,
  ...(data === undefined ? {} : { patch: { data } }),
});

/** Writes lines as another tool would, and ticks once. Returns how each line fared. */
function ticked(sandbox: RegistrySandbox, ...lines: object[]): Record<string, string> {
  sandbox.append("runs/demo/control.jsonl", lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const { events } = tickRun(openRegistry({ root: sandbox.root }), "demo");
  return Object.fromEntries(
    events.flatMap(({ control, code }) => (control === undefined ? [] : [[control.id, code ?? "recorded"]])),
  );
}

describe("an approval that one control.jsonl line adds and a later line answers in the same tick", () => {
  it("is answered when the answer matches its schema", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    expect(ticked(sandbox, added("ok"), answered("ok", { budget: 7 }))).toEqual({
      "add-ok-": "recorded",
      "answer-ok": "recorded",
    });
    expect(sandbox.state("demo").nodes.find(({ id }) => id === "ok")).toMatchObject({
      status: "completed",
      answer: { data: { budget: 7 } },
    });
  });

  it.each([
    ["of another type", { budget: "much" }],
    ["empty", {}],
    ["missing", undefined],
  ])("stays unanswered when the answer's data is %s, and the lines around it are applied", (_what, data) => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const note = { id: "note", action: "note", nodeId: "ok", message: "seen" };
    expect(ticked(sandbox, added("ok"), answered("ok", data), note)).toEqual({
      "add-ok-": "recorded",
      "answer-ok": "answer_invalid",
      note: "recorded",
    });
    expect(sandbox.getStatus("demo", "ok")).toBe("ready");
    expect(ticked(sandbox, { ...answered("ok", { budget: 7 }), id: "better" })).toEqual({ better: "recorded" });
    expect(sandbox.getStatus("demo", "ok")).toBe("completed");
  });

  it("is checked against the node that was added, not against a rejected one", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const free = { id: "free", action: "add_node", patch: { node: { id: "ok", kind: "approval" } } };
    const outcome = ticked(sandbox, added("ok", ["nobody"]), free, added("ok"), answered("ok"));
    expect(outcome).toEqual({
      "add-ok-nobody": "node_not_found",
      free: "recorded",
      "add-ok-": "node_exists",
      "answer-ok": "recorded",
    });
  });

  it("can be rejected without data", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    ticked(sandbox, added("ok"), { id: "no", action: "reject", nodeId: "ok" });
    expect(sandbox.state("demo").nodes.find(({ id }) => id === "ok")).toMatchObject({
      status: "failed",
      reason: "rejected",
    });
  });

  it("is applied once, however often the run is ticked", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    ticked(sandbox, added("ok"), answered("ok"));
    const before = sandbox.text("runs/demo/events.jsonl");
    expect(ticked(sandbox)).toEqual({});
    expect(sandbox.text("runs/demo/events.jsonl")).toBe(before);
  });
});
