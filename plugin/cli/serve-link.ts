import { ClawTaskError } from "../../registry-helper/index.ts";
import type { VerbAnswer } from "../../registry-helper/cli/verb.ts";
import { readToken } from "../control-plane/auth/token-file.ts";

/** How long the server may take, in milliseconds. */
const WAIT_MS = 5_000;

/** Asks the server that runs for another link. */
export async function askForLink(root: string, url: string): Promise<VerbAnswer> {
  const token = await readToken(root);
  const link = token === undefined ? undefined : await linkFrom(url, token);
  if (link === undefined) {
    throw new ClawTaskError("serve_failed", {
      message: `no server of this registry answers at ${url}`,
      next: "start one: clawtask serve, or say where it is: --port",
    });
  }
  return { json: { ok: true, link }, text: () => `${link}\n` };
}

async function linkFrom(url: string, token: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}api/session/link`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(WAIT_MS),
    });
    const answer = (await response.json()) as { link?: unknown };
    return typeof answer.link === "string" ? answer.link : undefined;
  } catch {
    return undefined;
  }
}
