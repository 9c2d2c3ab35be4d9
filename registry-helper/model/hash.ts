import { sha256Bytes } from "./sha256.ts";

/** Up to how many bytes hashing by ourselves takes less time than loading `node:crypto` does (some 6 ms). */
const MOST_BY_OURSELVES = 4 * 1024;

/** SHA-256 of a text, base64url. */
export function sha256(text: string): string {
  return digestOf(text, "base64url");
}

/** SHA-256 as `sha256sum` prints it, for what people compare. */
export function sha256Hex(content: string | Uint8Array): string {
  return digestOf(content, "hex");
}

function digestOf(content: string | Uint8Array, encoding: "base64url" | "hex"): string {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  if (bytes.length <= MOST_BY_OURSELVES) return Buffer.from(sha256Bytes(bytes).buffer).toString(encoding);
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(bytes).digest(encoding);
}
