import { ClawTaskError, ERROR_TABLE, type ErrorCode } from "./errors.ts";
import { formatRemedy, type Remedy } from "./remedy.ts";

/** An error as JSON: on the command line, over HTTP, in gateway methods, between threads. */
export interface ErrorDocument {
  code: ErrorCode;
  message: string;
  /** The remedy as one line, with commands as they are called where it is shown. */
  next?: string;
  remedy?: Remedy;
  /** Facts for a program that continues automatically, such as the revision that is current. */
  details?: NonNullable<ClawTaskError["facts"]>;
}

/**
 * @param self how the helper is called where the error is shown
 */
export function toErrorDocument({ code, message, remedy, facts }: ClawTaskError, self = "clawtask"): ErrorDocument {
  const isForOperator = "operator" in ERROR_TABLE[code];
  return {
    code,
    message,
    ...(remedy === undefined ? {} : { next: formatRemedy(remedy, isForOperator ? "clawtask" : self), remedy }),
    ...(facts === undefined ? {} : { details: facts }),
  };
}

/** The error that a document is of, such as one that crossed threads. */
export function fromErrorDocument({ code, message, remedy, details }: ErrorDocument): ClawTaskError {
  return new ClawTaskError(code, {
    message,
    ...(remedy === undefined ? {} : { remedy }),
    ...(details === undefined ? {} : { facts: details }),
  });
}
