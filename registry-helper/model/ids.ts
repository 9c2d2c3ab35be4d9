import { ClawTaskError } from "./errors.ts";

/** Run ids and node ids become folder names, so they are checked before any path is made of them. */
const ID_PATTERN = /^[a-z0-9][a-z0-9._-]{0,63}$/i;
/** Names that Windows keeps for devices; a registry may be synced to such a machine. */
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$/i;

export function isSafeId(id: string): boolean {
  return ID_PATTERN.test(id) && !RESERVED.test(id) && !id.endsWith(".");
}

/**
 * Checks an id that is about to become a folder name.
 *
 * @throws ClawTaskError `invalid_id`
 */
export function requireSafeId(id: string, what: string): void {
  if (isSafeId(id)) return;
  throw new ClawTaskError("invalid_id", {
    message: `${what} is not usable as an id: ${JSON.stringify(id)}`,
    remedy: { hint: "use 1 to 64 letters, digits, dots, dashes or underscores, starting with a letter or digit" },
  });
}

/**
 * Tells apart what is made at the same moment. Needs to be new, not secret: `node:crypto` takes as long as a whole commit,
 * and the finer clock of `performance` a millisecond.
 */
export function uniqueSuffix(): string {
  const random = Math.floor(Math.random() * 36 ** 6);
  return Date.now().toString(36) + random.toString(36).padStart(6, "0");
}

const CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";

function base32(value: number, digits: number): string {
  let text = "";
  for (let rest = value, left = digits; left > 0; left -= 1) {
    text = `${CROCKFORD.charAt(rest % 32)}${text}`;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** The number that such digits stand for; undefined when one of them is none. */
export function fromBase32(text: string): number | undefined {
  let value = 0;
  for (const digit of text) {
    const place = CROCKFORD.indexOf(digit);
    if (place === -1) return undefined;
    value = value * 32 + place;
  }
  return value;
}

/**
 * Makes a time-ordered id such as `t-20261121-0rk3m9zq7x4w`: the UTC day, the milliseconds of that day,
 * and 30 random bits. The day says which ledger file holds the record.
 *
 * @param random a number in [0, 1)
 */
export function timeOrderedId(prefix: string, atMs: number, random: number): string {
  const day = new Date(atMs).toISOString().slice(0, 10).replaceAll("-", "");
  return `${prefix}-${day}-${base32(atMs % 86_400_000, 6)}${base32(Math.floor(random * 2 ** 30), 6)}`;
}

/** The ledger day (`2026-11-21`) in a time-ordered id, or undefined when the id is not one. */
export function parseDayFromId(id: string): string | undefined {
  const match = /^[a-z]+-(\d{4})(\d{2})(\d{2})-[0-9a-z]{12}$/.exec(id);
  return match ? `${match[1]}-${match[2]}-${match[3]}` : undefined;
}
