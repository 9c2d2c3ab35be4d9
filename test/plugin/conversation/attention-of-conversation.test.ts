import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { handleTasksCommand } from "../../../plugin/conversation/tasks-command.ts";
import type { ChatCommandCall } from "../../../plugin/host/register/register-command.ts";
import type { OperationCaller } from "../../../plugin/operations/operation-caller.ts";
import {
  callOperation,
  claimNodes,
  createOperationContext,
  openRegistry,
  scaffoldRun,
} from "../../../registry-helper/internal.ts";
import { useTempFolder } from "../support/temp-folder.ts";

const HERE = "agent:main:telegram:direct:1";
const WORKFLOW = `---
workflowId: pay
title: Pay
nodes:
  - { id: ok, title: OK, kind: approval, approval: { question: "Pay it?" }, outputs: { mode: notify } }
---
`;

/** A registry in which one run of this conversation asks, behind sixty questions of others. */
function useQuestions(): OperationCaller {
  const root = useTempFolder();
  mkdirSync(join(root, "workflows"));
  writeFileSync(join(root, "workflows", "pay.task.md"), WORKFLOW);
  const registry = openRegistry({ root });
  const ask = (runId: string, sourceSessionKey: string): void => {
    scaffoldRun(registry, { workflowPath: "workflows/pay.task.md", runId, sourceSessionKey, deliveryContext: null });
    claimNodes(registry, runId, { by: "agent" });
  };
  for (let n = 0; n < 60; n += 1) ask(`other-${n}`, `${HERE}${n}`);
  ask("mine", HERE);
  return (name, input, actor) =>
    Promise.resolve(structuredClone(callOperation(createOperationContext(registry, { actor }), name, input)));
}

const command: ChatCommandCall = {
  args: "attention",
  word: "tasks",
  sessionKey: HERE,
  channel: "telegram",
  isOwner: false,
  isShared: false,
};

it.each([
  { isOwner: false, isShared: false },
  { isOwner: false, isShared: true },
  { isOwner: true, isShared: true },
])("what the runs of a conversation ask is shown in it, however many others ask: %o", async (who) => {
  const text = await handleTasksCommand({ ...command, ...who }, useQuestions());
  expect(text).toMatch(/^1 need somebody/);
  expect(text).toContain("Pay it?");
});

it("the owner sees in private what everybody's runs ask", async () => {
  const text = await handleTasksCommand({ ...command, isOwner: true }, useQuestions());
  expect(text).not.toMatch(/^1 need/);
});

it.each(["agent:main:telegram:direct:", "agent:main:telegram:direct:2000", undefined])(
  "a conversation without runs of its own sees nothing: %s",
  async (sessionKey) => {
    expect(await handleTasksCommand({ ...command, sessionKey }, useQuestions())).toBe("Nothing needs attention.");
  },
);
