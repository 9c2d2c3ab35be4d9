import type { SuggestedCommand } from "../../../registry-helper/internal.ts";
import { quoteWord } from "./cli-equivalent.ts";
import { ApiError } from "./problem.ts";

/** Why something was not done, and what the person at the page can do about it. */
export interface AdviceFacts {
  text: string;
  /** What to do, in words; empty when there is nothing to say. */
  words: string;
  /** Whole commands, to be copied. */
  commands: readonly string[];
}

/** What to do on the page where the server's own words are for the command line. */
const ON_THE_PAGE: Readonly<Record<string, string>> = {
  revision_conflict: "What is shown now is up to date. Look at it again, then decide.",
  run_not_found: "It may have been removed. The list of runs shows what is there.",
  task_not_found: "It may have been removed. The list of tasks shows what is there.",
  flow_not_found: "It may have been removed. The list of flows shows what is there.",
  workflow_not_found: "It may have been renamed or removed. The list of workflows shows what is there.",
  node_not_found: "The run has no such node (any more). Look at its graph.",
  run_exists: "Choose another name for the new run.",
  run_closed: "A run that is over never goes on. Fork it to begin anew from one of its nodes.",
  run_paused: "Resume the run first.",
  run_not_over: "Wait until the run is over, or cancel it first.",
  node_claimed: "Somebody is working on it. Wait for its end, or retry it: what is done now is given up then.",
  node_over: "It has ended meanwhile. To do it anew, fork the run from it.",
  illegal_transition: "Look at how it stands now, then decide again.",
  needs_unmet: "What it needs is not done yet: that comes first.",
  not_waiting: "It waits for no answer (any more). Look at how it stands now.",
  answer_invalid: "Change what you filled in, then answer again.",
  approval_expired: "Retry its node: then it is asked again.",
  idempotency_conflict: "Nothing was done. Press the button again.",
  task_over: "It has ended meanwhile; there is nothing left to stop.",
  task_not_over: "It still goes on. Wait for its end, or cancel it.",
  not_deliverable: "There is nothing to send. Its result is shown on its page.",
  flow_over: "The flow is over and does not change any more.",
  flow_cancelling: "Its cancel is under way: it ends as soon as none of its tasks is at work.",
  too_large: "Shorten the text, then try again.",
  params_invalid: "A fork takes over the parameters of its run. Make a new run for other ones.",
  journal_busy: "Something else is writing at this moment. Try again.",
  disk_full: "Free some space on the disk, then try again. Nothing was half written.",
  read_only: "This page may only look. Whoever has a shell on that machine can do it there.",
  unauthorized: "Open the link that the server printed when it was started.",
  origin_refused: "Open this page under the address that the server printed when it was started.",
  too_many_requests: "Wait a moment, then try again.",
};

/** A problem as text for the page: a sentence, and whole commands to copy. */
export function toErrorDetails(error: Error): AdviceFacts {
  const text = error.message;
  if (!(error instanceof ApiError)) return { text, words: "", commands: [] };
  const own = ON_THE_PAGE[error.code];
  if (own !== undefined) return { text, words: own, commands: [] };
  const { hint = "", scope, commands = [] } = error.remedy;
  return {
    text,
    words: hint === "" || scope !== undefined ? "" : `${capital(hint)}.`,
    commands: commands.filter(isComplete).map(formatCommand),
  };
}

/** A gap such as `<why>` cannot be filled in on the page. */
function isComplete({ args }: SuggestedCommand): boolean {
  return !args.some((arg) => arg.startsWith("<"));
}

function formatCommand({ name, args }: SuggestedCommand): string {
  return ["clawtask", name, ...args.map(quoteWord)].join(" ");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
