/** A name or address, with or without a port; a dot at the end of a name means the same name. */
const HOST = /^(\[[0-9a-f:.]+\]|[^\s:@/\\?#[\]]*[^\s:@/\\?#[\].])\.?(?::(\d{0,5}))?$/i;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/**
 * A value of `Host` in one form: lower case, without the port that its scheme has anyway. Proxies that end TLS pass
 * `name:443` on, which is the same place as `name`.
 *
 * @returns undefined for what is no host
 */
export function canonicalHost(host: string): string | undefined {
  return withoutPort(host, Object.values(DEFAULT_PORTS));
}

/**
 * A value of `Origin` in one form.
 *
 * @returns undefined for what is no origin of HTTP, such as `null`
 */
export function canonicalOrigin(origin: string): string | undefined {
  const [, scheme = "", authority = ""] = /^(https?:)\/\/(.+)$/i.exec(origin) ?? [];
  const host = withoutPort(authority, [DEFAULT_PORTS[scheme.toLowerCase()] ?? ""]);
  return host === undefined ? undefined : `${scheme.toLowerCase()}//${host}`;
}

function withoutPort(authority: string, defaultPorts: readonly string[]): string | undefined {
  const [found, name = "", port = ""] = HOST.exec(authority) ?? [];
  if (found === undefined || Number(port) > 65_535) return undefined;
  const isDefault = port === "" || defaultPorts.includes(port);
  return `${name.toLowerCase()}${isDefault ? "" : `:${port}`}`;
}

/** A value of `Host` as a message may repeat it: what a stranger sent is no text of ours. */
export function quotableHost(host: string | undefined): string | undefined {
  const name = host === undefined ? undefined : canonicalHost(host);
  return name !== undefined && /^[\w.:[\]-]{1,253}$/.test(name) ? name : undefined;
}
