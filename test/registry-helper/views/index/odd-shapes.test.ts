import { describe, expect, it } from "vitest";
import { openRegistry } from "../../../../registry-helper/registry/registry.ts";
import { ChangeLog } from "../../../../registry-helper/views/changes/change-log.ts";
import { LedgerFixture } from "../../../support/ledger-fixture.ts";
import {
  type OddLine,
  type ShapeName,
  SHAPES,
  writeOddDays,
  writeOddFlows,
  writeOddRuns,
} from "../../../support/odd-shapes.ts";
import { type RegistrySandbox, useRun } from "../../../support/registry-sandbox.ts";
import { resealLines } from "../../../support/reseal-journal.ts";
import { chain } from "../../../support/workflow-text.ts";

const GROUPS = Object.keys(SHAPES) as ShapeName[];
/** Commands of the whole registry, and what they exit with beside records that cannot be read. */
const COMMANDS: Record<string, readonly number[]> = {
  "list --limit 1000": [0],
  "tasks list --all": [0],
  "flows list --limit 1000": [0],
  "attention --limit 1000": [0],
  "tasks audit": [0, 1],
  "tasks maintenance": [0, 1],
  "tasks maintenance --apply": [0, 1],
  "tick --all": [0, 1],
  "stats research-report": [0, 1],
  "stats demo-flow": [0],
  "workflow list": [0],
  "prune --retention 1d": [0, 1],
  doctor: [1],
};

/** A registry in which all is well. */
function useHealthyRegistry(): { sandbox: RegistrySandbox; taskId: string; flowId: string } {
  const sandbox = useRun({ nodes: chain("a", "b") });
  const taskId = new LedgerFixture(sandbox).undelivered("count the owls");
  const created = sandbox.ok("flows", "create", "--title", "A flow", "--json").json as { flow: { flowId: string } };
  return { sandbox, taskId, flowId: created.flow.flowId };
}

function expectOthersUnharmed(sandbox: RegistrySandbox, healthy: { taskId: string; flowId: string }): void {
  for (const [command, exits] of Object.entries(COMMANDS)) {
    const { code, stderr } = sandbox.cli(...command.split(" "));
    expect({ command, code: exits.includes(code ?? -1) ? "known" : code, stderr }).toMatchObject({ code: "known" });
    expect(stderr, command).not.toMatch(/code: internal|\n\s+at /);
  }
  expect(sandbox.ok("list", "--json", "--limit", "1000").stdout).toContain('"runId": "demo"');
  expect(sandbox.ok("tasks", "list", "--all", "--json").stdout).toContain(healthy.taskId);
  expect(sandbox.ok("flows", "list", "--json", "--limit", "1000").stdout).toContain(healthy.flowId);
  const log = new ChangeLog(openRegistry({ root: sandbox.root }));
  while (log.poll());
  log.close();
  sandbox.ok("progress", "demo", "still works");
}

/** Of each kind, those that are marked as unreadable somewhere. */
function unreadable(sandbox: RegistrySandbox, kind: string): Set<string> {
  const { json } = sandbox.ok("attention", "--limit", "1000", "--json");
  const { items } = json as { items: { kind: string; subject: { id: string }; command: string }[] };
  const found = items.filter((item) => item.kind === kind);
  // Nothing is more urgent.
  expect(items.slice(0, found.length).every((item) => item.kind.endsWith("_unreadable"))).toBe(true);
  for (const { command } of found) expect(command).toMatch(/ (repair|tasks maintenance) /);
  return new Set(found.map(({ subject }) => subject.id));
}

const describeLine = ({ event, path, shape }: OddLine): string => `${event} ${path} ${shape}`;

describe.each(GROUPS)("a field that is %s", (shape) => {
  it("in a run's line leaves every other record as it was", () => {
    const { sandbox, ...healthy } = useHealthyRegistry();
    const odd = writeOddRuns(sandbox, [shape]);
    const { json } = sandbox.ok("list", "--limit", "1000", "--json");
    const listed = new Map((json as { runs: { runId: string; status: string }[] }).runs.map((run) => [run.runId, run]));
    // A line without a position is another tool's: without that tool's files there is no run yet.
    for (const line of odd) expect(listed.has(line.id), describeLine(line)).toBe(true);
    const marked = unreadable(sandbox, "run_unreadable");
    const missed = odd.filter(({ id }) => listed.get(id)?.status === "unreadable" && !marked.has(id));
    expect(missed.map(describeLine)).toEqual([]);
    expectOthersUnharmed(sandbox, healthy);
  });

  it("in a flow's line leaves every other record as it was", () => {
    const { sandbox, ...healthy } = useHealthyRegistry();
    const odd = writeOddFlows(sandbox, [shape]);
    const { json } = sandbox.ok("flows", "list", "--limit", "1000", "--json");
    const { flows, unreadable: bad } = json as { flows: { flowId: string }[]; unreadable: { flowId: string }[] };
    const listed = new Set([...flows, ...bad].map(({ flowId }) => flowId));
    for (const line of odd) expect(listed.has(line.id), describeLine(line)).toBe(true);
    expect(unreadable(sandbox, "flow_unreadable")).toEqual(new Set(bad.map(({ flowId }) => flowId)));
    expectOthersUnharmed(sandbox, healthy);
  });

  it("in a line of the ledger leaves every other record as it was", () => {
    const { sandbox, ...healthy } = useHealthyRegistry();
    const odd = writeOddDays(sandbox, [shape]);
    const { ledger } = sandbox.cli("verify", "--json").json as { ledger: string[] };
    const damaged = new Set(odd.filter(({ id }) => ledger.some((problem) => problem.includes(`${id}.jsonl`))));
    expect(unreadable(sandbox, "ledger_unreadable")).toEqual(new Set([...damaged].map(({ id }) => id)));
    expectOthersUnharmed(sandbox, healthy);
    // Maintenance has put the lines aside.
    const rest = (sandbox.cli("verify", "--json").json as { ledger: string[] }).ledger;
    expect(rest.filter((problem) => !problem.includes("newer ClawTask"))).toEqual([]);
  });
});

describe("a field of another shape than its type", () => {
  /** Fields that hold any JSON. */
  const FREE = /(^|\.)(payload|deliveryContext|params|waitFor|notes|output|patch|data|value|resultSchema|schema)(\.|$)/;

  it.each<[string, (sandbox: RegistrySandbox, shapes: readonly ShapeName[]) => OddLine[], string]>([
    ["a run", writeOddRuns, "run_unreadable"],
    ["a flow", writeOddFlows, "flow_unreadable"],
    ["a day of the ledger", writeOddDays, "ledger_unreadable"],
  ])("makes %s unreadable, whichever field it is", (_name, write, kind) => {
    const { sandbox } = useHealthyRegistry();
    const odd = write(sandbox, ["list"]).filter(({ path }) => !FREE.test(path));
    const marked = unreadable(sandbox, kind);
    const isList =
      /(^|\.)(needs|artifactPaths|nodes|evidence|names|artifacts|blockedBy|missingArtifacts|choices|appliedControlIds|tasks|attempts|seq)$/;
    expect(odd.filter(({ id, path }) => !marked.has(id) && !isList.test(path)).map(describeLine)).toEqual([]);
  });
});

describe("repair", () => {
  it("blanks the line of another shape, and the run is readable again", () => {
    const sandbox = useRun({ nodes: chain("a", "b") });
    sandbox.ok("progress", "demo", "one");
    sandbox.ok("progress", "demo", "two");
    const path = "runs/demo/events.jsonl";
    const odd = sandbox.text(path).replace('"message": "one"', '"message": {"odd": 1}');
    sandbox.write(path, resealLines(odd.split("\n")).join("\n"));
    sandbox.write("runs/demo/state.json", "{}");
    expect(sandbox.cli("show", "demo")).toMatchObject({ code: 1 });
    expect(sandbox.cli("show", "demo").stderr).toMatch(
      /\.message is not text\n {2}code: journal_corrupt\n {2}next: .*repair/,
    );
    sandbox.ok("repair", "demo", "--apply");
    expect(sandbox.ok("show", "demo").stdout).toContain("two");
    expect(sandbox.ok("verify", "demo").code).toBe(0);
  });
});

describe("an event that only a newer version knows", () => {
  it.each(["task.teleported", "delivery.teleported", "constructor"])("%s changes no task and makes none", (event) => {
    const { sandbox, ...healthy } = useHealthyRegistry();
    const ledger = new LedgerFixture(sandbox);
    const file = ledger.file(healthy.taskId);
    const before = sandbox.ok("tasks", "list", "--all", "--json").json as { tasks: object[] };
    for (const taskId of [healthy.taskId, healthy.taskId.replace(/.{6}$/, "zzzzzz")]) {
      const { seq, timestamp } = JSON.parse(sandbox.text(file).trimEnd().split("\n").at(-1) ?? "") as {
        seq: number;
        timestamp: string;
      };
      sandbox.append(file, `${JSON.stringify({ event, timestamp, taskId, seq: seq + 1, source: "newer", odd: {} })}\n`);
    }
    const after = sandbox.ok("tasks", "list", "--all", "--json").json as { tasks: object[] };
    expect(after.tasks).toEqual(before.tasks);
    ledger.task({ facts: { runtime: "exec" } });
    expect(sandbox.cli("verify", "--json").json).toMatchObject({ ledger: [] });
  });

  it("keeps its place in a flow and in a run", () => {
    const { sandbox, flowId } = useHealthyRegistry();
    const timestamp = "2099-01-01T00:00:00.000000+00:00";
    sandbox.append(
      `flows/${flowId}/events.jsonl`,
      `${JSON.stringify({ event: "flow.teleported", timestamp, flowId, seq: 2 })}\n`,
    );
    sandbox.append(
      "runs/demo/events.jsonl",
      `${JSON.stringify({ event: "run.teleported", timestamp, runId: "demo", payload: {}, seq: sandbox.events("demo").length + 1 })}\n`,
    );
    expect(sandbox.ok("flows", "show", flowId, "--json").json).toMatchObject({
      flow: { revision: 2, status: "queued" },
    });
    sandbox.ok("progress", "demo", "goes on");
    sandbox.ok("flows", "update", flowId, "--update", "goes on");
  });
});
