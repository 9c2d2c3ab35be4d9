import { createInProcessCli } from "../../../plugin/commands/in-process-cli.ts";
import type { CliRunner } from "../../../plugin/commands/run-command.ts";
import type { TaskRecord } from "../../../registry-helper/internal.ts";
import { LedgerTable } from "./ledger-table.ts";

export const TOPIC = "agent:main:telegram:group:-100123:topic:77";
/** Its name begins like the other's: neither may see what the other asked for. */
export const OTHER_TOPIC = "agent:main:telegram:group:-100123:topic:7";
export const childSpawn = (label: string): string => `agent:main:subagent:${label}`;

/** A real ledger of a few subagents, asked as the gateway asks it: by command lines. */
export class SmallLedger {
  private readonly table = new LedgerTable();
  /** Every command line so far. */
  readonly asked: string[][] = [];

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

  readonly run: CliRunner = async (argv) => {
    this.asked.push(argv);
    return await createInProcessCli(this.table.registry)(argv);
  };
}
