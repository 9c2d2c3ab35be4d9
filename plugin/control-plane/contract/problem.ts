import {
  ERROR_TABLE,
  type ErrorCode,
  formatRemedy,
  isClawTaskError,
  type Remedy,
  suggest,
} from "../../../registry-helper/internal.ts";

/** Conditions that only a client of the API can meet; all others are the helper's (`ERROR_TABLE`). */
export const HTTP_PROBLEMS = {
  query_invalid: 400,
  header_invalid: 400,
  unauthorized: 401,
  read_only: 403,
  scope_missing: 403,
  origin_refused: 403,
  route_not_found: 404,
  file_not_found: 404,
  method_not_allowed: 405,
  body_too_large: 413,
  media_type_unsupported: 415,
  file_not_text: 415,
  body_invalid: 422,
  too_many_requests: 429,
  internal: 500,
  gateway_unavailable: 503,
} as const;

export type HttpProblemCode = keyof typeof HTTP_PROBLEMS;
export type ProblemCode = ErrorCode | HttpProblemCode;

/** An error as the API answers it (RFC 9457). `detail` is also where OpenTask's clients look for the text. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  /** What to do about it, as one line. */
  next?: string;
  /** The same by its parts, for a client that shows commands in its own way. */
  remedy?: Remedy;
  /** Facts for a program that goes on by itself, such as the revision that is current. */
  details?: Readonly<Record<string, unknown>>;
}

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** A refusal of the API itself, as handlers throw it. */
export class ApiProblem extends Error {
  readonly code: HttpProblemCode;
  readonly remedy: Remedy | undefined;
  readonly details: Problem["details"];

  constructor(
    code: HttpProblemCode,
    about: { detail: string; remedy?: Remedy; details?: Record<string, unknown>; cause?: unknown },
  ) {
    super(about.detail, about.cause === undefined ? undefined : { cause: about.cause });
    this.name = "ApiProblem";
    this.code = code;
    this.remedy = about.remedy;
    this.details = about.details;
  }
}

/** The status of a code: the helper's table first, since a verb's own conflict is no failed precondition. */
export function getHttpStatus(code: string): number {
  if (Object.hasOwn(ERROR_TABLE, code)) return ERROR_TABLE[code as ErrorCode].http;
  return Object.hasOwn(HTTP_PROBLEMS, code) ? HTTP_PROBLEMS[code as HttpProblemCode] : 500;
}

export function makeProblem(
  code: string,
  about: {
    detail: string;
    remedy?: Remedy | undefined;
    details?: Problem["details"];
    status?: number;
  },
): Problem {
  const { detail, remedy, details, status = getHttpStatus(code) } = about;
  const next = remedy === undefined ? undefined : formatRemedy(remedy);
  return {
    type: `/problems/${code}`,
    title: formatTitle(code),
    status,
    code,
    detail,
    ...(next === undefined ? {} : { next }),
    ...(remedy === undefined ? {} : { remedy }),
    ...(details === undefined ? {} : { details }),
  };
}

/** Any error as a problem. What is none of ours says nothing of the inside of the server. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ApiProblem)
    return makeProblem(error.code, {
      detail: error.message,
      remedy: error.remedy,
      details: error.details,
      status: HTTP_PROBLEMS[error.code],
    });
  if (isClawTaskError(error))
    return makeProblem(error.code, { detail: error.message, remedy: error.remedy, details: error.facts });
  return makeProblem("internal", {
    detail: "the server failed; its log says why",
    remedy: { commands: [suggest("doctor")] },
  });
}

function formatTitle(code: string): string {
  const words = code.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
