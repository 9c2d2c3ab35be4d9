import { describe, expect, it } from "vitest";
import type { BindKind } from "../../../../registry-helper/domain/run/commands.ts";
import { PlayedRun } from "../../../support/played-run.ts";

interface Row {
  kind: BindKind;
  nodeId: string | undefined;
  event: string;
  message: string;
  state: object;
  refs: object;
}

/** Contract 1.3: what each kind writes where. */
const TABLE: Row[] = [
  {
    kind: "cron",
    nodeId: undefined,
    event: "run.cron_bound",
    message: "Bound cron V.",
    state: { cronJobId: "V" },
    refs: { cronJobId: "V" },
  },
  {
    kind: "node-session",
    nodeId: "a",
    event: "node.session_bound",
    message: "Bound node session V.",
    state: { nodes: [{ sessionKey: "V" }] },
    refs: { nodeSessions: { a: "V" } },
  },
  {
    kind: "child-session",
    nodeId: "a",
    event: "node.child_session_bound",
    message: "Bound child session V.",
    state: { nodes: [{ childSessionKey: "V" }] },
    refs: { childSessions: { a: "V" } },
  },
  {
    kind: "node-run",
    nodeId: "a",
    event: "node.run_bound",
    message: "Bound node run id V.",
    state: { nodes: [{ runId: "V" }] },
    refs: { nodeRunIds: { a: "V" } },
  },
  {
    kind: "driver-run",
    nodeId: undefined,
    event: "run.driver_bound",
    message: "Bound driver run id V.",
    state: {},
    refs: { driverRunId: "V" },
  },
];

describe.each(TABLE)("bind $kind", ({ kind, nodeId, event, message, state, refs }) => {
  it("writes state, refs and event like OpenTask", () => {
    const run = new PlayedRun([{ id: "a" }]);
    run.bind(kind, nodeId, "V");
    expect(run.events.at(-1)).toMatchObject({ event, message, value: "V" });
    expect(run.document.state).toMatchObject(state);
    expect(run.document.refs).toMatchObject(refs);
    expect(run.document.state.updatedAt).toBe(run.events.at(-1)?.timestamp);
  });

  it("replaces an earlier binding", () => {
    const run = new PlayedRun([{ id: "a" }]);
    run.bind(kind, nodeId, "old");
    run.bind(kind, nodeId, "V");
    expect(run.document.refs).toMatchObject(refs);
  });
});

describe("bind", () => {
  it("clears the driver run when no value is given and writes None in the message", () => {
    const run = new PlayedRun([{ id: "a" }]);
    run.bind("driver-run", undefined, "V");
    run.do({ type: "bind", kind: "driver-run", payload: {} });
    expect(run.document.refs.driverRunId).toBeNull();
    expect(run.events.at(-1)).toMatchObject({ message: "Bound driver run id None.", value: null });
  });

  it("copies the node id of a cron job into the event and drops that of a driver run", () => {
    const run = new PlayedRun([{ id: "a" }]);
    expect(run.bind("cron", "anything", "V")).toEqual(["run.cron_bound anything"]);
    expect(run.bind("driver-run", "anything", "V")).toEqual(["run.driver_bound"]);
  });

  it.each([
    ["node-session", undefined, "V", "--node-id is required for bind kind node-session"],
    ["child-session", "", "V", "--node-id is required for bind kind child-session"],
    ["node-run", "a", undefined, "--value is required for bind kind node-run"],
    ["cron", undefined, "", "--value is required for bind kind cron"],
  ] as const)("rejects %s without a required argument: %s %s", (kind, nodeId, value, message) => {
    const run = new PlayedRun([{ id: "a" }]);
    expect(() => run.do({ type: "bind", kind, nodeId, value, payload: {} })).toThrow(
      expect.objectContaining({ code: "argument_missing", message }),
    );
  });

  it("rejects an unknown node", () => {
    const run = new PlayedRun([{ id: "a" }]);
    expect(() => run.bind("node-run", "zz", "V")).toThrow("node not found: zz");
  });
});
