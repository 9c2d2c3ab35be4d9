import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Compares without telling by its time how much was right. */
export function matchesSecret(given: string | undefined, expected: string): boolean {
  return given !== undefined && timingSafeEqual(computeDigest(given), computeDigest(expected));
}

/** A code for one use, of 192 bits. */
export function generateCode(): string {
  return randomBytes(24).toString("base64url");
}

/** A secret that follows from another and does not give it away. */
export function deriveSecret(secret: string, purpose: string): string {
  return createHmac("sha256", secret).update(`clawtask ${purpose}`).digest("base64url");
}

function computeDigest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
