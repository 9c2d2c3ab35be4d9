import type { IncomingMessage } from "node:http";
import type { HttpError } from "./error-response.ts";

/** Largest body of a request, in bytes. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** Within this time a body has to be there whole, in milliseconds. */
export const BODY_TIMEOUT_MS = 10_000;

export type BodyResult = { text: string | undefined } | { httpError: HttpError };

/** The body of a request, which claims to be JSON; undefined when it has none. */
export async function readBody(request: IncomingMessage, waitMs = BODY_TIMEOUT_MS): Promise<BodyResult> {
  const { headers } = request;
  const length = headers["content-length"];
  const hasBody = headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
  if (!hasBody) return { text: undefined };
  const [mediaType = ""] = (headers["content-type"] ?? "").split(";");
  if (mediaType.trim().toLowerCase() !== "application/json") {
    const detail = "bodies are JSON: content-type has to be application/json";
    return { httpError: { status: 415, code: "media_type_unsupported", detail } };
  }
  if (Number(length ?? 0) > MAX_BODY_BYTES) return { httpError: TOO_LARGE };
  const bytes = await collect(request, waitMs);
  if ("httpError" in bytes) return bytes;
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes.bytes) };
  } catch {
    return { httpError: { status: 400, code: "invalid_json", detail: "the body is not UTF-8" } };
  }
}

const TOO_LARGE: HttpError = {
  status: 413,
  code: "body_too_large",
  detail: `a body has at most ${MAX_BODY_BYTES} bytes`,
};
const TOO_SLOW: HttpError = { status: 408, code: "body_too_slow", detail: "the body did not come in time" };
const CUT_OFF: HttpError = { status: 400, code: "body_cut_off", detail: "the body ended before it was whole" };

function collect(request: IncomingMessage, waitMs: number): Promise<{ bytes: Buffer } | { httpError: HttpError }> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let size = 0;
    const end = (result: { bytes: Buffer } | { httpError: HttpError }): void => {
      clearTimeout(timer);
      request.off("data", take);
      if ("httpError" in result) request.pause();
      resolve(result);
    };
    const take = (piece: Buffer): void => {
      size += piece.length;
      if (size > MAX_BODY_BYTES) end({ httpError: TOO_LARGE });
      else pieces.push(piece);
    };
    const timer = setTimeout(() => end({ httpError: TOO_SLOW }), waitMs);
    request.on("data", take);
    request.once("end", () => end({ bytes: Buffer.concat(pieces) }));
    request.once("error", () => end({ httpError: CUT_OFF }));
    request.once("aborted", () => end({ httpError: CUT_OFF }));
  });
}
