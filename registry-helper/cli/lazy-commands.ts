/**
 * Everything that is not on the hot path. In the bundle this file and all it imports is one packed part
 * that is compiled only when one of these verbs is called.
 */
import { version } from "../model/version.ts";
import { rewriteAlias } from "./arguments/opentask-aliases.ts";
import type { Command } from "./command.ts";
import { archiveCommand, pruneCommand } from "./commands/archive-prune.ts";
import { attentionCommand } from "./commands/attention.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { exportCommand } from "./commands/export.ts";
import { flowCommands } from "./commands/flows.ts";
import { forkCommand } from "./commands/fork.ts";
import { reportedCommand } from "./commands/reported.ts";
import { compareCommand, listCommand, statsCommand, timelineCommand } from "./commands/run-reports.ts";
import { statusCommand } from "./commands/status.ts";
import { tasksCancel, tasksDismiss, tasksNotify, tasksReport, tasksRetry } from "./commands/tasks-change.ts";
import { tasksList, tasksWatch } from "./commands/tasks-list.ts";
import { auditCommand, tasksAudit, tasksShow } from "./commands/tasks-look.ts";
import { tasksMaintenance } from "./commands/tasks-maintenance.ts";
import { repairCommand, validateCommand, verifyCommand } from "./commands/verify-repair.ts";
import { wakingCommand } from "./commands/waking.ts";
import { workflowGraph, workflowList, workflowNew, workflowShow, workflowValidate } from "./commands/workflow.ts";
import { helpText, commandHelp } from "./help/help.ts";

export const lazyCommands: Readonly<Record<string, Command>> = {
  validate: validateCommand,
  list: listCommand,
  fork: forkCommand,
  compare: compareCommand,
  timeline: timelineCommand,
  stats: statsCommand,
  export: exportCommand,
  reported: reportedCommand,
  waking: wakingCommand,
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
  status: statusCommand,
  attention: attentionCommand,
  audit: auditCommand,
  verify: verifyCommand,
  repair: repairCommand,
  doctor: doctorCommand,
};

export const overviewOrHelp = (command: string | undefined, more = ""): string => helpText(command, lazyCommands, more);
export { commandHelp, rewriteAlias, version };
