import { ATTENTION_KINDS, type DeliveryRoute, parseDuration } from "../../registry-helper/internal.ts";
import { recordIn, textIn } from "../host/untyped-fields.ts";

export type AlertKind = (typeof ATTENTION_KINDS)[number];

/** Where and when what needs attention is announced (`plugins.entries.clawtask.config.alerts`). */
export interface AlertSettings {
  route: DeliveryRoute;
  kinds: readonly AlertKind[];
  /** Minutes after midnight, local time of the gateway. Nothing is sent from the first to the second. */
  quietHours: { from: number; to: number } | undefined;
  /** Milliseconds between two messages; 0 sends at once. */
  digestEveryMs: number;
  /** Address of the dashboard, for a link in each message. */
  dashboardUrl: string | undefined;
}

/** Reads the settings; undefined without a route, which is how alerts are off. */
export function readAlertSettings(pluginConfig: unknown): AlertSettings | undefined {
  const alerts = recordIn(recordIn(pluginConfig)["alerts"]);
  const route = recordIn(alerts["route"]);
  const [channel, to] = [textIn(route, "channel"), textIn(route, "to")];
  if (channel === undefined || to === undefined) return undefined;
  const accountId = textIn(route, "accountId");
  const threadId = route["threadId"];
  const chosen = Array.isArray(alerts["kinds"]) ? alerts["kinds"] : undefined;
  return {
    route: {
      channel,
      to,
      ...(accountId === undefined ? {} : { accountId }),
      ...(typeof threadId === "string" || typeof threadId === "number" ? { threadId } : {}),
    },
    kinds: chosen === undefined ? ATTENTION_KINDS : ATTENTION_KINDS.filter((kind) => chosen.includes(kind)),
    quietHours: readQuietHours(textIn(alerts, "quietHours")),
    digestEveryMs: (parseDuration(textIn(alerts, "digestEvery") ?? "") ?? 0) / 1000,
    dashboardUrl: textIn(alerts, "dashboardUrl"),
  };
}

/** @param text such as `22:00-07:00` */
function readQuietHours(text: string | undefined): AlertSettings["quietHours"] {
  const match = /^(\d{2}):(\d{2})-(\d{2}):(\d{2})$/.exec(text ?? "");
  if (match === null) return undefined;
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = match.slice(1).map(Number);
  return { from: fromHour * 60 + fromMinute, to: toHour * 60 + toMinute };
}

/** Whether a moment lies in the quiet hours, which may go over midnight. */
export function isQuiet({ quietHours }: Pick<AlertSettings, "quietHours">, at: Date): boolean {
  if (quietHours === undefined) return false;
  const { from, to } = quietHours;
  const minute = at.getHours() * 60 + at.getMinutes();
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}
