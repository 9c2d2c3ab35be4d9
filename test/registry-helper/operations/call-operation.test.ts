import { expect, it, onTestFinished } from "vitest";
import { fromErrorDocument, toErrorDocument } from "../../../registry-helper/model/error-document.ts";
import { ClawTaskError, ERROR_TABLE, type ErrorCode } from "../../../registry-helper/model/errors.ts";
import { parseJson } from "../../../registry-helper/model/json.ts";
import { callOperation } from "../../../registry-helper/operations/call-operation.ts";
import { type OperationName, OPERATIONS } from "../../../registry-helper/operations/catalog.ts";
import { createOperationContext } from "../../../registry-helper/operations/operation-context.ts";
import type { IndexedContext } from "../../../registry-helper/operations/operation.ts";
import { openRegistry } from "../../../registry-helper/registry/registry.ts";
import { WORKFLOW } from "../../support/operations.ts";
import { RegistrySandbox } from "../../support/registry-sandbox.ts";

function createContext(): IndexedContext {
  const sandbox = new RegistrySandbox();
  onTestFinished(() => sandbox.dispose());
  sandbox.write("workflows/w.task.md", WORKFLOW);
  return createOperationContext(openRegistry({ root: sandbox.root }), { actor: "agent:main:main" });
}

it.each(Object.keys(OPERATIONS) as OperationName[])("answers or refuses in a form that crosses threads: %s", (name) => {
  // Nothing is there, and nothing that is required is given: whatever comes of it must be cloneable.
  const result = callOperation(createContext(), name, {});
  expect(JSON.stringify(structuredClone(result))).toBe(JSON.stringify(result));
});

it("answers integers beyond a double as doubles, which can be cloned", () => {
  const context = createContext();
  const scaffold = { runId: "demo", workflowPath: "workflows/w.task.md", sourceSessionKey: "agent:main:main" };
  callOperation(context, "runs.scaffold", {
    ...scaffold,
    deliveryContext: { threadId: parseJson("12345678901234567890") },
  });
  const result = structuredClone(callOperation(context, "runs.show", { runId: "demo" }));
  expect(JSON.stringify(result)).toContain("12345678901234567000");
});

it("answers an unforeseen error as internal", () => {
  const context: IndexedContext = {
    ...createContext(),
    queryIndex: () => {
      throw new Error("the index is gone");
    },
  };
  const result = callOperation(context, "tasks.list", {});
  expect(result).toEqual({ error: { code: "internal", message: "the index is gone" } });
});

it.each(Object.keys(ERROR_TABLE) as ErrorCode[])("keeps the error %s as a document", (code) => {
  const error = new ClawTaskError(code, {
    message: "no",
    remedy: { hint: "look", commands: [{ name: "show", args: ["r 1"] }] },
    facts: { revision: 3 },
  });
  expect(fromErrorDocument(structuredClone(toErrorDocument(error)))).toMatchObject({
    code: error.code,
    message: error.message,
    remedy: error.remedy,
    facts: error.facts,
  });
});
