import type { IncomingMessage } from "node:http";
import { readBytes } from "./loopback-server.ts";

/** A file that came with a request. */
export interface SentFile {
  /** Name of the form's field. */
  readonly field: string;
  readonly name: string;
  readonly bytes: number;
}

/** What a request carries, however it is encoded. */
export interface RequestForm {
  readonly params: Readonly<Record<string, unknown>>;
  readonly files: readonly SentFile[];
}

/**
 * Reads a body of JSON, of form fields or of form fields with files; other bodies count as empty. A field
 * `payload_json` stands for the fields in it, as Discord has it.
 */
export async function readForm(request: IncomingMessage): Promise<RequestForm> {
  const contentType = request.headers["content-type"] ?? "";
  const body = await readBytes(request);
  if (body.length === 0) return { params: {}, files: [] };
  if (contentType.includes("json")) return { params: asJson(body), files: [] };
  if (!/urlencoded|multipart/.test(contentType)) return { params: {}, files: [] };
  // The sender is the gateway under test on this machine, so the warning about strangers' forms does not apply.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const form = await new Response(new Uint8Array(body), { headers: { "content-type": contentType } }).formData();
  let params: Record<string, unknown> = {};
  const files: SentFile[] = [];
  for (const [field, value] of form) {
    if (field === "payload_json") params = { ...params, ...asJson(Buffer.from(String(value))) };
    else if (typeof value === "string") params[field] = value;
    else files.push({ field, name: value.name, bytes: value.size });
  }
  return { params, files };
}

function asJson(body: Buffer): Record<string, unknown> {
  return JSON.parse(body.toString("utf8")) as Record<string, unknown>;
}
