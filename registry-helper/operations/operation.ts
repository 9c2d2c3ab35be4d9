import type { DatabaseSync } from "node:sqlite";
import { ANONYMOUS_CALLER } from "../domain/run/anonymous-caller.ts";
import type { Registry } from "../registry/registry.ts";

/** What an operation works with, besides its input. Made by the surface that calls it. */
export interface OperationContext {
  registry: Registry;
  /** The caller as journals name it: an agent's session key, "dashboard". Undefined when no one is known. */
  actor?: string | undefined;
  /** How suggested commands call the helper, such as `clawtask --registry-root /srv/registry`. */
  self: string;
  /** Where relative paths of the input start. */
  cwd: string;
}

/** The same for operations that read lists: the index is large to load, so the commands that drive a run do without. */
export interface IndexedContext extends OperationContext {
  /** Runs a query on an index that is up to date. A surface may keep one open, or show how far building it is. */
  queryIndex: <Result>(query: (database: DatabaseSync) => Result) => Result;
}

/** What an operation answers: a document that can cross threads and be printed as JSON. */
export interface Outcome<Document extends object = object> {
  document: Document;
  /** One line each, for the operator: a torn tail that was voided, a file that is missing. */
  notices?: readonly string[] | undefined;
}

/**
 * One thing that can be asked of a registry. Every surface (command line, HTTP, chat, gateway methods, agent tools)
 * calls the same function with a typed input.
 *
 * @throws ClawTaskError when it is rejected; nothing is written then
 */
export type Operation<
  Input extends object,
  Result extends Outcome = Outcome,
  Context extends OperationContext = IndexedContext,
> = (context: Context, input: Input) => Result;

/** Preconditions that every operation takes that changes one thing. */
export interface ChangeInput {
  /** The same key again returns the first answer and writes nothing. */
  key?: string | undefined;
  /** The revision that the caller saw; the change is rejected when there is a newer one (`revision_conflict`). */
  expectedRevision?: number | undefined;
}

/** Who a change is attributed to: the name in the input, else the caller, else anonymous. */
export function resolveActor({ actor }: Pick<OperationContext, "actor">, by?: string): string {
  return by || actor || ANONYMOUS_CALLER;
}
