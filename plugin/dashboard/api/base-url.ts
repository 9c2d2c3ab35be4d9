/** The folder that this page lies in; everything is asked for below it, wherever it is mounted. */
const DOCUMENT_BASE = new URL(".", location.href.split("#")[0]);

/** In a frame of the host's Control UI the page has no origin, and no cookie is its own: it reads with a key. */
const frame =
  globalThis.origin === "null" ? document.querySelector<HTMLMetaElement>("meta[name=clawtask-frame]") : null;

const BASE = frame === null ? DOCUMENT_BASE : new URL(frame.dataset["base"] ?? ".", DOCUMENT_BASE);

/** An address below the page's own folder, or where it reads instead. */
export function resolveUrl(path: string): string {
  return new URL(path.replace(/^\/+/, ""), BASE).href;
}

/** Whether browsers may add cookies: never from a frame, where they would speak for any page. */
export const CREDENTIALS: RequestCredentials = frame === null ? "same-origin" : "omit";

/** The key of a page in a frame, as headers. */
export function frameKey(): Record<string, string> {
  return frame === null ? {} : { "x-clawtask-frame": frame.content };
}
