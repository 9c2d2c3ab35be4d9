import { flowAggregate } from "../../../registry-helper/domain/flow/aggregate.ts";
import type { FlowCommand } from "../../../registry-helper/domain/flow/commands.ts";
import { runAggregate } from "../../../registry-helper/domain/run/aggregate.ts";
import type { RunCommand } from "../../../registry-helper/domain/run/commands.ts";
import type { TaskCommand } from "../../../registry-helper/domain/task/commands.ts";
import {
  type LedgerDay,
  ledgerDayAggregate,
  type LedgerDraft,
} from "../../../registry-helper/domain/task/ledger-day.ts";
import type { FlowEvent, FlowEventDraft } from "../../../registry-helper/model/flow-events.ts";
import type { FlowRecord } from "../../../registry-helper/model/flow-record.ts";
import type { RunDocument } from "../../../registry-helper/model/run-documents.ts";
import type { RunEvent, RunEventDraft } from "../../../registry-helper/model/run-events.ts";
import type { TaskEvent } from "../../../registry-helper/model/task-events.ts";
import { scaffoldRun } from "../../../registry-helper/operations/runs/scaffold-run.ts";
import { createFlow } from "../../../registry-helper/registry/flow-store.ts";
import { openRegistry } from "../../../registry-helper/registry/registry.ts";
import { realFileSystem } from "../../../registry-helper/storage/file-system.ts";
import { FlowJournal } from "../../../registry-helper/storage/flow-journal.ts";
import { LedgerJournal } from "../../../registry-helper/storage/ledger-journal.ts";
import { RunJournal } from "../../../registry-helper/storage/run-journal.ts";
import { useSandbox } from "../../support/registry-sandbox.ts";
import { chain } from "../../support/workflow-text.ts";
import { journalConformance } from "./conformance.ts";

journalConformance<RunDocument, RunEvent, RunEventDraft, RunCommand>("the journal of a run", () => {
  const sandbox = useSandbox();
  const { root } = sandbox;
  const workflow = sandbox.workflow("w", { nodes: chain("a", "b") });
  scaffoldRun(openRegistry({ root }), {
    runId: "demo",
    workflowPath: workflow,
    sourceSessionKey: "k",
    deliveryContext: null,
  });
  return {
    aggregate: runAggregate,
    open: () => new RunJournal({ fs: realFileSystem, root, runId: "demo" }),
    command: (n) => ({ type: "bind", kind: "driver-run", value: String(n), payload: {} }),
    several: { type: "transition", nodeId: "a", to: "failed", payload: {} },
    invalid: { type: "bind", kind: "cron", payload: {} },
    shows: (state, n) => state?.refs.driverRunId === String(n),
  };
});

journalConformance<LedgerDay, TaskEvent, LedgerDraft, TaskCommand>("the journal of a ledger day", () => {
  const { root } = useSandbox();
  const id = (n: number): string => `t-20261120-${String(n).padStart(12, "0")}`;
  const signal = { type: "signal", source: "test", names: [], facts: {} } as const;
  return {
    aggregate: ledgerDayAggregate,
    open: () => new LedgerJournal({ fs: realFileSystem, root, day: "2026-11-20" }),
    command: (n) => ({ ...signal, taskId: id(n) }),
    several: { ...signal, taskId: id(99), started: true, ending: { status: "succeeded" } },
    invalid: undefined,
    shows: (state, n) => state?.tasks.has(id(n)) ?? false,
  };
});

journalConformance<FlowRecord, FlowEvent, FlowEventDraft, FlowCommand>("the journal of a flow", () => {
  const { root } = useSandbox();
  const facts = { title: "A flow", notify: "state_changes", route: { channel: "telegram", to: "42" } } as const;
  const { flowId } = createFlow(openRegistry({ root }), { facts }).flow;
  return {
    aggregate: flowAggregate,
    open: () => new FlowJournal({ fs: realFileSystem, root, flowId }),
    command: (n) => ({ type: "set_output", flowId, name: "n", value: n }),
    several: { type: "wait", flowId, wait: { kind: "manual" } },
    invalid: { type: "block", flowId, reason: "" },
    shows: (state, n) => state?.output["n"] === n,
  };
});
