import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FlowSchemas } from "../../../registry-helper/api/flow-schemas.ts";
import { type Flows, openFlows } from "../../../registry-helper/flows.ts";
import { isClawTaskError } from "../../../registry-helper/model/errors.ts";

const root = mkdtempSync(join(tmpdir(), "flow-arguments-"));
afterAll(() => rmSync(root, { recursive: true }));

/** What a program in JavaScript may pass by mistake: the argument that is named, and how. */
const BAD: readonly [method: keyof Flows, argument: unknown, named: string][] = [
  ["createFlow", {}, "title"],
  ["createFlow", undefined, "title"],
  ["createFlow", { title: "" }, "title"],
  ["createFlow", { title: 7 }, "title"],
  ["createFlow", { title: "x", titel: "y" }, "titel"],
  ["createFlow", { title: "x", route: { channel: "telegram" } }, "route.to"],
  ["createFlow", { title: "x", route: { channel: "telegram", to: "" } }, "route.to"],
  ["createFlow", { title: "x", notify: "sometimes" }, "notify"],
  ["runTaskInFlow", { task: "t-1" }, "flowId"],
  ["runTaskInFlow", { flowId: "f-1", runtime: "magic" }, "runtime"],
  ["runTaskInFlow", { flowId: "f-1", started: "yes" }, "started"],
  ["setFlowWaiting", { flowId: "f-1" }, "wait"],
  ["setFlowWaiting", { flowId: "f-1", wait: { kind: "moon" } }, "wait"],
  ["setFlowWaiting", { flowId: "f-1", wait: { kind: "task" } }, "wait"],
  ["setFlowWaiting", { flowId: "f-1", wait: { kind: "until", at: 5 } }, "wait"],
  ["blockFlow", { flowId: "f-1" }, "reason"],
  ["setFlowOutput", { flowId: "f-1", name: "x" }, "value"],
  ["setFlowOutput", { flowId: "f-1", name: "x", value: () => 1 }, "value"],
  ["setFlowOutput", { flowId: "f-1", name: "x", value: Number.NaN }, "value"],
  ["setFlowOutput", { flowId: "f-1", name: "x", value: new Date() }, "value"],
  ["appendFlowOutput", { flowId: "f-1", name: 3, value: 1 }, "name"],
  ["emitFlowUpdate", { flowId: "f-1", update: null }, "update"],
  ["resumeFlow", { flowId: "f-1", expectedRevision: "3" }, "expectedRevision"],
  ["finishFlow", { flowId: "f-1", result: { done: true } }, "result"],
  ["failFlow", { flowId: "f-1" }, "error"],
  ["requestCancel", { flowId: "f-1" }, "by"],
  ["getFlow", undefined, ""],
  ["getFlow", {}, ""],
  ["listFlows", { limit: 0 }, "limit"],
  ["listFlows", { status: "asleep" }, "status"],
];

describe("the arguments of clawtask/flows", () => {
  it("have a bad case for every method", () => {
    expect([...new Set(BAD.map(([method]) => method))].sort()).toEqual(Object.keys(FlowSchemas).sort());
  });

  it.each(BAD)("%s rejects %j, naming %j, and writes nothing", (method, argument, named) => {
    const flows = openFlows({ root }) as unknown as Record<string, (argument: unknown) => unknown>;
    let thrown: unknown;
    try {
      flows[method]?.(argument);
    } catch (error) {
      thrown = error;
    }
    expect(isClawTaskError(thrown) && { code: thrown.code, argument: thrown.facts?.["argument"] }).toEqual({
      code: "argument_invalid",
      argument: named,
    });
    expect(readdirSync(root)).toEqual([]);
  });

  it("rejects a value that contains itself", () => {
    const value: Record<string, unknown> = {};
    value["self"] = value;
    const flows = openFlows({ root }) as unknown as { setFlowOutput: (argument: unknown) => void };
    expect(() => flows.setFlowOutput({ flowId: "f-1", name: "x", value })).toThrow("value: expected a JSON value");
  });
});
