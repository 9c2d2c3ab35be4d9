import { writeFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import type { FlowRecord } from "../../../registry-helper/model/flow-record.ts";
import { commitTask } from "../../../registry-helper/operations/tasks/commit-task.ts";
import { commitFlow } from "../../../registry-helper/registry/flow-store.ts";
import { openRegistry } from "../../../registry-helper/registry/registry.ts";
import { flowsFolder } from "../../../registry-helper/storage/flow-paths.ts";
import { type CliResult, type RegistrySandbox, useRun, useSandbox } from "../../support/registry-sandbox.ts";
import { resealLines } from "../../support/reseal-journal.ts";

const OWNER = "agent:main:main";
const CHILD = "agent:main:subagent:4f9b";
const ROUTE = '{"channel":"telegram","to":"telegram:42"}';

interface Answer {
  ok: boolean;
  flowId: string;
  revision: number;
  changed: boolean;
  replayed: boolean;
  taskId: string;
  flow: FlowRecord;
  activeTasks: string[];
}

let sandbox: RegistrySandbox;
const flows = (...args: string[]): CliResult => sandbox.cli("flows", ...args);
const ok = (...args: string[]): Answer => sandbox.ok("flows", ...args, "--json").json as Answer;
const create = (...more: string[]): string =>
  ok("create", "--title", "Invoices of May", "--owner", OWNER, "--delivery-context-json", ROUTE, ...more).flowId;
const endTask = (taskId: string, status: "succeeded" | "cancelled" = "succeeded"): void => {
  const command = { type: "signal", taskId, source: "test", names: [], facts: {}, ending: { status } } as const;
  commitTask(openRegistry({ root: sandbox.root }), { command });
};
const getError = (result: CliResult): { code: string; message: string; next?: string; details?: object } => {
  expect(result.code).toBe(1);
  expect(result.stdout).toBe("");
  return (JSON.parse(result.stderr) as { error: { code: string; message: string } }).error;
};

beforeEach(() => {
  sandbox = useSandbox();
});

describe("the life of a flow on the command line", () => {
  it("runs from creation to end and prints the current status at each step", () => {
    const id = create("--step", "collect");
    expect(flows("output", id, "found", "--value-json", "12").stdout).toBe(`${id}: running, at collect (revision 2)\n`);
    expect(flows("wait", id, "--manual", "--note", "which region?", "--step", "ask").stdout).toBe(
      `${id}: waiting for somebody: which region? (revision 3)\n`,
    );
    expect(flows("resume", id, "--step", "file").stdout).toBe(`${id}: running, at file (revision 4)\n`);
    expect(flows("update", id, "--update", "3 of 12").code).toBe(0);
    expect(flows("block", id, "--reason", "the disk is full").stdout).toContain("blocked: the disk is full");
    expect(flows("resume", id).code).toBe(0);
    expect(ok("finish", id, "--result", "12 are filed").flow).toMatchObject({
      status: "succeeded",
      result: "12 are filed",
      latestUpdate: "3 of 12",
      output: { found: 12 },
      delivery: { state: "pending", sender: "clawtask", route: { channel: "telegram", to: "telegram:42" } },
    });
    expect(getError(flows("resume", id, "--json"))).toMatchObject({
      code: "flow_over",
      next: `${sandbox.self} flows show ${id}`,
    });
    expect(sandbox.ok("verify").stdout).toBe("0 runs, 1 flow and the ledger agree with their journals\n");
  });

  it("takes owner and route from the agent's environment and expects that agent to announce the end", () => {
    const env = { CLAWTASK_SESSION_KEY: OWNER, CLAWTASK_DELIVERY_CONTEXT: ROUTE };
    const made = sandbox.call({ args: ["flows", "create", "--title", "T", "--json"], env }).json as Answer;
    expect(made.flow).toMatchObject({ ownerSessionKey: OWNER, route: { sessionKey: OWNER, to: "telegram:42" } });
    const ended = sandbox.call({ args: ["flows", "finish", made.flowId, "--json"], env }).json as Answer;
    expect(ended.flow.delivery).toMatchObject({ state: "pending", sender: "host" });
  });

  it("rejects a change based on an older revision and returns the current revision", () => {
    const id = create();
    ok("update", id, "--update", "x", "--expected-revision", "1");
    const { code, message, next, details } = getError(
      flows("wait", id, "--manual", "--expected-revision", "1", "--json"),
    );
    expect({ code, next, details }).toEqual({
      code: "revision_conflict",
      next: `${sandbox.self} flows show ${id}`,
      details: { flowId: id, expectedRevision: 1, currentRevision: 2, status: "running" },
    });
    expect(message).toContain("is at revision 2, not 1");
  });

  it("applies a change once per key, even when the caller has since read a newer revision", () => {
    const id = create("--key", "may");
    expect(create("--key", "may")).toBe(id);
    const first = ok("output", id, "a", "--value", "1", "--append", "--key", "k", "--expected-revision", "1");
    expect(first).toMatchObject({ changed: true, replayed: false, revision: 2 });
    ok("update", id, "--update", "on");
    const again = ok("output", id, "a", "--value", "1", "--append", "--key", "k", "--expected-revision", "3");
    expect(again).toMatchObject({ changed: false, replayed: true, revision: 2, flow: { output: { a: ["1"] } } });
    expect(getError(flows("output", id, "a", "--value", "2", "--append", "--key", "k", "--json")).code).toBe(
      "idempotency_conflict",
    );
    expect(getError(flows("create", "--title", "Another", "--key", "may", "--json")).code).toBe("idempotency_conflict");
  });

  it("keeps creation keys when the key files are deleted", () => {
    const id = create("--key", "may");
    create("--key", "june");
    sandbox.call({ args: ["flows", "list"] });
    openRegistry({ root: sandbox.root }).fs.rmSync(`${flowsFolder(sandbox.root)}/.keys`, { recursive: true });
    expect(create("--key", "may")).toBe(id);
  });
});

describe("concurrent writers", () => {
  it("lose no change, and only one change based on the same revision succeeds", async () => {
    const id = create("--step", "read");
    const append = (n: number) => sandbox.together("flows", "output", id, "list", "--value", `${n}`, "--append");
    const appended = await Promise.all([1, 2, 3, 4, 5, 6].map(append));
    expect(appended.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...(ok("show", id).flow.output["list"] as string[])].sort()).toEqual(["1", "2", "3", "4", "5", "6"]);
    const claim = (n: number) =>
      sandbox.together("flows", "update", id, "--step", `s${n}`, "--expected-revision", "7", "--json");
    const claimed = await Promise.all([1, 2, 3, 4].map(claim));
    expect(claimed.filter(({ code }) => code === 0)).toHaveLength(1);
    for (const lost of claimed.filter(({ code }) => code !== 0))
      expect(getError(lost)).toMatchObject({ code: "revision_conflict", details: { currentRevision: 8 } });
  });

  it("create one flow for one key", async () => {
    const made = await Promise.all(
      [1, 2, 3, 4].map(() => sandbox.together("flows", "create", "--title", "T", "--key", "k", "--json")),
    );
    expect(new Set(made.map(({ json }) => (json as Answer).flowId)).size).toBe(1);
    expect((sandbox.ok("flows", "list", "--json").json as { flows: object[] }).flows).toHaveLength(1);
  });
});

describe("tasks of a flow", () => {
  it("may be unknown to the ledger at first, and later signals update the same record", () => {
    const id = create("--step", "read");
    const made = ok("run-task", id, "--child-session-key", CHILD, "--label", "read them", "--started");
    expect(ok("run-task", id, "--child-session-key", CHILD)).toMatchObject({ taskId: made.taskId, changed: false });
    expect(ok("run-task", id, made.taskId.slice(11))).toMatchObject({ taskId: made.taskId, changed: false });
    expect(sandbox.ok("tasks", "list", "--flow", id, "--json").json).toMatchObject({
      tasks: [{ taskId: made.taskId, flowId: id, status: "running", requesterSessionKey: OWNER, label: "read them" }],
    });
    const other = create();
    expect(getError(flows("run-task", other, made.taskId, "--json")).code).toBe("task_in_other_flow");
    expect(getError(flows("run-task", other, "nope", "--json")).code).toBe("task_not_found");
    expect(getError(flows("run-task", other, "--json")).code).toBe("argument_missing");
  });

  it("make a resume due when they end during a wait, and the flow continues only after an explicit resume", () => {
    const id = create("--step", "read");
    const { taskId } = ok("run-task", id, "--child-session-key", CHILD, "--started");
    ok("wait", id, "--task", CHILD);
    expect(flows("show", id).stdout).toContain(`waiting on task ${taskId} (since now)`);
    endTask(taskId);
    expect(ok("show", id)).toMatchObject({
      flow: { status: "waiting" },
      view: {
        isResumeDue: true,
        needsSomebody: true,
        activeTasks: [],
        waitingOn: [{ what: `task ${taskId}`, over: "it has ended: succeeded" }],
      },
      tasks: [{ taskId, status: "succeeded" }],
    });
    const { items } = sandbox.ok("attention", "--json").json as { items: object[] };
    expect(items).toMatchObject([
      { kind: "flow_resume_due", subject: { kind: "flow", id }, command: expect.stringContaining(`flows show ${id}`) },
    ]);
    ok("resume", id);
    expect(sandbox.ok("attention").stdout).toBe("nothing needs attention\n");
  });
});

describe("cancel", () => {
  it("ends a flow without active tasks at once", () => {
    const id = create();
    expect(flows("cancel", id, "--reason", "not needed").stdout).toBe(`${id} has ended: cancelled\n`);
    expect(ok("show", id).flow).toMatchObject({ cancel: { reason: "not needed" }, delivery: { state: "none" } });
  });

  it("asks active tasks to stop, rejects new tasks, and ends the flow when the last task ends", () => {
    const id = create("--step", "read");
    const { taskId } = ok("run-task", id, "--child-session-key", CHILD, "--started");
    expect(ok("cancel", id)).toMatchObject({ status: "running", activeTasks: [taskId], changed: true });
    expect(ok("cancel", id)).toMatchObject({ changed: false, activeTasks: [taskId] });
    expect(sandbox.ok("tasks", "show", taskId, "--json").json).toMatchObject({
      task: { cancel: { outcome: "asked", by: "command line", reason: `flow ${id} is cancelled` } },
    });
    const late = getError(flows("run-task", id, "--run-id", "late", "--json"));
    expect(late.code).toBe("flow_cancelling");
    expect((sandbox.ok("tasks", "list", "--json").json as { tasks: object[] }).tasks).toHaveLength(1);
    expect(getError(flows("finish", id, "--json")).code).toBe("flow_cancelling");
    expect(flows("show", id).stdout).toContain("being cancelled by command line");

    endTask(taskId, "cancelled");
    expect(ok("show", id).flow.status).toBe("running");
    expect(flows("list").code).toBe(0);
    expect(ok("show", id).flow.status).toBe("running");
    expect(sandbox.ok("tasks", "maintenance").stdout).toContain("would be: ended as cancelled");
    expect(ok("show", id).flow.status).toBe("running");
    expect(sandbox.ok("tasks", "maintenance", "--apply").stdout).toContain("ended as cancelled");
    expect(ok("show", id).flow.status).toBe("cancelled");
    expect(sandbox.ok("tasks", "maintenance").stdout).toBe("the ledger needs no maintenance\n");
    expect(sandbox.ok("tasks", "audit").stdout).toBe("tasks, flows and runs are in order\n");
  });
});

describe("flows show and flows list", () => {
  it("find a flow by id, last part, prefix or owner, and report an ambiguous reference", () => {
    const id = create();
    for (const reference of [id, id.slice(11), id.slice(11, 20), OWNER])
      expect(ok("show", reference).flow.flowId).toBe(id);
    const second = create();
    // A look is answered with the latest; a change wants to know which one is meant.
    expect(ok("show", OWNER).flow.flowId).toBe(second);
    expect(getError(flows("update", OWNER, "--update", "x", "--json"))).toMatchObject({ code: "ambiguous_id" });
    ok("finish", second);
    expect(ok("show", OWNER).flow.flowId).toBe(id);
    for (const reference of ["nope", "", "f-20261120-000000000000", "run:nope", "f-../../etc"])
      expect(getError(flows("show", reference, "--json")).code).toBe("flow_not_found");
  });

  it("list flows by status and owner within 80 columns", () => {
    const id = create("--step", "x".repeat(100));
    create();
    ok("wait", id, "--event", "a long name of an event ".repeat(5), "--note", "n".repeat(200));
    const { flows: waiting } = sandbox.ok("flows", "list", "--status", "waiting", "--json").json as { flows: object[] };
    expect(waiting).toMatchObject([{ flowId: id }]);
    expect(flows("list", "--owner", "agent:other").stdout).toContain("no flows in ");
    for (const text of [flows("list").stdout, flows("show", id).stdout])
      for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(flows("list").stdout.split("\n")[0]).toBe("FLOW          STATUS   TASKS  AGO  WHAT");
  });

  it("show first what the flow is waiting on", () => {
    const id = create("--step", "ask");
    ok("wait", id, "--until", "1h");
    const lines = flows("show", id).stdout.split("\n");
    expect(lines[0]).toContain(id);
    expect(lines[1]).toBe("status     waiting, at ask");
    expect(lines[2]).toMatch(/^waiting on \d{4}-.* \(since now\)$/);
    ok("block", id, "--reason", "no key");
    expect(flows("show", id).stdout).toContain("waiting on blocked: no key (since now)\nneeds you  yes\n");
    expect(sandbox.ok("attention").stdout).toContain("BLOCKED  Invoices of May");
    ok("resume", id);
    expect(flows("show", id).stdout).toContain("waiting on nothing: its owner has the next step\n");
  });

  it("an undelivered end appears under attention until it is retried or dismissed", () => {
    const id = create();
    ok("fail", id, "--error", "the mailbox is gone");
    expect(sandbox.cli("tasks", "retry", id).stdout).toContain("is on its way already");
    const report = { kind: "refused", reason: "403: kicked", final: true } as const;
    commitFlow(openRegistry({ root: sandbox.root }), { command: { type: "report_delivery", flowId: id, report } });
    const { items } = sandbox.ok("attention", "--json").json as { items: object[] };
    expect(items).toMatchObject([{ kind: "undelivered", reason: "403: kicked", subject: { kind: "flow", id } }]);
    expect(sandbox.ok("tasks", "retry", "--all", "--json").json).toMatchObject({
      results: [{ kind: "flow", id, delivery: "pending", generation: 2 }],
    });
    expect(sandbox.ok("tasks", "dismiss", id).stdout).toBe(`${id}: dismissed\n`);
    expect(sandbox.ok("attention").stdout).toBe("nothing needs attention\n");
    const quiet = create("--notify", "silent");
    ok("fail", quiet, "--error", "the mailbox is gone");
    expect(sandbox.ok("attention").stdout).toContain(`tasks dismiss ${quiet}`);
  });
});

describe("a damaged flow", () => {
  it("is reported with its code and repair command, and does not affect other flows", () => {
    const id = create("--step", "a");
    const other = create();
    ok("output", id, "a", "--value", "1");
    const path = `flows/${id}/events.jsonl`;
    const [first = "", second = ""] = sandbox.text(path).split("\n");
    const [, third = ""] = resealLines([first, second.replace('"seq": 2', '"seq": 3')]);
    sandbox.write(path, `${first}\nnonsense that is as long as it was\n${third}\n`);
    sandbox.write(`flows/${id}/flow.json`, "{");
    expect(getError(flows("update", id, "--update", "x", "--json"))).toMatchObject({
      code: "journal_corrupt",
      next: `${sandbox.self} repair ${id}`,
    });
    expect(getError(flows("show", id, "--json")).code).toBe("journal_corrupt");
    expect(flows("list").stdout).toContain("unreadable!");
    expect(ok("show", other).flow.flowId).toBe(other);
    expect(sandbox.cli("verify").stdout).toContain(`${id}:`);
    expect(sandbox.cli("tasks", "audit").stdout).toContain(` repair ${id}\n`);

    expect(sandbox.ok("repair", id).stdout).toContain("nothing is changed yet");
    expect(sandbox.ok("repair", id, "--apply").stdout).toContain("blank the unreadable line");
    expect(ok("show", id).flow).toMatchObject({ revision: 3, output: { a: "1" } });
    expect(sandbox.text(`flows/${id}/events.damaged`)).toBe("nonsense that is as long as it was\n");
    expect(sandbox.cli("verify").code).toBe(0);
  });

  it("is truncated after a torn tail with a note, and a stray file is ignored", () => {
    const id = create();
    sandbox.append(`flows/${id}/events.jsonl`, '{"torn');
    const updated = flows("update", id, "--update", "x");
    expect(updated.stderr).toContain("voided 6 bytes of an unfinished write");
    expect(sandbox.cli("verify").code).toBe(0);
    writeFileSync(`${sandbox.root}/flows/f-20261120-000000000001`, "a file");
    expect(flows("list").code).toBe(0);
  });

  it("of a newer version is left unchanged", () => {
    const id = create();
    const path = `flows/${id}/flow.json`;
    sandbox.write(path, sandbox.text(path).replace('"schema": 1', '"schema": 2'));
    expect(getError(flows("resume", id, "--json")).code).toBe("registry_too_new");
  });
});

describe("the flow view of a run", () => {
  it("shows the run as a flow", () => {
    sandbox = useRun({
      nodes: [
        { id: "read", mode: "report" },
        { id: "ask", kind: "approval", needs: ["read"] },
        { id: "write", needs: ["ask"] },
      ],
    });
    const show = () => ok("show", "run:demo") as unknown as { flow: FlowRecord; view: object; tasks: object[] };
    expect(show().flow).toMatchObject({
      flowId: "run:demo",
      status: "running",
      currentStep: "read",
      ownerSessionKey: OWNER,
    });
    sandbox.ok("bind", "demo", "child-session", "--node-id", "read", "--value", CHILD);
    const flowId = create();
    const { taskId } = ok("run-task", flowId, "--child-session-key", CHILD, "--started");
    expect(show().tasks).toMatchObject([{ taskId, status: "running" }]);
    expect(show().view).toMatchObject({ waitingOn: [{ what: `task ${taskId}: running` }] });
    sandbox.ok("transition-node", "demo", "read", "running");
    sandbox.write("runs/demo/nodes/read/result.json", '{"sources": 3, "path": "x"}');
    sandbox.ok("transition-node", "demo", "read", "completed");
    expect(show().flow.output["read"]).toMatchObject({ resultKeys: ["sources", "path"] });
    sandbox.ok("transition-node", "demo", "ask", "waiting", "--message", "shall I go on?");
    expect(show()).toMatchObject({
      flow: { status: "waiting" },
      view: { needsSomebody: true, waitingOn: [{ what: "somebody: node ask: shall I go on?" }] },
    });
    expect(flows("list", "--status", "waiting").stdout).toContain("run:demo");
    expect(flows("show", "run:demo").stdout).toContain("next demo");
    sandbox.ok("transition-node", "demo", "ask", "failed", "--message", "no");
    expect(show().flow).toMatchObject({ status: "blocked", blocked: { reason: "failed: ask (no)" } });
  });

  it("rejects flow changes except cancel, which cancels the run", () => {
    sandbox = useRun({ nodes: [{ id: "a" }] });
    expect(getError(flows("resume", "run:demo", "--json"))).toMatchObject({
      code: "illegal_transition",
      next: `${sandbox.self} next demo`,
    });
    expect(flows("cancel", "run:demo", "--reason", "no need").stdout).toBe("run:demo: its run is cancelled\n");
    expect(sandbox.state("demo").status).toBe("cancelled");
    expect(ok("show", "run:demo").flow).toMatchObject({ status: "cancelled" });
  });
});

describe("invalid flows command lines", () => {
  it.each([
    [["create"], "--title"],
    [["wait", "f-20261120-000000000000"], "exactly one of --task, --event, --until and --manual"],
    [["wait", "f-20261120-000000000000", "--manual", "--event", "x"], "exactly one of"],
    [["wait", "f-20261120-000000000000", "--until", "soon"], "argument --until"],
    [["output", "f-20261120-000000000000", "a"], "exactly one of --value and --value-json"],
    [["resume", "f-20261120-000000000000", "--expected-revision", "-1"], "argument --expected-revision"],
    [["resume", "f-20261120-000000000000", "--expected-revision", "x"], "argument --expected-revision"],
    [["list", "--status", "lost"], "invalid choice"],
    [["dance"], "unknown command: flows dance"],
  ])("are rejected with exit code 2: %j", (args, message) => {
    const result = flows(...args);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(message);
  });

  it("each subcommand has help with examples", () => {
    for (const name of ["create", "run-task", "wait", "output", "cancel", "show"]) {
      const { stdout } = sandbox.ok("flows", name, "--help");
      expect(stdout).toContain(`usage: clawtask flows ${name}`);
      expect(stdout).toContain("examples:\n  clawtask flows");
    }
  });

  it("a change to a flow that does not exist leaves no files", () => {
    expect(getError(flows("resume", "f-20261120-000000000000", "--json")).code).toBe("flow_not_found");
    expect(sandbox.cli("flows", "list").stdout).toContain("no flows in");
  });
});
