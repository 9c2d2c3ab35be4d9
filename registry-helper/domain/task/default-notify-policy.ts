import type { TaskRuntime } from "../../model/task-record.ts";
import type { NotifyPolicy } from "../../model/task-status.ts";

/**
 * What the requester hears of a runtime's work when nobody chose otherwise. Subagents and ACP children answer
 * somebody's question. The results of the others reach somebody by their own way: a terminal, the session
 * that started the process, the delivery of the cron job.
 */
export const DEFAULT_NOTIFY: Readonly<Record<TaskRuntime, NotifyPolicy>> = {
  subagent: "done_only",
  acp: "done_only",
  cron: "silent",
  cli: "silent",
  exec: "silent",
  media: "silent",
};
