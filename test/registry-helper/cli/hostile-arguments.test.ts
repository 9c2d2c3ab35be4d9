import { expect, it } from "vitest";
import { noticeText } from "../../../plugin/delivery/message-text.ts";
import type { PendingDelivery } from "../../../plugin/delivery/pending-delivery.ts";
import { useRun } from "../../support/registry-sandbox.ts";

const HOSTILE = "x\u001b[2J\u001b]0;owned\u0007\u202eevil\u2066\u200b\u009b31m \ud83d";
// eslint-disable-next-line no-control-regex -- these are what must not be there
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Commands that repeat what they were given, on either stream. */
const COMMANDS: readonly (readonly string[])[] = [
  [HOSTILE],
  ["show", HOSTILE],
  ["next", HOSTILE],
  ["brief", "demo", HOSTILE],
  ["complete", "demo", HOSTILE],
  ["fail", "demo", "a", "--message", HOSTILE],
  ["progress", "demo", HOSTILE],
  ["note", "demo", HOSTILE],
  ["bind", "demo", "child-session", "--node-id", "a", "--value", HOSTILE],
  ["bind", "demo", HOSTILE],
  ["skip", "demo", "a", "--message", HOSTILE],
  ["emit", "demo", HOSTILE],
  ["events", "demo", "--after", HOSTILE],
  ["compare", "demo", HOSTILE],
  ["fork", "demo", "--from", HOSTILE],
  ["stats", HOSTILE],
  ["list", "--status", HOSTILE],
  ["list", "--since", HOSTILE],
  ["list", "--session", HOSTILE],
  ["attention", "--session", HOSTILE],
  ["tasks", HOSTILE],
  ["tasks", "show", HOSTILE],
  ["tasks", "list", "--block", HOSTILE],
  ["flows", "show", HOSTILE],
  ["flows", "create", "--title", HOSTILE, "--owner", HOSTILE],
  ["workflow", "show", HOSTILE],
  ["workflow", "validate", HOSTILE],
  ["control", HOSTILE, "demo"],
  ["run", "create", "--workflow-path", HOSTILE],
];

it.each(COMMANDS)("%j %j %j prints nothing that steers a terminal", (...args) => {
  const sandbox = useRun({ nodes: [{ id: "a" }] });
  const { stdout, stderr } = sandbox.cli(...args, "--text");
  for (const printed of [stdout, stderr, sandbox.cli("show", "demo").stdout, sandbox.cli("events", "demo").stdout]) {
    expect(printed).not.toMatch(STEERING);
    expect(printed.isWellFormed()).toBe(true);
  }
});

it.each(["task", "run", "update", "question", "message"])(
  "a notice of a %s is well formed in each of its parts",
  (kind) => {
    for (const part of ["title", "status", "body"]) {
      const open = {
        owner: { kind, id: "t" },
        title: "t",
        status: "succeeded",
        body: "b",
        delivery: {},
        [part]: HOSTILE,
      };
      const notice = noticeText(open as unknown as PendingDelivery);
      expect(notice).not.toMatch(STEERING);
      expect(notice.isWellFormed()).toBe(true);
    }
  },
);
