import type { AsyncMethods, Methods } from "./operation-types.ts";

/**
 * An open registry: one method for each operation. Inputs are checked; each method returns a document of plain data, and
 * what it changed is on disk by then. A method throws a `ClawTaskError` when it is rejected, and has written nothing then.
 * Besides the groups below it has what concerns the registry as a whole: `attention`, `archive`, `doctor`, `prune`,
 * `repair` and `verify`.
 *
 * @example
 * const registry = openRegistry({ root: "/srv/registry", actor: "nightly" });
 * for (const { title, command } of registry.attention().items) console.log(title, command);
 */
export interface RegistryApi extends Methods<"registry"> {
  /** The folder of the registry, absolute. */
  readonly root: string;
  /**
   * Workflow runs: create, drive, control, inspect, compare, export.
   *
   * @example
   * registry.runs.scaffold({ runId: "report-1", workflowPath: "workflows/report.task.md", sourceSessionKey: "me" });
   * const { steps } = registry.runs.next({ runId: "report-1", claim: true });
   * registry.runs.complete({ runId: "report-1", nodeId: "dig", result: { points: 3 }, claimNext: true });
   */
  readonly runs: Methods<"runs">;
  /**
   * The ledger of detached work: list, inspect, report, cancel, deliver again.
   *
   * @example
   * const { tasks, next } = registry.tasks.list({ status: "running", since: "12h", limit: 20 });
   */
  readonly tasks: Methods<"tasks">;
  /**
   * Flows: jobs of several steps. Each method takes a flow as people name it; `clawtask/flows` takes ids only.
   *
   * @example
   * const { flowId } = registry.flows.create({ title: "Invoices of May", step: "collect", key: "invoices-may" });
   * registry.flows.wait({ flow: flowId, event: "folder-chosen", note: "which folder?" });
   */
  readonly flows: Methods<"flows">;
  /**
   * The workflow files of the registry.
   *
   * @example
   * registry.workflows.new({ name: "market-report", template: "research-report" });
   */
  readonly workflows: Methods<"workflows">;
}

/**
 * The same methods with promises. They run one after the other in a thread of their own, so that a slow disk or a long
 * list does not block the caller's event loop. A promise is rejected with what the method would throw. The thread keeps
 * the process alive only while a call is in progress.
 *
 * @example
 * const registry = openRegistryInWorker({ root: "/srv/registry" });
 * const { runs } = await registry.runs.list({ status: "running" });
 * await registry.close();
 */
export interface RegistryWorkerApi extends AsyncMethods<"registry"> {
  /** The folder of the registry, absolute. */
  readonly root: string;
  readonly runs: AsyncMethods<"runs">;
  readonly tasks: AsyncMethods<"tasks">;
  readonly flows: AsyncMethods<"flows">;
  readonly workflows: AsyncMethods<"workflows">;
  /** Ends the thread once the calls in progress have ended. Later calls are rejected. */
  close(): Promise<void>;
}
