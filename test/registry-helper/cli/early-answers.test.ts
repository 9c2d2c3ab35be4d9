import { describe, expect, it } from "vitest";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";

function useGate(authority: string): RegistrySandbox {
  const sandbox = useSandbox();
  const text = `---
workflowId: one
title: One
nodes:
  - id: a
    title: A
    kind: session_turn
    outputs: { mode: notify }
  - id: ok
    title: Ok
    kind: approval
    needs: [a]
    approval: { question: "Pay it?", authority: ${authority} }
    outputs: { mode: notify }
  - id: pay
    title: Pay
    kind: session_turn
    needs: [ok]
    outputs: { mode: notify }
---
`;
  sandbox.scaffold("demo", sandbox.workflow("one", text));
  return sandbox;
}

const WAYS: Readonly<Record<string, (sandbox: RegistrySandbox, action: string) => void>> = {
  "the command line": (sandbox, action) => {
    const { code, stderr } = sandbox.cli(action, "demo", "ok", "--by", "ana", "--message", "only below 500");
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("this is kept") as string });
    expect(stderr).toContain("not_waiting");
  },
  "control.jsonl": (sandbox, action) => {
    const line = { id: "x", action, nodeId: "ok", by: "ana", message: "only below 500" };
    sandbox.write("runs/demo/control.jsonl", `${JSON.stringify(line)}\n`);
    sandbox.ok("tick", "demo");
  },
};

const cases = ["reported", "verified"].flatMap((authority) =>
  ["approve", "reject"].flatMap((action) => Object.keys(WAYS).map((way) => ({ authority, action, way }))),
);

describe("an answer to a question that is not asked yet", () => {
  it.each(cases)("is kept and opens nothing: $action by $way, $authority", ({ authority, action, way }) => {
    const sandbox = useGate(authority);
    WAYS[way]?.(sandbox, action);
    const gate = (): unknown => sandbox.state("demo").nodes[1];
    expect(gate()).toMatchObject({
      status: "pending",
      reported: { choice: action, by: "ana", words: "only below 500" },
    });
    sandbox.ok("claim", "demo", "a");
    const asked = sandbox.ok("complete", "demo", "a", "--next").stdout.replace(/\s+/g, " ");
    expect(gate()).toMatchObject({ status: "waiting" });
    expect(asked).toContain("Said before it was asked, and not counted");
    expect(asked).toContain("only below 500");
    expect(sandbox.ok("next", "demo").stdout.replace(/\s+/g, " ")).toContain("only below 500");
    expect(sandbox.ok("show", "demo").stdout).toContain("only below 500");
    sandbox.ok("verify", "demo");
  });
});
