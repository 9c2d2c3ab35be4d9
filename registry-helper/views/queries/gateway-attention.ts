import { type AttentionItem, attentionItemsOf } from "../../model/attention-item.ts";
import { suggest } from "../../model/remedy.ts";
import { readGatewayHeartbeat } from "../../registry/gateway-heartbeat.ts";
import type { Registry } from "../../registry/registry.ts";

/** What the gateway that works on this registry says of its threads: those that hang, and what they did not come back from. */
export function listGatewayAttention(registry: Registry): AttentionItem[] {
  const note = readGatewayHeartbeat(registry);
  const silent = Object.entries(note?.threads ?? {}).flatMap(([thread, { silentMs, silentSince }]) =>
    silentSince === null
      ? []
      : [
          attentionItemsOf({ kind: "gateway", id: thread }, `the gateway's ${thread}`)(
            "recorder_silent",
            silentSince,
            `no answer for ${Math.round(silentMs / 1000)} s, and it could not be ended: is the disk of the registry dead?`,
            suggest("doctor"),
          ),
        ],
  );
  const aside = (note?.setAside ?? []).map(({ kind, id, at, why }) => {
    const suggestion = suggest("doctor");
    return kind === "signal"
      ? attentionItemsOf({ kind: "gateway", id: "recorder" }, `a signal of ${id}`)(
          "recorder_silent",
          at,
          why,
          suggestion,
        )
      : attentionItemsOf({ kind, id }, id)(`${kind}_unreadable`, at, `${why}; left alone until it changes`, suggestion);
  });
  return [...silent, ...aside];
}
