import type { CommandAnswer } from "../../registry-helper/cli/command.ts";
import { ClawTaskError, suggest } from "../../registry-helper/internal.ts";
import { readToken } from "../control-plane/auth/token-file.ts";

/** How long the server may take, in milliseconds. */
const WAIT_MS = 5_000;

/** Asks the server that runs for another link. */
export async function askForLink(root: string, url: string): Promise<CommandAnswer> {
  const token = await readToken(root);
  const links = token === undefined ? undefined : await linksFrom(url, token);
  if (links === undefined) {
    throw new ClawTaskError("serve_failed", {
      message: `no server of this registry answers at ${url}`,
      remedy: { hint: "name its port with --port, or start one", commands: [suggest("serve")] },
    });
  }
  const { link, guestLink } = links;
  const customUi = guestLink === undefined ? "" : `${guestLink}   (the page of --ui)\n`;
  const uiLink = guestLink === undefined ? {} : { uiLink: guestLink };
  return { json: { ok: true, link, ...uiLink }, text: () => `${link}\n${customUi}` };
}

async function linksFrom(url: string, token: string): Promise<{ link: string; guestLink?: string } | undefined> {
  try {
    const response = await fetch(`${url}api/session/link`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(WAIT_MS),
    });
    const { link, guestLink } = (await response.json()) as Record<string, unknown>;
    if (typeof link !== "string") return undefined;
    return typeof guestLink === "string" ? { link, guestLink } : { link };
  } catch {
    return undefined;
  }
}
