import { ClawTaskError, type ErrorCode } from "../../../registry-helper/index.ts";
import type { HostRecord } from "../../host/untyped-fields.ts";
import { inNameOf, runVerb, type VerbCall, type VerbError, type VerbResult } from "../../commands/run-command.ts";
import type { Call } from "./handler.ts";

/**
 * Runs a verb that changes something, with the key and the revision of the request, in the name of the caller.
 *
 * @param about.nameless for verbs that take the session of an agent from their environment: nobody's then
 * @throws ClawTaskError what the verb says
 */
export async function write(
  call: Call,
  verb: VerbCall,
  about: { nameless?: boolean; keyed?: boolean } = {},
): Promise<HostRecord> {
  const { desk, caller, key, ifMatch } = call;
  const run = about.nameless === true ? desk.commandLine : inNameOf(caller.actor, desk.commandLine);
  const options = {
    ...verb.options,
    ...(about.keyed === false || key === undefined ? {} : { key }),
    ...(ifMatch === undefined ? {} : { "expected-revision": ifMatch }),
  };
  try {
    return documentOf(await runVerb(run, { ...verb, options }));
  } finally {
    call.read.expire();
  }
}

/** @throws ClawTaskError */
export function documentOf(result: VerbResult): HostRecord {
  if ("error" in result) throw errorOf(result.error);
  return result.document;
}

/** The error of a verb as what it was before it was printed; its code is looked up in the same table. */
export function errorOf({ code, message, next, details }: VerbError): Error {
  // What went wrong inside is for the log, not for the client.
  if (code === "internal") return new Error(message);
  return new ClawTaskError(code as ErrorCode, {
    message,
    ...(next === undefined ? {} : { next }),
    ...(details === undefined ? {} : { facts: details as Record<string, string | number | null> }),
  });
}

/** Of a verb that takes many and reports on each: the one that was named, or why it was refused. */
export function onlyResult(document: HostRecord, field: "runs" | "results"): HostRecord {
  const [result] = (document[field] ?? []) as { error?: VerbError }[];
  if (result?.error !== undefined) throw errorOf(result.error);
  return result ?? {};
}
