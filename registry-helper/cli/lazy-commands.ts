/**
 * Everything that is not on the hot path. In the bundle this file and all it imports is one packed part
 * that is compiled only when one of these verbs is called.
 */
import { version } from "../model/version.ts";
import type { Command } from "./command.ts";
import { archiveCommand } from "./commands/archive.ts";
import { attentionCommand } from "./commands/attention.ts";
import { compareCommand } from "./commands/compare.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { exportCommand } from "./commands/export.ts";
import { forkCommand } from "./commands/fork.ts";
import { listCommand } from "./commands/list.ts";
import { pruneCommand } from "./commands/prune.ts";
import { repairCommand } from "./commands/repair.ts";
import { statsCommand } from "./commands/stats.ts";
import { tasksAudit } from "./commands/tasks-audit.ts";
import { tasksCancel } from "./commands/tasks-cancel.ts";
import { tasksList } from "./commands/tasks-list.ts";
import { tasksMaintenance } from "./commands/tasks-maintenance.ts";
import { tasksNotify } from "./commands/tasks-notify.ts";
import { tasksReport } from "./commands/tasks-report.ts";
import { tasksDismiss, tasksRetry } from "./commands/tasks-retry-dismiss.ts";
import { tasksShow } from "./commands/tasks-show.ts";
import { tasksWatch } from "./commands/tasks-watch.ts";
import { timelineCommand } from "./commands/timeline.ts";
import { validateCommand } from "./commands/validate.ts";
import { verifyCommand } from "./commands/verify.ts";
import { workflowGraph } from "./commands/workflow-graph.ts";
import { workflowList } from "./commands/workflow-list.ts";
import { workflowNew } from "./commands/workflow-new.ts";
import { workflowShow } from "./commands/workflow-show.ts";
import { workflowValidate } from "./commands/workflow-validate.ts";
import { flowCommands } from "./flow-commands.ts";
import { helpText as helpTextOf, commandHelp } from "./help/help.ts";

export const lazyCommands: Readonly<Record<string, Command>> = {
  validate: validateCommand,
  list: listCommand,
  fork: forkCommand,
  compare: compareCommand,
  timeline: timelineCommand,
  stats: statsCommand,
  export: exportCommand,
  archive: archiveCommand,
  prune: pruneCommand,
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
  ...flowCommands,
  attention: attentionCommand,
  verify: verifyCommand,
  repair: repairCommand,
  doctor: doctorCommand,
};

export const helpText = (command: string | undefined, more = ""): string => helpTextOf(command, lazyCommands, more);
export { commandHelp, version };
