import type { OperationCaller } from "../../../plugin/operations/operation-caller.ts";
import { callOperation, createOperationContext, type TaskRecord } from "../../../registry-helper/internal.ts";
import { LedgerTable } from "./ledger-table.ts";

export const TOPIC = "agent:main:telegram:group:-100123:topic:77";
/** Its name begins like the other's: neither may see what the other asked for. */
export const OTHER_TOPIC = "agent:main:telegram:group:-100123:topic:7";
export const childSpawn = (label: string): string => `agent:main:subagent:${label}`;

/** A real ledger of a few subagents, asked as the gateway asks it: by operations, and across threads. */
export class SmallLedger {
  private readonly table = new LedgerTable();
  /** Every operation so far, with its input. */
  readonly asked: [name: string, input: object][] = [];

  constructor() {
    this.table.now = (Date.now() - 60_000) * 1000;
  }

  /** Starts work that a session asked for; returns its id. */
  start(label: string, requesterSessionKey = TOPIC): string {
    this.table.handleEvent({
      kind: "child_started",
      source: "subagent_spawned",
      spawn: {
        runId: `run-${label}`,
        childSessionKey: childSpawn(label),
        requesterSessionKey,
        label,
        task: `do ${label}`,
      },
    });
    const found = this.table.tasks().find(({ names }) => names.includes(`run:run-${label}`));
    if (found === undefined) throw new Error(`no task for ${label}`);
    return found.taskId;
  }

  end(label: string, outcome = "ok"): void {
    this.table.handleEvent({
      kind: "child_ended",
      spawn: { runId: `run-${label}`, childSessionKey: childSpawn(label) },
      outcome,
      error: outcome === "ok" ? undefined : "it broke",
    });
  }

  named(label: string): TaskRecord {
    const found = this.table.tasks().find((task) => task.label === label);
    if (found === undefined) throw new Error(`no task ${label}`);
    return found;
  }

  readonly call: OperationCaller = (name, input, actor) => {
    this.asked.push([name, input]);
    const context = createOperationContext(this.table.registry, { actor });
    return Promise.resolve(structuredClone(callOperation(context, name, structuredClone(input))));
  };
}
