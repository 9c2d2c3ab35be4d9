import { expect, it } from "vitest";
import { AlertSender, type AlertSenderOptions } from "../../../plugin/alerts/alert-sender.ts";
import { readAlertSettings } from "../../../plugin/alerts/alert-settings.ts";
import { AlertStateFile } from "../../../plugin/alerts/alert-state.ts";
import type { AttentionItem, DeliveryReport } from "../../../registry-helper/internal.ts";
import { useTempFolder } from "../support/temp-folder.ts";

const ITEM: AttentionItem = {
  kind: "lost",
  subject: { kind: "task", id: "t-1" },
  title: "count the sheep",
  since: "2026-11-20T12:00:00Z",
  reason: "nothing works on it any more",
  command: "",
  suggestion: { name: "tasks dismiss", args: ["t-1"] },
};
const ON = { alerts: { route: { channel: "telegram", to: "telegram:-1" } } };

function sender(root: string, more: Partial<AlertSenderOptions> = {}): { alerts: AlertSender; sent: string[] } {
  const sent: string[] = [];
  const alerts = new AlertSender({
    now: () => 0,
    mayAct: () => true,
    settings: () => readAlertSettings(ON),
    list: () => Promise.resolve([ITEM]),
    store: new AlertStateFile(root),
    send: ({ to }, text) => {
      sent.push(`${to} ${text}`);
      return Promise.resolve<DeliveryReport>({ kind: "sent", receipt: "7" });
    },
    problem: (message) => {
      throw new Error(message);
    },
    ...more,
  });
  return { alerts, sent };
}

it("sends to the route, and nothing again after a restart", async () => {
  const root = useTempFolder();
  const first = sender(root);
  await Promise.all([first.alerts.tick(), first.alerts.tick()]);
  expect(first.sent).toEqual([expect.stringMatching(/^telegram:-1 ⚠️ 1 new item needs attention:/)]);
  const second = sender(root);
  await second.alerts.tick();
  expect(second.sent).toEqual([]);
});

it("counts a message as sent when the gateway was killed before the answer", async () => {
  const root = useTempFolder();
  const killed = sender(root, { send: () => Promise.reject(new Error("killed")), problem: () => undefined });
  await killed.alerts.tick();
  const after = sender(root);
  await after.alerts.tick();
  expect(after.sent).toEqual([]);
});

it("sends nothing without a route, without the lease, or when nobody can say what needs attention", async () => {
  for (const more of [
    { settings: () => undefined },
    { mayAct: () => false },
    { list: () => Promise.resolve(undefined) },
  ] as Partial<AlertSenderOptions>[]) {
    const { alerts, sent } = sender(useTempFolder(), more);
    await alerts.tick();
    expect(sent).toEqual([]);
  }
});
