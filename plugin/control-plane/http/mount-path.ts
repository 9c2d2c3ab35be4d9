import type { IncomingMessage } from "node:http";

/** A request whose address was taken apart. */
export interface MountedRequest {
  raw: IncomingMessage;
  /** Below the mount, still percent-encoded. */
  path: string;
  query: string;
  mount: string;
}

/** Undefined when the address is not below one of the mounts. */
export function resolveMount(raw: IncomingMessage, mounts: readonly string[]): MountedRequest | undefined {
  const { path, query } = splitUrl(raw.url ?? "");
  if (!path.startsWith("/")) return undefined;
  const mount = mounts.find((one) => path === one || path.startsWith(`${one}/`));
  return mount === undefined ? undefined : { raw, path: path.slice(mount.length), query, mount };
}

/** Never by `URL`: it would read `//other/path` as another host, and resolve dots. */
export function splitUrl(url: string): { path: string; query: string } {
  const at = url.indexOf("?");
  return at === -1 ? { path: url, query: "" } : { path: url.slice(0, at), query: url.slice(at + 1) };
}
