import type { EventOrigin } from "../../registry-helper/model/event-origin.ts";
import { wallClock } from "../../registry-helper/model/time.ts";
import { callOperation } from "../../registry-helper/operations/call-operation.ts";
import type { OperationName } from "../../registry-helper/operations/catalog.ts";
import { createOperationContext } from "../../registry-helper/operations/operation-context.ts";
import type { OperationInput } from "../../registry-helper/operations/operation-types.ts";
import { openRegistry } from "../../registry-helper/registry/registry.ts";
import { type RegistrySandbox, useSandbox } from "./registry-sandbox.ts";

export const AGENT: EventOrigin = { via: "cli", session: "agent:main:main" };
export const TOOL: EventOrigin = { via: "tool", session: "agent:main:main" };
export const ANA: EventOrigin = { via: "chat", session: "s", sender: { id: "telegram:4242", role: "requester" } };
export const OWNER: EventOrigin = { via: "chat", session: "s", sender: { id: "telegram:1", role: "owner" } };
export const MEMBER: EventOrigin = { via: "chat", session: "s", sender: { id: "telegram:777", role: "member" } };
export const PAGE: EventOrigin = { via: "dashboard", sender: { id: "dashboard", role: "operator" } };
export const TOKEN: EventOrigin = { via: "api", sender: { id: "api", role: "operator" } };
export const GATEWAY: EventOrigin = {
  via: "gateway",
  sender: { id: "gateway:7", name: "Bo (gateway user 7)", role: "operator" },
};
export const TERMINAL: EventOrigin = { via: "terminal" };
export const PROGRAM: EventOrigin = { via: "library" };

/** A question with a choice between, work behind it, and a report before it. */
function workflow(approval: string, onFailure: string): string {
  return `---
workflowId: flow
title: Gate
nodes:
  - { id: draft, title: Draft, kind: session_turn, outputs: { mode: notify } }
  - id: ok
    title: Ok
    kind: approval
    needs: [draft]
    onFailure: ${onFailure}
    approval: { question: "Publish?", expiresAfterMs: 60000, ${approval} }
    outputs: { mode: notify }
  - { id: pub, title: Pub, kind: subagent, needs: [ok], prompt: Publish., outputs: { mode: notify } }
---
`;
}

export interface Gate {
  sandbox: RegistrySandbox;
  as: (origin: EventOrigin | undefined, later?: number) => Caller;
}
export type Caller = <Name extends OperationName>(name: Name, input: OperationInput<Name>) => string;

/** A run whose question has been asked. */
export function useGate(approval = "choices: [send, draft, drop]", onFailure = "block"): Gate {
  const sandbox = useSandbox();
  sandbox.workflow("flow", workflow(approval, onFailure));
  const context = '{"channel":"telegram","to":"telegram:4242"}';
  sandbox.scaffold("demo", "workflows/flow.task.md", "--delivery-context-json", context);
  for (const to of ["running", "completed"]) sandbox.ok("transition-node", "demo", "draft", to);
  sandbox.ok("claim", "demo", "ok");
  const as: Gate["as"] = (origin, later = 0) => {
    const now = (): number => wallClock() + later * 1000;
    const registry = openRegistry({ root: sandbox.root, now, ...(origin === undefined ? {} : { origin }) });
    return (name, input) => {
      const result = callOperation(createOperationContext(registry, { actor: origin?.session }), name, input);
      return "error" in result ? result.error.code : "ok";
    };
  };
  return { sandbox, as };
}

export const control =
  (action: string, more: object = {}) =>
  (call: Caller): string =>
    call("runs.control", { runId: "demo", nodeId: "ok", action, ...more } as never);
export const transition =
  (to: string, message = "agent says yes") =>
  (call: Caller): string =>
    call("runs.transition-node", { runId: "demo", nodeId: "ok", status: to, message } as never);
export const tick = (call: Caller): string => call("runs.tick", { runId: "demo" });

export const yes = (by: string): object => ({ by, patch: { choice: "send" }, message: "but shorter" });
