import { ClawTaskError } from "../../../model/errors.ts";
import { suggest } from "../../../model/remedy.ts";
import type { RunDocument } from "../../../model/run-documents.ts";
import type { RunEventDraft, RunEventName } from "../../../model/run-events.ts";
import type { BindCommand, BindKind } from "../commands.ts";
import { requireNode } from "../state/find-node.ts";

const BIND_EVENTS: Record<BindKind, { event: RunEventName; noun: string }> = {
  cron: { event: "run.cron_bound", noun: "cron" },
  "node-session": { event: "node.session_bound", noun: "node session" },
  "child-session": { event: "node.child_session_bound", noun: "child session" },
  "node-run": { event: "node.run_bound", noun: "node run id" },
  "driver-run": { event: "run.driver_bound", noun: "driver run id" },
};
const NODE_KINDS: readonly BindKind[] = ["node-session", "child-session", "node-run"];

/** Records which session, child, host run or cron job does the work. */
export function decideBind(document: RunDocument, command: BindCommand): RunEventDraft {
  const { kind, nodeId, value } = command;
  const namesNode = NODE_KINDS.includes(kind);
  if (namesNode && !nodeId) throw argumentMissing("--node-id", kind);
  if (kind !== "driver-run" && !value) throw argumentMissing("--value", kind);
  if (namesNode) requireNode(document.state, nodeId ?? "");

  const { event, noun } = BIND_EVENTS[kind];
  const message = command.message || `Bound ${noun} ${value ?? "None"}.`;
  const draft: RunEventDraft = { event, payload: command.payload, message, value: value ?? null };
  return nodeId && kind !== "driver-run" ? { ...draft, nodeId } : draft;
}

/** Takes a binding back, such as that of a cron job that is gone. */
export function decideUnbind(
  document: RunDocument,
  command: { kind: BindKind; nodeId?: string | undefined; message?: string | undefined },
): RunEventDraft {
  const { kind, nodeId } = command;
  const namesNode = NODE_KINDS.includes(kind);
  if (namesNode && !nodeId) throw argumentMissing("--node-id", kind);
  const bound = boundValue(document, kind, nodeId);
  const { noun } = BIND_EVENTS[kind];
  if (bound === null) {
    throw new ClawTaskError("not_bound", {
      message: `no ${noun} is bound${nodeId === undefined ? "" : ` to ${nodeId}`}`,
      remedy: { commands: [suggest("show", document.state.runId)] },
    });
  }
  const message = command.message || `Unbound ${noun} ${bound}.`;
  return { event: "run.unbound", kind, message, ...(namesNode && nodeId ? { nodeId } : {}) };
}

function boundValue(document: RunDocument, kind: BindKind, nodeId: string | undefined): string | null {
  if (kind === "cron") return document.state.cronJobId;
  if (kind === "driver-run") return document.refs.driverRunId;
  const node = requireNode(document.state, nodeId ?? "");
  return kind === "node-session" ? node.sessionKey : kind === "child-session" ? node.childSessionKey : node.runId;
}

function argumentMissing(flag: string, kind: string): ClawTaskError {
  return new ClawTaskError("argument_missing", {
    message: `${flag} is required for bind kind ${kind}`,
    remedy: { scope: "command line", hint: `add ${flag} <${flag === "--value" ? "value" : "node id"}>` },
  });
}
