import type { JsonObject } from "./response-types.ts";

const PATH = /^\/?api\/(runs|tasks|flows)\/([^/]+)\/actions\/([^/]+)$/;

/** A request as the command that does the same, for whoever may not write here. */
export function getCliCommand(
  { path, body = {} }: { path: string; body?: JsonObject | undefined },
  otherwise = "",
): string {
  const [, noun, id, action] = PATH.exec(path) ?? [];
  if (noun === undefined || id === undefined || action === undefined) return otherwise;
  const name = decodeURIComponent(id);
  // What became of a result is the same verb for tasks, runs and flows.
  if (action === "retry_delivery" || action === "dismiss")
    return `clawtask tasks ${action.split("_")[0] ?? ""} ${name}`;
  const prefix = noun === "runs" ? "" : `${noun} `;
  const message = body["message"];
  const words = [
    `clawtask ${prefix}${action.replaceAll("_", "-")} ${name}`,
    ...(typeof body["nodeId"] === "string" ? [body["nodeId"]] : []),
    ...(typeof message === "string"
      ? [action === "send_message" ? quoteWord(message) : `--message ${quoteWord(message)}`]
      : []),
    ...(typeof body["choice"] === "string" && action === "approve" ? [`--choice ${quoteWord(body["choice"])}`] : []),
  ];
  return words.join(" ");
}

/** A word as a POSIX shell takes it. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
