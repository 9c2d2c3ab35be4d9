import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { parseNodeRequest } from "../../../plugin/conversation/parse-run-command.ts";
import { handleRunCommand } from "../../../plugin/conversation/run-command.ts";
import type { OperationCaller } from "../../../plugin/operations/operation-caller.ts";
import {
  callOperation,
  claimNodes,
  createOperationContext,
  loadRun,
  openRegistry,
  type Registry,
  scaffoldRun,
} from "../../../registry-helper/internal.ts";
import { useTempFolder } from "../support/temp-folder.ts";

const HERE = "agent:main:telegram:group:-1:topic:7";
const WORKFLOW = `---
workflowId: flow
title: Report <b>on</b> Rome
nodes:
  - { id: ok, title: Go?, kind: approval, approval: { question: "Publish?", choices: [publish, draft, drop] }, outputs: { mode: notify } }
  - { id: wrap-up, title: End, kind: summary, needs: [ok], outputs: { mode: notify } }
---
`;

let registry: Registry;
let onControl: string[];

beforeEach(() => {
  const root = useTempFolder();
  mkdirSync(join(root, "workflows"));
  writeFileSync(join(root, "workflows", "flow.task.md"), WORKFLOW);
  registry = openRegistry({ root });
  onControl = [];
  for (const [runId, sourceSessionKey] of [
    ["r-1", HERE],
    ["r-2", `${HERE}7`],
  ] as const)
    scaffoldRun(registry, { workflowPath: "workflows/flow.task.md", runId, sourceSessionKey, deliveryContext: null });
  claimNodes(registry, "r-1", { by: "agent" });
});

const call: OperationCaller = (name, input, actor) =>
  Promise.resolve(structuredClone(callOperation(createOperationContext(registry, { actor }), name, input)));

const say = (args: string, more: { isOwner?: boolean; isShared?: boolean } = {}): Promise<string> =>
  handleRunCommand(
    {
      args,
      word: "run",
      sessionKey: HERE,
      channel: "telegram",
      sender: "telegram:42",
      isOwner: false,
      isShared: true,
      ...more,
    },
    { call, onControl: (runId) => onControl.push(runId) },
  );

describe("/run", () => {
  it("lists the runs of the conversation, and every run to the owner in private", async () => {
    expect(await say("")).toBe(
      "Runs: 1 active, 0 over\n▶️ Report ‹b›on‹/b› Rome (r-1): 0/2, ❓ ok, 0s\nMore of one: /run show ID",
    );
    expect(await say("list", { isOwner: true, isShared: false })).toContain("(r-2)");
    expect(await say("list", { isOwner: true })).not.toContain("(r-2)");
  });

  it.each([undefined, HERE])(
    "finds the runs of the conversation behind any number of others: %s",
    async (rootSessionKey) => {
      for (let n = 0; n < 60; n += 1)
        scaffoldRun(registry, {
          workflowPath: "workflows/flow.task.md",
          runId: `o-${n}`,
          sourceSessionKey: `${HERE}7`,
          deliveryContext: null,
        });
      for (let n = 0; n < 3; n += 1)
        scaffoldRun(registry, {
          workflowPath: "workflows/flow.task.md",
          runId: `x-${n}`,
          sourceSessionKey: `${HERE}8`,
          rootSessionKey,
          deliveryContext: null,
        });
      const text = await say("");
      expect(text).toContain("(r-1)");
      expect(text).not.toContain("(o-");
      expect(text.includes("(x-0)")).toBe(rootSessionKey === HERE);
    },
  );

  it("lists what waits before any number of newer runs that have ended", async () => {
    for (let n = 0; n < 60; n += 1) {
      const runId = `o-${n}`;
      scaffoldRun(registry, {
        workflowPath: "workflows/flow.task.md",
        runId,
        sourceSessionKey: HERE,
        deliveryContext: null,
      });
      await call("runs.control", { runId, action: "cancel", by: "me" }, "me");
    }
    expect(await say("")).toContain("(r-1): 0/2, ❓ ok");
  });

  it("shows nothing to somebody whose conversation is not known", async () => {
    expect(await say("", { sessionKey: undefined } as never)).toBe("No runs of this conversation.");
  });

  it("shows a run with its open question and how to answer it", async () => {
    const text = await say("r-1");
    expect(text).toContain("❓ ok: Publish?");
    expect(text).toContain("/run approve r-1 ok publish|draft · /run reject r-1 ok");
  });

  it("records an answer with its choice, message and author, and calls onControl", async () => {
    expect(await say("approve r-1 draft but shorter")).toBe("Done: ok is completed; run r-1 is running.");
    expect(loadRun(registry, "r-1").run.state.nodes[0]?.answer).toMatchObject({
      choice: "draft",
      words: "but shorter",
      by: "telegram:42",
    });
    expect(onControl).toEqual(["r-1"]);
  });

  it("pauses, resumes and cancels a run", async () => {
    expect(await say("pause r-1")).toBe("Done: run r-1 is paused.");
    expect(await say("pause r-1")).toBe("Nothing to do: r-1 is so already.");
    expect(await say("resume r-1")).toBe("Done: run r-1 is running.");
    expect(await say("cancel r-1 too dear")).toBe("Done: run r-1 is cancelled.");
    expect(await say("resume r-1")).toContain("run_closed");
  });

  it("explains what is missing, and hides runs of other conversations", async () => {
    expect(await say("approve")).toContain("which run?");
    expect(await say("approve r-1 maybe")).toContain("several choices");
    expect(await say("retry r-1 nobody")).toContain("which step? Name it.");
    expect(await say("retry r-1 ok")).toContain("Done: ok is ready");
    const hidden = await say("show r-2");
    expect(hidden).toBe("⚠️ run not found: r-2 (run_not_found)");
    expect(await say("cancel r-2")).toBe(hidden);
    expect(await say("show nobody")).toContain("run_not_found");
    expect(await say("dance r-1")).toContain("no command of mine");
    expect(await say("help")).toContain("/run approve ID");
  });
});

describe("parseNodeRequest", () => {
  const nodes = [
    { id: "a", isWaiting: true, choices: [] },
    { id: "b", isWaiting: true, choices: [] },
  ];

  it("asks for the node when none or more than one is waiting", () => {
    expect(parseNodeRequest(["yes"], nodes)).toBe("which one? a, b wait.");
    expect(parseNodeRequest([], [])).toBe("which step? Name it.");
    expect(parseNodeRequest(["b", "fine"], nodes)).toEqual({ nodeId: "b", words: "fine" });
  });
});

describe("choices of several words", () => {
  const nodes = [{ id: "ok", isWaiting: true, choices: ["send", "send as draft", "do not send"] }];
  it.each([
    ["send now please", { choice: "send", words: "now please" }],
    ["send as draft", { choice: "send as draft", words: "" }],
    ["ok Send As Draft but shorter", { choice: "send as draft", words: "but shorter" }],
    ["do not send", { choice: "do not send", words: "" }],
    ["do it", { words: "do it" }],
  ])("are taken as a whole, the longest that fits: %s", (text, expected) => {
    expect(parseNodeRequest(text.split(" "), nodes)).toEqual({ nodeId: "ok", ...expected });
  });
});
