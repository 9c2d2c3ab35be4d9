import { openFlows } from "../../../registry-helper/flows.ts";
import { DAY, HOUR, MINUTE } from "../../support/ledger-fixture.ts";
import type { SeededClock } from "./seeded-clock.ts";
import type { SeededTasks } from "./seeded-tasks.ts";

export type SeededFlows = Readonly<Record<"blocked" | "manual" | "due" | "running" | "done" | "failed", string>>;

/** Flows in each state that somebody may have to look at. */
export function seedFlows(clock: SeededClock, tasks: SeededTasks): SeededFlows {
  const flows = openFlows({ registry: clock.registry });
  const make = (title: string, step: string, agoMs: number): string => {
    clock.at(agoMs);
    const { flowId } = flows.createFlow({ title, step, ownerSessionKey: "agent:main:main" });
    clock.pass(2 * MINUTE);
    return flowId;
  };
  const done = make("Invoices of April", "file", 3 * DAY);
  flows.finishFlow({ flowId: done, result: "**14** invoices are filed." });
  const failed = make("Sync the address books", "read", 2 * DAY);
  flows.failFlow({ flowId: failed, error: "CardDAV: 401 Unauthorized" });
  const blocked = make("Move the mailing list", "export", 7 * HOUR);
  flows.setFlowOutput({ flowId: blocked, name: "subscribers", value: 1_204 });
  flows.blockFlow({ flowId: blocked, reason: "the API key of the old provider has expired" });
  const manual = make("Invoices of May", "collect", 3 * HOUR);
  flows.setFlowWaiting({ flowId: manual, wait: { kind: "manual", note: "who signs for Globex?" }, step: "sign" });
  const due = make("Offer for Initech", "research", 140 * MINUTE);
  flows.setFlowWaiting({ flowId: due, wait: { kind: "task", taskId: tasks["delivered"] ?? "" }, step: "write" });
  const running = make("Answer the tender", "draft", 8 * MINUTE);
  flows.emitFlowUpdate({ flowId: running, update: "outline with 7 parts", step: "draft" });
  return { blocked, manual, due, running, done, failed };
}
