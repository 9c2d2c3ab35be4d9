import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";

/** A registry that OpenTask's own helper wrote: the text of each file by its path. */
const RECORDED = JSON.parse(readFileSync(new URL("fixtures/registry.json", import.meta.url), "utf8")) as {
  files: Record<string, string>;
  emptyFolders: string[];
};

/** Node `gather` is completed, `review` at work in its second attempt. */
function usePeerRegistry(): RegistrySandbox {
  const sandbox = useSandbox();
  for (const [path, text] of Object.entries(RECORDED.files)) sandbox.write(path, text);
  for (const path of RECORDED.emptyFolders) mkdirSync(sandbox.path(path), { recursive: true });
  return sandbox;
}

const readJournalLines = (sandbox: RegistrySandbox): string[] => sandbox.text("runs/peer-1/events.jsonl").split("\n");

/** What OpenTask's helper does for `progress`: it appends an event and rewrites state.json, other keys and all. */
function peerProgress(sandbox: RegistrySandbox, message: string): void {
  const state = sandbox.state("peer-1");
  const timestamp = new Date(Date.now() + 5).toISOString().replace("Z", "000+00:00");
  appendFileSync(
    sandbox.run("peer-1", "events.jsonl"),
    `{"event": "run.progress", "timestamp": "${timestamp}", "runId": "peer-1", "payload": {}, "message": "${message}"}\n`,
  );
  const next = {
    ...state,
    lastProgressMessage: message,
    lastProgressMessageAt: timestamp,
    updatedAt: timestamp,
    lastEvent: "run.progress",
  };
  sandbox.write("runs/peer-1/state.json", `${JSON.stringify(next, null, 2)}\n`);
}

describe("a run that OpenTask wrote", () => {
  it("is not changed by list, show, next, events, validate and verify", () => {
    const sandbox = usePeerRegistry();
    const before = ["state.json", "refs.json", "events.jsonl"].map((file) => sandbox.text(`runs/peer-1/${file}`));
    expect(sandbox.ok("list", "--json").json).toMatchObject({
      runs: [{ runId: "peer-1", status: "running", done: 1, total: 5 }],
    });
    expect(sandbox.ok("show", "peer-1").stdout).toMatch(/review\s+subagent\s+running/);
    expect(sandbox.ok("next", "peer-1").stdout).toContain("review");
    expect(sandbox.ok("events", "peer-1", "--json").stdout).toContain("halb_–_fertig");
    expect(sandbox.cli("validate", "peer-1").json).toMatchObject({ ok: true });
    expect(sandbox.ok("verify", "--json").json).toMatchObject({ ok: true, runs: [{ foreign: true }] });
    expect(["state.json", "refs.json", "events.jsonl"].map((file) => sandbox.text(`runs/peer-1/${file}`))).toEqual(
      before,
    );
  });

  it("is adopted at its first change with one event that contains the existing state", () => {
    const sandbox = usePeerRegistry();
    const before = readJournalLines(sandbox);
    const found = sandbox.state("peer-1");
    sandbox.ok("transition-node", "peer-1", "review", "completed");
    expect(readJournalLines(sandbox).slice(0, before.length - 1)).toEqual(before.slice(0, -1));
    const [adopted, completed, ready] = sandbox.events("peer-1").slice(before.length - 1);
    expect(adopted).toMatchObject({
      event: "run.adopted",
      seq: before.length,
      schema: 1,
      snapshot: { state: { nodes: found.nodes } },
    });
    expect([completed, ready]).toMatchObject([
      { event: "node.completed", seq: before.length + 1 },
      { event: "node.ready", nodeId: "gate" },
    ]);
    expect(sandbox.ok("verify", "--json").json).toMatchObject({
      ok: true,
      runs: [{ foreign: false, differences: [] }],
    });
    expect(sandbox.ok("validate", "peer-1").json).toMatchObject({ ok: true });
  });

  it("is adopted only once", () => {
    const sandbox = usePeerRegistry();
    for (let turn = 0; turn < 3; turn += 1) sandbox.ok("progress", "peer-1", `turn ${turn}`);
    expect(sandbox.events("peer-1").filter(({ event }) => event === "run.adopted")).toHaveLength(1);
  });

  it("keeps every digit of a large id, and unknown keys", () => {
    const sandbox = usePeerRegistry();
    sandbox.write(
      "runs/peer-1/state.json",
      sandbox
        .text("runs/peer-1/state.json")
        .replace('"runId": "peer-1",', '"runId": "peer-1",\n  "x-other": {"kept": true},'),
    );
    sandbox.ok("progress", "peer-1", "on");
    expect(sandbox.text("runs/peer-1/state.json")).toContain('"threadId": 12345678901234567890');
    expect(sandbox.text("runs/peer-1/refs.json")).toContain('"threadId": 12345678901234567890');
    expect(sandbox.state("peer-1")).toMatchObject({ "x-other": { kept: true } });
  });

  it("gets its missing null keys when OpenTask's server wrote it", () => {
    const sandbox = usePeerRegistry();
    const withoutNulls = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value, (_key, item: unknown) => (item === null ? undefined : item)));
    sandbox.write("runs/peer-1/state.json", JSON.stringify(withoutNulls(sandbox.state("peer-1"))));
    sandbox.ok("transition-node", "peer-1", "review", "completed");
    expect(sandbox.state("peer-1").nodes[2]).toMatchObject({ id: "gate", childSessionKey: null, waitFor: null });
    expect(sandbox.ok("verify").code).toBe(0);
  });

  it("gives an error with a suggested fix when its state.json is empty", () => {
    const sandbox = usePeerRegistry();
    sandbox.write("runs/peer-1/state.json", "");
    const before = sandbox.text("runs/peer-1/events.jsonl");
    const result = sandbox.cli("progress", "peer-1", "x");
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toMatch(/code: registry_unreadable\n {2}next: restore/);
    expect(sandbox.text("runs/peer-1/events.jsonl")).toBe(before);
  });
});

describe("a run that both tools write in turn", () => {
  it("is adopted again after each change by OpenTask, and no change is lost", () => {
    const sandbox = usePeerRegistry();
    for (let turn = 0; turn < 3; turn += 1) {
      sandbox.ok(
        "bind",
        "peer-1",
        "node-run",
        "--node-id",
        "review",
        "--value",
        `host-${turn}`,
        "--key",
        `bind-${turn}`,
      );
      peerProgress(sandbox, `peer ${turn}`);
    }
    sandbox.ok("transition-node", "peer-1", "review", "completed");
    expect(sandbox.state("peer-1")).toMatchObject({
      lastProgressMessage: "peer 2",
      nodes: [{}, { runId: "host-2", status: "completed" }, {}, {}, {}],
    });
    expect(sandbox.events("peer-1").filter(({ event }) => event === "run.adopted")).toHaveLength(4);
    expect(sandbox.ok("verify").code).toBe(0);
    expect(sandbox.ok("validate", "peer-1").json).toMatchObject({ ok: true, issues: [] });
  });

  it("remembers the keys that were used before OpenTask wrote", () => {
    const sandbox = usePeerRegistry();
    const first = sandbox.ok("bind", "peer-1", "cron", "--value", "job-9", "--key", "k");
    peerProgress(sandbox, "peer");
    expect(sandbox.ok("bind", "peer-1", "cron", "--value", "job-9", "--key", "k").stdout).toBe(first.stdout);
  });
});
