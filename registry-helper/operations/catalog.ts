import { runTask } from "./flows/add-task-to-flow.ts";
import { cancel as cancelFlow } from "./flows/cancel-flow.ts";
import { block, fail as failFlow, finish, output, resume, update, wait } from "./flows/change.ts";
import { create } from "./flows/create.ts";
import { list as listFlows } from "./flows/list.ts";
import { show as showFlow } from "./flows/show.ts";
import type { Operation } from "./operation.ts";
import { bind, unbind } from "./runs/bindings.ts";
import { brief } from "./runs/briefs.ts";
import { control } from "./runs/control.ts";
import { list } from "./runs/list.ts";
import { claim, next } from "./runs/next.ts";
import { events } from "./runs/read-events.ts";
import { complete, fail, result } from "./runs/report-node.ts";
import { emit, progress } from "./runs/reports-to-run.ts";
import { scaffold } from "./runs/scaffold.ts";
import { show } from "./runs/show.ts";
import { tick } from "./runs/tick-run.ts";
import { transitionNode } from "./runs/transition-node.ts";
import { validate } from "./runs/validate-run.ts";
import { audit } from "./tasks/audit.ts";
import { cancel as cancelTask, getCancelStatus } from "./tasks/cancel.ts";
import { list as listTasks } from "./tasks/list.ts";
import { maintenance } from "./tasks/maintenance.ts";
import { notify } from "./tasks/notify.ts";
import { report } from "./tasks/report.ts";
import { dismiss, retry } from "./tasks/retry-dismiss.ts";
import { show as showTask } from "./tasks/show.ts";

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
  "runs.bind": bind,
  "runs.brief": brief,
  "runs.claim": claim,
  "runs.complete": complete,
  "runs.control": control,
  "runs.emit": emit,
  "runs.events": events,
  "runs.fail": fail,
  "runs.list": list,
  "runs.next": next,
  "runs.progress": progress,
  "runs.result": result,
  "runs.scaffold": scaffold,
  "runs.show": show,
  "runs.tick": tick,
  "runs.transition-node": transitionNode,
  "runs.unbind": unbind,
  "runs.validate": validate,
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
} as const satisfies Readonly<Record<string, Operation<never>>>;

export type OperationName = keyof typeof OPERATIONS;
