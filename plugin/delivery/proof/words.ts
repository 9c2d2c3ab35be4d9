import type { PendingDelivery } from "../pending-delivery.ts";

/** How much of a text must agree for it to be the same text. */
const COMPARED_LENGTH = 60;
/** How much of a result must be found in a message; hooks cut long messages. */
const CARRIED_LENGTH = 400;
/** A shorter result is found in messages that have nothing to do with it: it must be all that a message says. */
const MIN_TELLING_LENGTH = 12;

/** What is compared of a text: channels change white space and marks. */
const bare = (text: string): string => text.replace(/[\s*_`~]+/g, "");

/** Whether two texts begin alike, whatever a channel did to their marks and white space. */
export function isSameText(one: string, other: string): boolean {
  const key = (text: string): string => bare(text).slice(0, COMPARED_LENGTH);
  return key(one) !== "" && key(one) === key(other);
}

/**
 * Whether a text holds the result itself, word for word. A title proves nothing, since it is in progress notes too, and
 * neither does an error, which many works share: that one must come with its title.
 */
export function carriesResult(open: PendingDelivery, text: string | null | undefined): boolean {
  if (text === null || text === undefined || open.body === null) return false;
  const [message, result] = [bare(text), bare(open.body)];
  if (result.length < MIN_TELLING_LENGTH) return result !== "" && message === result;
  if (!message.includes(result.slice(0, CARRIED_LENGTH))) return false;
  const isError = ["failed", "timed_out", "lost", "late_failed", "late_timed_out"].includes(open.status);
  return !isError || message.includes(bare(open.title));
}

/** Whether the words of an agent are about a run, or about what the run asks. */
export function mentionsRun(open: PendingDelivery, text: string): boolean {
  const message = bare(text);
  const names = [open.owner.id, open.title, ...(open.owner.kind === "question" ? [open.status] : [])];
  return names.some((name) => bare(name) !== "" && message.includes(bare(name))) || carriesResult(open, text);
}

/** Whether two addresses are one: hooks write them with or without the channel before them. */
export function isSameAddress(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return one === other || one.endsWith(`:${other}`) || other.endsWith(`:${one}`);
}
