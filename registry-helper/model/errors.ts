import { formatRemedy, type Remedy, suggest } from "./remedy.ts";

/**
 * Every error that ClawTask answers with: one stable code per condition, and one table that says
 * what the code means for an exit status (CLI) and for an HTTP status (control plane).
 *
 * Exit statuses follow OpenTask: 1 = the domain says no, 2 = the command line was wrong. `operator`: an error of the
 * installation or of the command line, not of a run; its remedy names the product's command as manuals do.
 */
export const ERROR_TABLE = {
  usage: { exit: 2, http: 400, operator: true },

  workflow_not_found: { exit: 1, http: 404 },
  workflow_invalid: { exit: 1, http: 422 },
  front_matter_refused: { exit: 1, http: 422 },
  run_not_found: { exit: 1, http: 404 },
  run_exists: { exit: 1, http: 409 },
  run_closed: { exit: 1, http: 409 },
  node_not_found: { exit: 1, http: 404 },
  illegal_transition: { exit: 1, http: 409 },
  needs_unmet: { exit: 1, http: 409 },
  argument_missing: { exit: 1, http: 400 },
  argument_invalid: { exit: 1, http: 400 },
  invalid_json: { exit: 1, http: 400 },
  invalid_id: { exit: 1, http: 400 },
  invalid_path: { exit: 1, http: 400 },
  too_large: { exit: 1, http: 413 },
  run_paused: { exit: 1, http: 409 },
  run_not_over: { exit: 1, http: 409 },
  node_claimed: { exit: 1, http: 409 },
  stale_token: { exit: 1, http: 409 },
  not_allowed: { exit: 1, http: 403 },
  node_over: { exit: 1, http: 409 },
  node_exists: { exit: 1, http: 409 },
  needs_cycle: { exit: 1, http: 409 },
  not_waiting: { exit: 1, http: 409 },
  answer_invalid: { exit: 1, http: 422 },
  approval_expired: { exit: 1, http: 409 },
  approval_unverified: { exit: 1, http: 403 },
  result_invalid: { exit: 1, http: 422 },
  evidence_missing: { exit: 1, http: 409 },
  params_invalid: { exit: 1, http: 422 },
  control_unknown: { exit: 1, http: 404 },
  not_bound: { exit: 1, http: 409 },
  workflow_exists: { exit: 1, http: 409 },
  idempotency_conflict: { exit: 1, http: 409 },
  task_not_found: { exit: 1, http: 404 },
  ambiguous_id: { exit: 1, http: 409 },
  task_over: { exit: 1, http: 409 },
  task_not_over: { exit: 1, http: 409 },
  not_deliverable: { exit: 1, http: 409 },

  flow_not_found: { exit: 1, http: 404 },
  flow_over: { exit: 1, http: 409 },
  flow_cancelling: { exit: 1, http: 409 },
  revision_conflict: { exit: 1, http: 409 },
  task_in_other_flow: { exit: 1, http: 409 },
  output_not_a_list: { exit: 1, http: 409 },

  registry_not_found: { exit: 1, http: 503, operator: true },
  registry_unreadable: { exit: 1, http: 503, operator: true },
  registry_unwritable: { exit: 1, http: 503, operator: true },
  registry_too_new: { exit: 1, http: 503 },
  disk_full: { exit: 1, http: 507 },
  output_failed: { exit: 1, http: 500 },
  journal_corrupt: { exit: 1, http: 500 },
  journal_busy: { exit: 1, http: 503 },
  node_too_old: { exit: 1, http: 500 },
  install_failed: { exit: 1, http: 500 },
  serve_failed: { exit: 1, http: 500 },
} as const;

export type ErrorCode = keyof typeof ERROR_TABLE;

export interface ErrorDetails {
  /** One human sentence. Where OpenTask has a text for the condition, it is that text. */
  message: string;
  /** What to do about it. */
  remedy?: Remedy;
  /** Facts for a program that goes on by itself, such as the revision that is current. */
  facts?: Readonly<Record<string, string | number | null>>;
  cause?: unknown;
}

/**
 * An error that a person or an agent is meant to read and act on.
 *
 * @example
 * throw new ClawTaskError("run_not_found", { message: "run not found: demo", remedy: { commands: [suggest("list")] } });
 */
export class ClawTaskError extends Error {
  readonly code: ErrorCode;
  readonly remedy: Remedy | undefined;
  readonly facts: ErrorDetails["facts"];

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "ClawTaskError";
    this.code = code;
    this.remedy = details.remedy;
    this.facts = details.facts;
  }

  /** The remedy as a manual would write it. */
  get next(): string | undefined {
    return this.remedy === undefined ? undefined : formatRemedy(this.remedy);
  }
}

/** An input that says nothing sensible: exit status 2, as argparse has it. `command` names the help that tells more. */
export function usageError(message: string, command?: string): ClawTaskError {
  return new ClawTaskError("usage", {
    message,
    remedy: { commands: [suggest(command ?? "", "--help")] },
  });
}

/**
 * Tells a ClawTaskError by its shape. `instanceof` would fail between the helper's start-up code and
 * its packed cold part, which carry a copy of this class each.
 */
export function isClawTaskError(error: unknown): error is ClawTaskError {
  return error instanceof Error && error.name === "ClawTaskError" && "code" in error;
}

/** The process exit status for an error: the table's for ours, 1 for everything else. */
export function getExitStatus(error: unknown): number {
  return isClawTaskError(error) ? ERROR_TABLE[error.code].exit : 1;
}

/** What was thrown, in words: anything may be. */
export function getErrorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
