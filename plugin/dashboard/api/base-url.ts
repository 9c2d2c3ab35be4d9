/** The folder that this page lies in; everything is asked for below it, wherever it is mounted. */
const BASE = new URL(".", location.href.split("#")[0]);

/** An address below the page's own folder. */
export function resolveUrl(path: string): string {
  return new URL(path.replace(/^\/+/, ""), BASE).href;
}
