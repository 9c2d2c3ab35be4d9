/**
 * SHA-256 of a text, base64url. `node:crypto` costs 3 ms to load, more than a whole commit, and most
 * commands carry no idempotency key: so it is loaded only when something is hashed.
 */
export function sha256(text: string): string {
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("base64url");
}
