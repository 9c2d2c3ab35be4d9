import { sha256 as computeInJs } from "@noble/hashes/sha2.js";

/**
 * Up to how many bytes hashing in JavaScript takes less time than loading `node:crypto` does (some 6 ms): an idempotency
 * key has a few dozen bytes, a result a few hundred.
 */
const MAX_PURE_JS_BYTES = 4 * 1024;

/** SHA-256 of a text, base64url. */
export function sha256(text: string): string {
  return computeDigest(text, "base64url");
}

/** SHA-256 as `sha256sum` prints it, for what people compare. */
export function sha256Hex(content: string | Uint8Array): string {
  return computeDigest(content, "hex");
}

/** After so many digests loading `node:crypto` has paid: whoever reads a whole journal hashes each line of it. */
const MAX_PURE_JS_DIGESTS = 100;
let digests = 0;

function computeDigest(content: string | Uint8Array, encoding: "base64url" | "hex"): string {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  digests += 1;
  if (bytes.length <= MAX_PURE_JS_BYTES && digests <= MAX_PURE_JS_DIGESTS)
    return Buffer.from(computeInJs(bytes)).toString(encoding);
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(bytes).digest(encoding);
}
