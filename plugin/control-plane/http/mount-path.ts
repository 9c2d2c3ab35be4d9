import type { IncomingMessage } from "node:http";

/** A request whose address was taken apart. */
export interface DoorRequest {
  raw: IncomingMessage;
  /** Below the mount, still percent-encoded. */
  path: string;
  query: string;
  mount: string;
}

/** Undefined when the address is not below one of the mounts. */
export function locate(raw: IncomingMessage, mounts: readonly string[]): DoorRequest | undefined {
  const { path, query } = splitAddress(raw.url ?? "");
  if (!path.startsWith("/")) return undefined;
  const mount = mounts.find((one) => path === one || path.startsWith(`${one}/`));
  return mount === undefined ? undefined : { raw, path: path.slice(mount.length), query, mount };
}

/** Never by `URL`: it would read `//other/path` as another host, and resolve dots. */
export function splitAddress(url: string): { path: string; query: string } {
  const at = url.indexOf("?");
  return at === -1 ? { path: url, query: "" } : { path: url.slice(0, at), query: url.slice(at + 1) };
}
