import type { AttentionItem } from "../../model/attention-item.ts";
import { formatCommand } from "../../model/remedy.ts";
import { listAttention } from "../../views/queries/list-attention.ts";
import { resolveLimit } from "../input-checks.ts";
import type { IndexedContext, Outcome } from "../operation.ts";

export interface AttentionInput {
  /** Only what this session asked for or works on, by its whole key. */
  session?: string | undefined;
  limit?: number | undefined;
}

export interface AttentionDocument {
  ok: true;
  registryRoot: string;
  /** How many there are, beyond the limit too. */
  total: number;
  /** The most urgent first. */
  items: AttentionItem[];
}

/**
 * Lists everything that needs attention, each with the one command that deals with it.
 *
 * @throws ClawTaskError `usage`
 */
export function attention(
  { registry, queryIndex, self }: IndexedContext,
  input: AttentionInput,
): Outcome<AttentionDocument> {
  const limit = resolveLimit(input.limit, "attention");
  const all = queryIndex((database) => listAttention(registry, database, { session: input.session }));
  const items = all.slice(0, limit).map((item) => ({ ...item, command: formatCommand(item.suggestion, self) }));
  return { document: { ok: true, registryRoot: registry.root, total: all.length, items } };
}
