/** The call that makes the job which wakes a run, and the command that records it. */
export function wakeCallText(call: object, { runId, self }: { runId: string; self: string }): string {
  return [
    "Nothing wakes this run by itself. Once, call the host's tool automations (or cron) with exactly this, and record the",
    "job:",
    `  call automations ${JSON.stringify(call)}`,
    `  $ ${self} waking ${runId} --cron "<job id>"`,
  ].join("\n");
}
