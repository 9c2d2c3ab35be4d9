import { addressOf } from "./base-url.ts";

const STORED_AS = "clawtask.token";
const LINK = /^#\/?link=([^&]+)/;

let held: string | null = readStored();

/** Storage of a sandboxed frame throws; the token then lives as long as the page. */
function readStored(): string | null {
  try {
    return sessionStorage.getItem(STORED_AS);
  } catch {
    return null;
  }
}

export function authorization(): Record<string, string> {
  return held === null ? {} : { authorization: `Bearer ${held}` };
}

export function forgetToken(): void {
  held = null;
  try {
    sessionStorage.removeItem(STORED_AS);
  } catch {
    // Nothing was kept.
  }
}

/** The one-time code of a link that `clawtask serve` printed, from the page's address or pasted by a person. */
export function codeOf(text: string): string | null {
  const code = LINK.exec(new URL(text, "http://link/").hash)?.[1];
  return code === undefined ? null : decodeURIComponent(code);
}

/** Takes the code out of the address at once, so that it stays in no history, and exchanges it. */
export async function exchangeLinkInAddress(): Promise<void> {
  const code = codeOf(location.href);
  if (code === null) return;
  history.replaceState(null, "", location.href.split("#")[0]);
  await exchange(code);
}

/** @returns whether the server took the code */
export async function exchange(code: string): Promise<boolean> {
  const answer = await fetch(addressOf("api/session/exchange"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    credentials: "include",
    body: JSON.stringify({ code }),
  }).catch(() => null);
  if (answer === null || !answer.ok) return false;
  const { token } = (await answer.json()) as { token?: string };
  if (token === undefined) return false;
  held = token;
  try {
    sessionStorage.setItem(STORED_AS, token);
  } catch {
    // It lives as long as the page, then.
  }
  return true;
}
