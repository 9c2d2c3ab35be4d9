import { describe, expect, it } from "vitest";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";

const ADDED = '{"id":"figures","needs":["draft"],"prompt":"Add the figures of May."}';

/** A run whose question has been asked. */
function useAsked(onFailure = "block"): RegistrySandbox {
  const sandbox = useSandbox();
  const text = `---
workflowId: one
title: One
nodes:
  - { id: draft, title: Draft, kind: session_turn, outputs: { mode: notify } }
  - id: ok
    title: Ok
    kind: approval
    needs: [draft]
    onFailure: ${onFailure}
    approval: { question: "Publish it?" }
    outputs: { mode: notify }
  - { id: publish, title: Publish, kind: session_turn, needs: [ok], outputs: { mode: notify } }
---
`;
  sandbox.scaffold("demo", sandbox.workflow("one", text));
  sandbox.ok("next", "demo", "--claim");
  sandbox.ok("complete", "demo", "draft", "--message", "written");
  sandbox.ok("next", "demo", "--claim");
  return sandbox;
}

const add = (sandbox: RegistrySandbox, ...more: string[]): ReturnType<RegistrySandbox["cli"]> =>
  sandbox.cli("add-node", "demo", "--needed-by", "ok", "--node-json", ADDED, ...more);

/** Every way in which a question ends without a yes. */
const NOES: Record<string, (sandbox: RegistrySandbox) => unknown> = {
  rejected: (sandbox) => sandbox.ok("reject", "demo", "ok", "--by", "ana", "--message", "without figures? no"),
  "set to failed": (sandbox) => sandbox.ok("transition-node", "demo", "ok", "failed", "--message", "nobody is there"),
};

describe.each(Object.entries(NOES))("a question that was %s", (name, end) => {
  it.each(["block", "continue", "skip"])("is asked again once the added work is done (onFailure: %s)", (onFailure) => {
    const sandbox = useAsked(onFailure);
    end(sandbox);
    expect(add(sandbox, "--message", "with the figures")).toMatchObject({ code: 0 });
    expect(sandbox.getStatus("demo", "ok")).toBe("pending");
    expect(sandbox.getStatus("demo", "figures")).toBe("ready");
    const brief = sandbox.ok("brief", "demo", "figures").stdout;
    expect(brief.includes("without figures? no")).toBe(name === "rejected");

    for (const to of ["running", "completed"]) sandbox.ok("transition-node", "demo", "figures", to);
    const asked = sandbox.ok("next", "demo", "--claim").stdout;
    expect(asked).toContain("ASK  ok");
    expect(asked).toContain("with the figures");
    sandbox.ok("approve", "demo", "ok", "--by", "ana", "--message", "good now");
    expect(sandbox.getStatus("demo", "publish")).toBe("ready");
    expect(sandbox.ok("verify").code).toBe(0);
  });

  it("takes several nodes, each with its own command", () => {
    const sandbox = useAsked();
    end(sandbox);
    expect(add(sandbox).code).toBe(0);
    const second = '{"id":"sources","needs":["figures"],"prompt":"Name the sources."}';
    sandbox.ok("add-node", "demo", "--needed-by", "ok", "--node-json", second);
    for (const id of ["figures", "sources"]) {
      expect(sandbox.ok("brief", "demo", id).stdout.includes("without figures? no")).toBe(name === "rejected");
      for (const to of ["running", "completed"]) sandbox.ok("transition-node", "demo", id, to);
    }
    expect(sandbox.getStatus("demo", "ok")).toBe("ready");
  });
});

it("next prints the command after a no, and it works as printed", () => {
  const sandbox = useAsked();
  const shown = sandbox.ok("reject", "demo", "ok", "--by", "ana", "--message", "add figures", "--next").stdout;
  const line = shown.split("\n").find((one) => one.includes("add-node"));
  expect(line).toContain("--needed-by ok");
  const json = / --node-json '([^']+)'/.exec(line ?? "")?.[1] ?? "";
  const node = json.replace("<id>", "figures").replace("<what is to be done>", "Add figures.");
  expect(JSON.parse(node)).toEqual({ id: "figures", needs: ["draft"], prompt: "Add figures." });
  const after = sandbox.ok("add-node", "demo", "--needed-by", "ok", "--node-json", node, "--next").stdout;
  expect(after).toContain("DISPATCH  figures");
});

describe("nothing is added before a question", () => {
  it.each<[string, (sandbox: RegistrySandbox) => unknown, string]>([
    ["that waits for its answer", () => undefined, "node_over"],
    ["that has its yes", (sandbox) => sandbox.ok("approve", "demo", "ok", "--by", "ana"), "node_over"],
    ["of a cancelled run", (sandbox) => sandbox.ok("cancel", "demo"), "run_closed"],
    [
      "that was rejected before its run was cancelled",
      (sandbox) => [sandbox.ok("reject", "demo", "ok", "--by", "ana"), sandbox.ok("cancel", "demo")],
      "run_closed",
    ],
  ])("%s", (_name, prepare, code) => {
    const sandbox = useAsked();
    prepare(sandbox);
    expect(add(sandbox).stderr).toContain(`code: ${code}`);
    expect(sandbox.state("demo").nodes.map(({ id }) => id)).toEqual(["draft", "ok", "publish"]);
  });
});
