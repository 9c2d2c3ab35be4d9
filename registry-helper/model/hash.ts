import { sha256Bytes } from "./sha256.ts";

/** Up to how many bytes hashing by ourselves takes less time than loading `node:crypto` does (some 6 ms). */
const MAX_PURE_JS_BYTES = 4 * 1024;

/** SHA-256 of a text, base64url. */
export function sha256(text: string): string {
  return computeDigest(text, "base64url");
}

/** SHA-256 as `sha256sum` prints it, for what people compare. */
export function sha256Hex(content: string | Uint8Array): string {
  return computeDigest(content, "hex");
}

function computeDigest(content: string | Uint8Array, encoding: "base64url" | "hex"): string {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  if (bytes.length <= MAX_PURE_JS_BYTES) return Buffer.from(sha256Bytes(bytes).buffer).toString(encoding);
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(bytes).digest(encoding);
}
