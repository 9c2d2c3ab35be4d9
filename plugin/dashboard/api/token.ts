import { CREDENTIALS, frameKey, resolveUrl } from "./base-url.ts";

const STORAGE_KEY = "clawtask.token";
const LINK = /^#\/?link=([^&]+)/;

let storedToken: string | null = readStored();

/** Storage of a sandboxed frame throws; the token then lives as long as the page. */
function readStored(): string | null {
  try {
    return sessionStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

export function authorization(): Record<string, string> {
  return storedToken === null ? frameKey() : { authorization: `Bearer ${storedToken}` };
}

export function forgetToken(): void {
  storedToken = null;
  try {
    sessionStorage.removeItem(STORAGE_KEY);
  } catch {
    // Nothing was kept.
  }
}

/** The one-time code of a link that `clawtask serve` printed, from the page's address or pasted by a person. */
export function parseLinkCode(text: string): string | null {
  const code = LINK.exec(new URL(text, "http://link/").hash)?.[1];
  return code === undefined ? null : decodeURIComponent(code);
}

/** Takes the code out of the address at once, so that it stays in no history, and exchanges it. */
export async function redeemLinkInAddress(): Promise<void> {
  const code = parseLinkCode(location.href);
  if (code === null) return;
  history.replaceState(null, "", location.href.split("#")[0]);
  await redeemCode(code);
}

/** @returns whether the server took the code */
export async function redeemCode(code: string): Promise<boolean> {
  const answer = await fetch(resolveUrl("api/session/exchange"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    credentials: CREDENTIALS,
    body: JSON.stringify({ code }),
  }).catch(() => null);
  if (answer === null || !answer.ok) return false;
  const { token } = (await answer.json()) as { token?: string };
  if (token === undefined) return false;
  storedToken = token;
  try {
    sessionStorage.setItem(STORAGE_KEY, token);
  } catch {
    // It lives as long as the page, then.
  }
  return true;
}
