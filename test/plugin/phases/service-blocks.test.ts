import { beforeEach, describe, expect, it } from "vitest";
import type { AgentActivity } from "../../../plugin/host/events/agent-activity.ts";
import { ProgressTracker } from "../../../plugin/phases/progress-tracker.ts";
import { activity } from "../support/runtime-samples.ts";

const start = (name: string, args: object = {}, toolCallId = "c1"): AgentActivity =>
  activity("tool", { phase: "start", name, args, toolCallId });
const end = (name: string, result: object = {}, toolCallId = "c1"): AgentActivity =>
  activity("tool", { phase: "result", name, toolCallId, ...result });
const failed = (text: string): object => ({ isError: true, result: { content: [{ type: "text", text }] } });
const exited = (exitCode: number, aggregated: string): object => ({
  isError: false,
  result: { content: [{ type: "text", text: aggregated }], details: { status: "completed", exitCode, aggregated } },
});

let tracker: ProgressTracker;
let now: number;
beforeEach(() => {
  tracker = new ProgressTracker();
  now = 1_000_000;
});
const note = (one: AgentActivity): unknown => tracker.note(one, (now += 20_000))?.step;
const block = (one: AgentActivity): unknown => (note(one) as { blockReason?: unknown } | undefined)?.blockReason;

describe("the failed call of a service", () => {
  it.each([
    ["web_fetch", "Web fetch failed (401): Unauthorized", "auth"],
    ["mcp__github__list_issues", "OAuth token expired", "auth"],
    ["web_search", "429 Too Many Requests", "external_api"],
    ["browser", "the browser timed out", "external_api"],
    ["something_new", "HTTP 503", "external_api"],
  ])("of %s (%s) blocks with %s until a later call of it succeeds", (tool, text, reason) => {
    note(start(tool, { url: "a" }));
    expect(note(end(tool, failed(text)))).toEqual({ blockReason: reason, update: `${tool}: ${text}` });
    expect(note(end(tool, failed(text))), "once").toBeUndefined();
    expect(block(start("read", { path: "a" })), "another tool changes nothing").toBe(reason);
    expect(note(end("read"))).toBeUndefined();
    note(start(tool, { url: "b" }));
    expect(note(end(tool))).toEqual({ blockReason: null });
    expect(block(start("write", { path: "a" }))).toBeUndefined();
  });

  it.each(["read", "edit", "write", "grep", "process", "sessions_spawn", "progress_card"])(
    "is not what the error of %s is",
    (tool) => {
      note(start(tool));
      expect(note(end(tool, failed("HTTP 401 Unauthorized, timed out")))).toBeUndefined();
    },
  );

  it.each<[string, number, string, string | undefined]>([
    ["curl -f https://example.org", 22, "curl: (22) The requested URL returned error: 503", "external_api"],
    ["cd app && gh pr list", 1, "HTTP 401: Bad credentials", "auth"],
    ["git push origin main", 128, "fatal: Authentication failed for 'https://x'", "auth"],
    ["curl -s https://example.org", 0, "HTTP 401: Bad credentials", undefined],
    ["npx vitest run", 1, "expected 401 to be 200: HTTP 401", undefined],
    ["grep -rn 'HTTP 503' .", 1, "HTTP 503", undefined],
  ])("of the command %j with status %i is %s", (command, status, output, reason) => {
    note(start("exec", { command }));
    expect(block(end("exec", exited(status, output)))).toBe(reason);
  });

  it("of one program is not ended by the success of another", () => {
    note(start("exec", { command: "gh pr list" }));
    note(end("exec", exited(1, "HTTP 401")));
    note(start("exec", { command: "curl https://a" }, "c2"));
    expect(note(end("exec", exited(0, ""), "c2"))).toBeUndefined();
    note(start("exec", { command: "gh pr view" }, "c3"));
    expect(note(end("exec", exited(0, ""), "c3"))).toEqual({ blockReason: null });
  });

  it("is over for work that goes on without the service", () => {
    note(end("web_fetch", failed("HTTP 403")));
    for (let call = 0; call < 4; call += 1) expect(note(end("read"))).toBeUndefined();
    expect(note(end("read"))).toEqual({ blockReason: null });
  });

  it("asks for a login first when several services fail", () => {
    expect(block(end("web_search", failed("HTTP 429")))).toBe("external_api");
    expect(block(end("web_fetch", failed("HTTP 401")))).toBe("auth");
    expect(block(end("web_fetch"))).toBe("external_api");
    expect(block(end("web_search"))).toBeNull();
  });

  it("inside an external agent has the title of its call", () => {
    const call = (status: string, text?: string): AgentActivity =>
      activity("acp", { eventType: "tool_call", title: "Fetch https://a", status, text });
    note(call("pending"));
    expect(block(call("failed", "HTTP 401"))).toBe("auth");
    expect(block(call("completed"))).toBeNull();
  });
});

describe("a question to a person", () => {
  it("ends with its answer, and the work is where it was", () => {
    note(start("edit", { path: "a" }));
    expect(note(start("ask_user", { question: "which?" }))).toMatchObject({
      phase: "waiting_user",
      blockReason: "user_input",
    });
    expect(note(end("ask_user"))).toEqual({ phase: "editing", blockReason: null });
    expect(note(end("ask_user"))).toBeUndefined();
  });

  it("is a confirmation when it is about something else than a command", () => {
    expect(
      note(activity("approval", { phase: "requested", status: "pending", kind: "plugin", title: "Send the mail" })),
    ).toEqual({
      phase: "waiting_approval",
      blockReason: "confirmation",
      update: "wants a confirmation: Send the mail",
    });
  });
});
