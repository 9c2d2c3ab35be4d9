import { describe, expect, it } from "vitest";
import { readAlertSettings, type AlertSettings } from "../../../plugin/alerts/alert-settings.ts";
import { NO_ALERTS, type AlertState } from "../../../plugin/alerts/alert-state.ts";
import { alertText } from "../../../plugin/alerts/alert-text.ts";
import { afterAlert, decideAlerts, getAlertKey } from "../../../plugin/alerts/decide-alerts.ts";
import { ATTENTION_KINDS, type AttentionItem } from "../../../registry-helper/internal.ts";

const NOON = new Date(2026, 10, 20, 12, 0).getTime();
const HOUR_MS = 3_600_000;
const ROUTE = { channel: "discord", to: "channel:9" };
const settings = (more: object = {}): AlertSettings => {
  const read = readAlertSettings({ alerts: { route: ROUTE, ...more } });
  if (read === undefined) throw new Error("no settings");
  return read;
};
const item = (id: string, more: Partial<AttentionItem> = {}): AttentionItem => ({
  kind: "run_blocked",
  subject: { kind: "run", id },
  title: `Run ${id}`,
  since: "2026-11-20T12:00:00Z",
  reason: "deploy failed",
  command: "",
  suggestion: { name: "next", args: [id] },
  ...more,
});

/** What is said at each look, with the state kept between them. */
class Channel {
  state: AlertState = NO_ALERTS;
  readonly said: string[] = [];

  look(items: readonly AttentionItem[], now: number, options: AlertSettings = settings(), refused = false): void {
    const { state, message } = decideAlerts(this.state, items, options, now);
    this.state = state;
    if (message === undefined) return;
    this.state = afterAlert(state, refused, now);
    if (!refused)
      this.said.push(
        [...message.items.map(({ title }) => title), ...message.resolved.map((one) => `-${one}`)].join(" "),
      );
  }
}

describe("alerts", () => {
  it("announce each item once, all that is new in one message, and say what was resolved with the next", () => {
    const channel = new Channel();
    channel.look([item("a"), item("b")], NOON);
    channel.look([item("a"), item("b")], NOON + 1);
    channel.look([item("b")], NOON + 2);
    channel.look([item("b"), item("c")], NOON + 3);
    expect(channel.said).toEqual(["Run a Run b", "Run c -Run a"]);
  });

  it("announce again what moved and stands still again", () => {
    const channel = new Channel();
    channel.look([item("a")], NOON);
    channel.look([item("a", { since: "2026-11-20T13:00:00Z" })], NOON + HOUR_MS);
    expect(channel.said).toEqual(["Run a", "Run a -Run a"]);
  });

  it("wait out quiet hours, over midnight too", () => {
    const night = settings({ quietHours: "22:00-07:00" });
    const channel = new Channel();
    channel.look([item("a")], NOON + 11 * HOUR_MS, night);
    channel.look([item("a"), item("b")], NOON + 18 * HOUR_MS, night);
    expect(channel.said).toEqual([]);
    channel.look([item("b")], NOON + 19 * HOUR_MS, night);
    expect(channel.said).toEqual(["Run b"]);
  });

  it("collect a digest, with resolutions of their own", () => {
    const hourly = settings({ digestEvery: "1h" });
    const channel = new Channel();
    channel.look([item("a")], NOON, hourly);
    channel.look([item("a"), item("b")], NOON + HOUR_MS / 2, hourly);
    channel.look([item("a"), item("b")], NOON + HOUR_MS, hourly);
    channel.look([], NOON + 2 * HOUR_MS, hourly);
    channel.look([], NOON + 3 * HOUR_MS, hourly);
    expect(channel.said).toEqual(["Run a", "Run b", "-Run a -Run b"]);
  });

  it("leave out kinds that were not chosen", () => {
    const channel = new Channel();
    channel.look([item("a"), item("b", { kind: "lost" })], NOON, settings({ kinds: ["lost"] }));
    expect(channel.said).toEqual(["Run b"]);
  });

  it("are tried again after a refusal, and never after an answer that was lost", () => {
    const channel = new Channel();
    channel.look([item("a")], NOON, settings(), true);
    channel.look([item("a")], NOON + 1);
    expect(channel.said).toEqual(["Run a"]);
    // The gateway was killed between the send and its answer.
    const interrupted = new Channel();
    interrupted.state = { ...NO_ALERTS, sending: { [getAlertKey(item("a"))]: "Run a" } };
    interrupted.look([item("a")], NOON);
    expect(interrupted.said).toEqual([]);
  });

  it.each([{}, { route: {} }, { route: { channel: "telegram" } }, { route: { to: "1" } }, "on", null])(
    "are off without a whole route: %j",
    (alerts) => {
      expect(readAlertSettings({ alerts })).toBeUndefined();
    },
  );
});

describe("the text of an alert", () => {
  it.each(ATTENTION_KINDS)("names the work, its id and a command for %s", (kind) => {
    for (const what of ["run", "task", "flow"] as const) {
      const text = alertText({ items: [item("x-1", { kind, subject: { kind: what, id: "x-1" } })], resolved: [] });
      expect(text).toMatch(/^⚠️ 1 new item needs attention:\n\n• Run x-1: .+\n {2}deploy failed\n {2}.* show x-1$/);
    }
  });

  it("links to the dashboard where its address is known", () => {
    const text = alertText({ items: [item("x 1")], resolved: [] }, "https://claw.example.net/#/");
    expect(text).toContain("https://claw.example.net/#/runs/x%201");
  });

  it("counts what it leaves out, and neutralizes markup and mentions", () => {
    const items = Array.from({ length: 14 }, (_, index) => item(`r-${index}`, { title: "[x](http://evil) @everyone" }));
    const text = alertText({ items, resolved: Array.from({ length: 12 }, (_, index) => `old ${index}`) });
    expect(text).toContain("... and 4 more: /tasks attention");
    expect(text).toContain("old 9, and 2 more");
    expect(text).not.toMatch(/@everyone|\[x\]/);
  });
});
