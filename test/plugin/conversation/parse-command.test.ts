import { describe, expect, it } from "vitest";
import { parseCommand } from "../../../plugin/conversation/parse-command.ts";

describe("parseCommand", () => {
  it.each([
    ["", { kind: "list", all: false }],
    ["  list ", { kind: "list", all: false }],
    ["ALL", { kind: "list", all: true }],
    ["list all", { kind: "list", all: true }],
    ["attention", { kind: "attention" }],
    ["help", { kind: "help" }],
    ["show 0rk3", { kind: "show", reference: "0rk3" }],
    ["0rk3", { kind: "show", reference: "0rk3" }],
    ["Cancel 0rk3 not  needed any more", { kind: "cancel", reference: "0rk3", reason: "not needed any more" }],
    ["retry 0rk3", { kind: "retry", reference: "0rk3" }],
    ["dismiss 0rk3", { kind: "dismiss", reference: "0rk3" }],
    ["notify 0rk3 Silent", { kind: "notify", reference: "0rk3", policy: "silent" }],
    ["show --registry-root=/etc", { kind: "show", reference: "--registry-root=/etc" }],
  ])("parses %j", (typed, request) => {
    expect(parseCommand(typed)).toEqual(request);
  });

  it.each([
    ["show", "which task"],
    ["cancel", "which task"],
    ["notify", "which task"],
    ["notify 0rk3", "done_only, state_changes, silent"],
    ["notify 0rk3 loud", "done_only, state_changes, silent"],
    ["please stop", "no command"],
    ["stop", "no command"],
  ])("explains what is missing in %j", (typed, what) => {
    expect(parseCommand(typed)).toMatchObject({ kind: "unclear", what: expect.stringContaining(what) });
  });
});
