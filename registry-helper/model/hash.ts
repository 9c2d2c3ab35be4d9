/**
 * SHA-256 of a text, base64url. `node:crypto` costs 3 ms to load, more than a whole commit, and most
 * commands carry no idempotency key: so it is loaded only when something is hashed.
 */
export function sha256(text: string): string {
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("base64url");
}

/** SHA-256 as `sha256sum` prints it, for what people compare. */
export function sha256Hex(content: string | Uint8Array): string {
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(content).digest("hex");
}
