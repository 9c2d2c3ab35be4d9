/**
 * Everything that is not on the hot path. In the bundle this file and all it imports is one packed part
 * that is compiled only when one of these verbs is called.
 */
import { version } from "../version.ts";
import { flowVerbs } from "./flow-verbs.ts";
import { helpText as helpTextOf, verbHelp } from "./help.ts";
import type { Verb } from "./verb.ts";
import { compare } from "./verbs/compare.ts";
import { archive } from "./verbs/archive.ts";
import { attention } from "./verbs/attention.ts";
import { doctor } from "./verbs/doctor.ts";
import { exportVerb } from "./verbs/export.ts";
import { fork } from "./verbs/fork.ts";
import { list } from "./verbs/list.ts";
import { prune } from "./verbs/prune.ts";
import { repair } from "./verbs/repair.ts";
import { stats } from "./verbs/stats.ts";
import { warmVerbs } from "./warm-verbs.ts";
import { tasksAudit } from "./verbs/tasks-audit.ts";
import { tasksCancel } from "./verbs/tasks-cancel.ts";
import { tasksList } from "./verbs/tasks-list.ts";
import { tasksMaintenance } from "./verbs/tasks-maintenance.ts";
import { tasksNotify } from "./verbs/tasks-notify.ts";
import { tasksReport } from "./verbs/tasks-report.ts";
import { tasksDismiss, tasksRetry } from "./verbs/tasks-settle.ts";
import { tasksShow } from "./verbs/tasks-show.ts";
import { tasksWatch } from "./verbs/tasks-watch.ts";
import { timeline } from "./verbs/timeline.ts";
import { validate } from "./verbs/validate.ts";
import { verify } from "./verbs/verify.ts";
import { workflowGraph } from "./verbs/workflow-graph.ts";
import { workflowList } from "./verbs/workflow-list.ts";
import { workflowNew } from "./verbs/workflow-new.ts";
import { workflowShow } from "./verbs/workflow-show.ts";
import { workflowValidate } from "./verbs/workflow-validate.ts";

export const coldVerbs: Readonly<Record<string, Verb>> = {
  validate,
  list,
  ...warmVerbs,
  fork,
  compare,
  timeline,
  stats,
  export: exportVerb,
  archive,
  prune,
  "workflow new": workflowNew,
  "workflow validate": workflowValidate,
  "workflow list": workflowList,
  "workflow show": workflowShow,
  "workflow graph": workflowGraph,
  "tasks list": tasksList,
  "tasks show": tasksShow,
  "tasks watch": tasksWatch,
  "tasks report": tasksReport,
  "tasks notify": tasksNotify,
  "tasks cancel": tasksCancel,
  "tasks retry": tasksRetry,
  "tasks dismiss": tasksDismiss,
  "tasks audit": tasksAudit,
  "tasks maintenance": tasksMaintenance,
  ...flowVerbs,
  attention,
  verify,
  repair,
  doctor,
};

export const helpText = (verb: string | undefined, more = ""): string => helpTextOf(verb, coldVerbs, more);
export { verbHelp, version };
