import { attention } from "./attention/attention.ts";
import { status } from "./attention/status.ts";
import { runTask } from "./flows/add-task-to-flow.ts";
import { cancel as cancelFlow } from "./flows/cancel-flow.ts";
import { block, fail as failFlow, finish, output, resume, update, wait, create } from "./flows/change.ts";
import { list as listFlows, show as showFlow } from "./flows/list.ts";
import { archive } from "./maintenance/archive.ts";
import { doctor } from "./maintenance/doctor.ts";
import { prune } from "./maintenance/prune-runs.ts";
import { repair, verify } from "./maintenance/verify.ts";
import type { Operation } from "./operation.ts";
import { brief } from "./runs/briefs.ts";
import { control } from "./runs/control-run.ts";
import { endNodes } from "./runs/end-nodes.ts";
import { exportRun } from "./runs/export-run.ts";
import { fork } from "./runs/fork-run.ts";
import { claim, next } from "./runs/next.ts";
import { events } from "./runs/read-events.ts";
import { complete, fail, result } from "./runs/report-node.ts";
import { reported } from "./runs/reported.ts";
import { bind, unbind, emit, progress, transitionNode } from "./runs/reports-to-run.ts";
import { compare, list, stats, timeline } from "./runs/run-reports.ts";
import { scaffold } from "./runs/scaffold-run.ts";
import { show } from "./runs/show.ts";
import { spawned } from "./runs/spawned.ts";
import { tick } from "./runs/tick-run.ts";
import { validate } from "./runs/validate-run.ts";
import { verifyExportFile } from "./runs/verify-export.ts";
import { waking } from "./runs/waking.ts";
import { audit, maintenance } from "./tasks/audit.ts";
import { cancel as cancelTask, getCancelStatus } from "./tasks/cancel.ts";
import { list as listTasks } from "./tasks/list.ts";
import { notify, report } from "./tasks/report.ts";
import { dismiss, retry } from "./tasks/retry-dismiss.ts";
import { show as showTask } from "./tasks/show.ts";
import {
  create as createWorkflow,
  graph,
  list as listWorkflows,
  show as showWorkflow,
  validate as validateWorkflows,
} from "./workflows/workflow-operations.ts";

/** Every operation by its name, for surfaces that call by name. The entries are in the order of their names. */
export const OPERATIONS = {
  "flows.block": block,
  "flows.cancel": cancelFlow,
  "flows.create": create,
  "flows.fail": failFlow,
  "flows.finish": finish,
  "flows.list": listFlows,
  "flows.output": output,
  "flows.resume": resume,
  "flows.run-task": runTask,
  "flows.show": showFlow,
  "flows.update": update,
  "flows.wait": wait,
  "registry.archive": archive,
  "registry.attention": attention,
  "registry.doctor": doctor,
  "registry.prune": prune,
  "registry.repair": repair,
  "registry.status": status,
  "registry.verify": verify,
  "runs.bind": bind,
  "runs.brief": brief,
  "runs.claim": claim,
  "runs.compare": compare,
  "runs.complete": complete,
  "runs.control": control,
  "runs.emit": emit,
  "runs.end-nodes": endNodes,
  "runs.events": events,
  "runs.export": exportRun,
  "runs.fail": fail,
  "runs.fork": fork,
  "runs.list": list,
  "runs.next": next,
  "runs.progress": progress,
  "runs.reported": reported,
  "runs.result": result,
  "runs.scaffold": scaffold,
  "runs.show": show,
  "runs.spawned": spawned,
  "runs.stats": stats,
  "runs.tick": tick,
  "runs.timeline": timeline,
  "runs.transition-node": transitionNode,
  "runs.unbind": unbind,
  "runs.validate": validate,
  "runs.verify-export": verifyExportFile,
  "runs.waking": waking,
  "tasks.audit": audit,
  "tasks.cancel": cancelTask,
  "tasks.cancel-status": getCancelStatus,
  "tasks.dismiss": dismiss,
  "tasks.list": listTasks,
  "tasks.maintenance": maintenance,
  "tasks.notify": notify,
  "tasks.report": report,
  "tasks.retry": retry,
  "tasks.show": showTask,
  "workflows.graph": graph,
  "workflows.list": listWorkflows,
  "workflows.new": createWorkflow,
  "workflows.show": showWorkflow,
  "workflows.validate": validateWorkflows,
} as const satisfies Readonly<Record<string, Operation<never>>>;

export type OperationName = keyof typeof OPERATIONS;
