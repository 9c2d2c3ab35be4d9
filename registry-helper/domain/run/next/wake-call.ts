import { quoteShellWord } from "../../../model/remedy.ts";

/** How often a run is looked at where no plugin watches it, in milliseconds. */
export const WAKE_INTERVAL_MS = 5 * 60_000;

/**
 * The arguments of the host's tool for cron jobs (`automations`, before `cron`) that make the job which continues a run.
 * Its message is all that a fresh turn knows. The key makes a second call change the same job.
 *
 * @param self how the helper is called; it need not name the registry
 * @param root the registry, absolute
 */
export function wakeCall({ runId, self, root }: { runId: string; self: string; root: string }): object {
  const helper = self.includes(" --registry-root ") ? self : `${self} --registry-root ${quoteShellWord(root)}`;
  return {
    action: "add",
    job: {
      name: `ClawTask ${runId}`,
      declarationKey: `clawtask:${root}:${runId}`.slice(-MAX_KEY_LENGTH),
      schedule: { kind: "every", everyMs: WAKE_INTERVAL_MS },
      sessionTarget: "current",
      payload: {
        kind: "agentTurn",
        message: `Continue ClawTask run ${runId}: run this in a shell and do what it prints: ${helper} next ${runId} --claim . If it prints nothing to do, answer NO_REPLY. If it prints REPORT or DONE, do that and remove this job.`,
      },
    },
  };
}

/** The host takes keys of at most so many characters. */
const MAX_KEY_LENGTH = 200;
