import type { VerifiedSender } from "../../registry-helper/internal.ts";

/** What the gateway has decided about a request, before the request reached us. */
export interface GatewayAccess {
  /** The scopes that the gateway gives the request, such as `operator.read`. */
  scopes: readonly string[];
  /** Whom the gateway has verified: a person behind a trusted proxy, not the holder of a shared token. */
  person?: { id: string; name: string };
}

const WRITE_SCOPES = ["operator.write", "operator.admin"];
const READ_SCOPES = ["operator.read", ...WRITE_SCOPES];

/** What somebody with these scopes may do here; undefined is nothing. Each scope of the host includes those below it. */
export function grantedScope({ scopes }: GatewayAccess): "read" | "write" | undefined {
  if (scopes.some((scope) => WRITE_SCOPES.includes(scope))) return "write";
  return scopes.some((scope) => READ_SCOPES.includes(scope)) ? "read" : undefined;
}

/** How journals name a person: with the id that the gateway gave, since names are chosen and can be anything. */
export function formatPerson({ person }: GatewayAccess): string | undefined {
  if (person === undefined) return undefined;
  return person.name === person.id ? `gateway user ${person.id}` : `${person.name} (gateway user ${person.id})`;
}

/** Whoever the gateway lets act, as approvals know them; undefined for all others. A shared token names nobody. */
export function toVerifiedSender(access: GatewayAccess): VerifiedSender | undefined {
  if (grantedScope(access) !== "write") return undefined;
  const name = formatPerson(access);
  if (access.person === undefined || name === undefined) return { id: "gateway", role: "operator" };
  return { id: `gateway:${access.person.id}`, name, role: "operator" };
}
