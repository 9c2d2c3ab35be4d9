import type { TokenUsage } from "../../registry-helper/internal.ts";
import type { PluginApi } from "./plugin-api.ts";
import { numberIn, recordIn, textIn, withoutGaps } from "./untyped-fields.ts";

/**
 * What the last run in a session cost, as the host keeps it with the session. It is written after the run's end, so it
 * is read when the host has announced the run; only for sessions in which nothing else runs.
 */
export async function readSessionUsage(
  api: PluginApi,
  { sessionKey, sessionId }: { sessionKey: string; sessionId: string | undefined },
): Promise<TokenUsage | undefined> {
  const entry = recordIn(await api.runtime.agent.session.getSessionEntry({ sessionKey }));
  // A session that was reset since then says nothing of that run.
  if (sessionId !== undefined && textIn(entry, "sessionId") !== sessionId) return undefined;
  const [input, output] = [numberIn(entry, "inputTokens"), numberIn(entry, "outputTokens")];
  if (input === undefined || output === undefined) return undefined;
  const more = { cached: numberIn(entry, "cacheRead"), costUsd: numberIn(entry, "estimatedCostUsd") };
  return { input, output, ...withoutGaps(more) };
}
