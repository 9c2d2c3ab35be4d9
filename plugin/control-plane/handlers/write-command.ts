import { ClawTaskError, type ErrorCode } from "../../../registry-helper/internal.ts";
import {
  withActor,
  runCommand,
  type CommandCall,
  type CommandError,
  type CommandResult,
} from "../../commands/run-command.ts";
import type { HostRecord } from "../../host/untyped-fields.ts";
import type { HandlerRequest } from "./handler.ts";

/**
 * Runs a verb that changes something, with the key and the revision of the request, in the name of the caller.
 *
 * @param about.nameless for verbs that take the session of an agent from their environment: nobody's then
 * @throws ClawTaskError what the verb says
 */
export async function runWriteCommand(
  request: HandlerRequest,
  command: CommandCall,
  about: { anonymous?: boolean; keyed?: boolean } = {},
): Promise<HostRecord> {
  const { context, caller, key, ifMatch } = request;
  const run = about.anonymous === true ? context.commandLine : withActor(caller.actor, context.commandLine);
  const options = {
    ...command.options,
    ...(about.keyed === false || key === undefined ? {} : { key }),
    ...(ifMatch === undefined ? {} : { "expected-revision": ifMatch }),
  };
  try {
    return requireDocument(await runCommand(run, { ...command, options }));
  } finally {
    request.read.expire();
  }
}

/** @throws ClawTaskError */
export function requireDocument(result: CommandResult): HostRecord {
  if ("error" in result) throw toError(result.error);
  return result.document;
}

/** The error of a verb as what it was before it was printed; its code is looked up in the same table. */
export function toError({ code, message, remedy, details }: CommandError): Error {
  // What went wrong inside is for the log, not for the client.
  if (code === "internal") return new Error(message);
  return new ClawTaskError(code as ErrorCode, {
    message,
    ...(remedy === undefined ? {} : { remedy }),
    ...(details === undefined ? {} : { facts: details as Record<string, string | number | null> }),
  });
}

/** Of a verb that takes many and reports on each: the one that was named, or why it was refused. */
export function getOnlyResult(document: HostRecord, field: "runs" | "results"): HostRecord {
  const [result] = (document[field] ?? []) as { error?: CommandError }[];
  if (result?.error !== undefined) throw toError(result.error);
  return result ?? {};
}
