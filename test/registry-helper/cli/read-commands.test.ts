import { describe, expect, it } from "vitest";
import type { TaskSignal } from "../../../registry-helper/domain/task/commands.ts";
import { ledgerDayAggregate } from "../../../registry-helper/domain/task/ledger-day.ts";
import { commit } from "../../../registry-helper/registry/commit.ts";
import { openRegistry } from "../../../registry-helper/registry/registry.ts";
import { LedgerJournal } from "../../../registry-helper/storage/ledger-journal.ts";
import { type RegistrySandbox, useRun, useSandbox } from "../../support/registry-sandbox.ts";
import { FIVE_KINDS } from "../../support/workflow-text.ts";

/** Lists leave out what ended more than a week ago, so these tasks are of today. */
const DAY = new Date().toISOString().slice(0, 10);
const MORNING = Date.parse(`${DAY}T00:00:00Z`) * 1000;
const taskId = (n: number): string => `t-${DAY.replaceAll("-", "")}-${String(n).padStart(12, "0")}`;

function signal(sandbox: RegistrySandbox, n: number, more: Partial<TaskSignal>): void {
  const registry = openRegistry({ root: sandbox.root });
  const journal = new LedgerJournal({ fs: registry.fs, root: sandbox.root, day: DAY });
  const command: TaskSignal = { type: "signal", taskId: taskId(n), source: "test", names: [], facts: {}, ...more };
  commit({ journal, aggregate: ledgerDayAggregate, now: () => MORNING + n, request: { command } });
}

/** A run whose second node is done by a child that the ledger knows as a task. */
function withTasks(): RegistrySandbox {
  const sandbox = useRun({
    nodes: FIVE_KINDS,
    title: "A long title that goes on and on and on, far past the end of any line of eighty columns",
  });
  sandbox.ok("transition-node", "demo", "gather", "running");
  sandbox.ok("transition-node", "demo", "gather", "completed");
  sandbox.ok("transition-node", "demo", "review", "running");
  sandbox.ok("bind", "demo", "child-session", "--node-id", "review", "--value", "agent:main:subagent:child-1");
  const facts = {
    runtime: "subagent",
    label: "review",
    childSessionKey: "agent:main:subagent:child-1",
    runId: "host-1",
    route: { channel: "telegram", to: "telegram:42" },
  } as const;
  signal(sandbox, 1, { facts, started: true });
  signal(sandbox, 2, {
    facts: { runtime: "cron", label: "nightly \u001b[31mred\u001b[0m" },
    ending: { status: "failed", error: "no network" },
  });
  return sandbox;
}

const columns = (text: string): number => Math.max(...text.split("\n").map((line) => [...line].length));
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

describe("list", () => {
  it("shows the most recent run first, with its progress", () => {
    const sandbox = withTasks();
    sandbox.scaffold("later", "workflows/demo-flow.task.md");
    expect(sandbox.ok("list", "--json").json).toMatchObject({
      ok: true,
      registryRoot: sandbox.root,
      runs: [
        { runId: "later", status: "running", done: 0, total: 5 },
        { runId: "demo", status: "running", workflowId: "demo-flow", done: 1, total: 5, problem: null, delivery: null },
      ],
    });
    expect(sandbox.ok("list").stdout).toMatch(
      /^RUN {4}STATUS {3}DONE {2}AGO {2}TITLE\nlater {2}running {2}0\/5 .*\ndemo {3}running {2}1\/5 .*\n$/,
    );
  });

  it("filters by status and workflow, and limits the page size", () => {
    const sandbox = withTasks();
    sandbox.scaffold("later", "workflows/demo-flow.task.md");
    expect(sandbox.ok("list", "--json", "--limit", "1").json).toMatchObject({ runs: [{ runId: "later" }] });
    expect(sandbox.ok("list", "--json", "--status", "failed").json).toMatchObject({ runs: [] });
    expect(sandbox.cli("list", "--status", "done")).toMatchObject({ code: 2 });
    expect(sandbox.ok("list", "--json", "--workflow", "demo-flow").stdout).toContain("later");
    expect(sandbox.ok("list", "--workflow", "other").stdout).toContain(`no runs in ${sandbox.root}`);
  });

  it("shows a run that another tool changed", () => {
    const sandbox = withTasks();
    sandbox.ok("list");
    const state = sandbox.text("runs/demo/state.json");
    sandbox.write("runs/demo/state.json", state.replace('"title": "A long', '"title": "Another long'));
    expect(sandbox.ok("list").stdout).toContain("Another long");
  });
});

describe("show, next and events", () => {
  it("show prints the complete state and refs", () => {
    const sandbox = withTasks();
    const { clawtask: _mark, ...state } = sandbox.state("demo");
    expect(sandbox.ok("show", "demo", "--json").json).toEqual({
      ok: true,
      runPath: sandbox.run("demo"),
      revision: sandbox.events("demo").length,
      state,
      refs: sandbox.refs("demo"),
    });
    expect(sandbox.ok("show", "demo").stdout).toMatch(
      /review\s+subagent\s+running\s+\S+\s+agent:main:subagent:child-1/,
    );
  });

  it("next prints the possible steps, and each printed command works as pasted", () => {
    const sandbox = useRun({ nodes: FIVE_KINDS });
    let rounds = 0;
    for (; sandbox.state("demo").status === "running" && rounds < 20; rounds += 1) {
      const { json } = sandbox.ok("next", "demo", "--json");
      const [step] = (json as { steps: { commands: string[] }[] }).steps;
      const command = step?.commands.find((one) => /transition-node|approve/.test(one)) ?? "";
      const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
      const from = words.indexOf("--registry-root");
      const status = sandbox.cli(...words.slice(from + 2));
      expect(status.code, command).toBe(0);
      const node = words[from + 4] ?? "";
      const kind = sandbox.state("demo").nodes.find(({ id }) => id === node)?.kind;
      if (kind === "subagent" && sandbox.getStatus("demo", node) === "running")
        sandbox.ok("bind", "demo", "child-session", "--node-id", node, "--value", "c");
      if (sandbox.getStatus("demo", node) === "running" && kind !== "subagent")
        sandbox.ok("transition-node", "demo", node, "completed");
    }
    expect(sandbox.state("demo").status).toBe("completed");
    expect(sandbox.ok("next", "demo").stdout).toContain("REPORT");
  });

  it("next prints the prompt, inputs and outputs of a node", () => {
    const sandbox = useRun({
      nodes: [
        { id: "a", mode: "report" },
        { id: "b", needs: ["a"], prompt: "Read it.\nSum it up." },
      ],
    });
    sandbox.ok("transition-node", "demo", "a", "running");
    sandbox.write("runs/demo/nodes/a/report.md", "Found.\n");
    sandbox.ok("transition-node", "demo", "a", "completed");
    expect(sandbox.ok("next", "demo", "--json").json).toMatchObject({
      done: 1,
      total: 2,
      steps: [{ action: "do", nodeId: "b", prompt: "Read it.\nSum it up.", inputs: ["nodes/a/report.md"] }],
    });
  });

  it("events prints the events after a position, or the most recent ones", () => {
    const sandbox = withTasks();
    const seqs = (...args: string[]): unknown =>
      (sandbox.ok("events", "demo", "--json", ...args).json as { events: { seq: number }[] }).events.map(
        ({ seq }) => seq,
      );
    expect(seqs()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(seqs("--after", "4")).toEqual([5, 6, 7]);
    expect(seqs("--limit", "2")).toEqual([6, 7]);
    expect(seqs("--after", "99")).toEqual([]);
    expect(sandbox.ok("events", "demo").stdout).toMatch(/^SEQ {2}TIME \(UTC\)\s+EVENT/);
  });
});

describe("tasks", () => {
  it("are listed newest first, with the node that they belong to", () => {
    const sandbox = withTasks();
    expect(sandbox.ok("tasks", "list", "--json").json).toMatchObject({
      tasks: [
        { taskId: taskId(2), runtime: "cron", status: "failed", link: null },
        {
          taskId: taskId(1),
          runtime: "subagent",
          status: "running",
          link: { runId: "demo", nodeId: "review", attempt: 1 },
        },
      ],
    });
    expect(sandbox.ok("tasks", "list").stdout).toContain("review [demo/review]");
    expect(sandbox.ok("tasks", "list", "--json", "--run", "demo").json).toMatchObject({
      tasks: [{ taskId: taskId(1) }],
    });
    expect(sandbox.ok("tasks", "list", "--json", "--status", "failed", "--runtime", "cron").json).toMatchObject({
      tasks: [{ taskId: taskId(2) }],
    });
    expect(sandbox.ok("tasks", "list", "--status", "lost").stdout).toBe(`no tasks in ${sandbox.root}\n`);
  });

  it("keep the link to an earlier attempt after a retry", () => {
    const sandbox = withTasks();
    sandbox.ok("transition-node", "demo", "review", "failed");
    sandbox.ok("transition-node", "demo", "review", "ready");
    expect(sandbox.ok("tasks", "show", "host-1", "--json").json).toMatchObject({
      task: { link: { nodeId: "review", attempt: 1 } },
    });
  });

  it.each([
    ["id", taskId(1)],
    ["host run", "host-1"],
    ["child session", "agent:main:subagent:child-1"],
    ["beginning of one", "agent:main:sub"],
  ])("are found by %s", (_what, reference) => {
    expect(withTasks().ok("tasks", "show", reference, "--json").json).toMatchObject({
      ok: true,
      task: { taskId: taskId(1) },
    });
  });

  it("are reported as ambiguous when a prefix matches several", () => {
    const result = withTasks().cli("tasks", "show", taskId(0).slice(0, 10));
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain("code: ambiguous_id");
  });

  it("stay visible and writable when their day has a damaged line, which doctor and verify report", () => {
    const sandbox = withTasks();
    sandbox.append(`ledger/${DAY}.jsonl`, "#damage\n");
    expect(sandbox.ok("tasks", "list").stdout).toContain("review");
    signal(sandbox, 3, { facts: { label: "third" } });
    expect(sandbox.ok("tasks", "list").stdout).toMatch(/third[^]*nightly[^]*review/);
    const problems = {
      verify: /\d\.jsonl: line \d+ is no event/,
      doctor: /\d\.jsonl: the line at byte \d+ is not an event of the ledger/,
    };
    for (const [commandName, problem] of Object.entries(problems)) {
      const outcome = sandbox.cli(commandName);
      expect(outcome.code, commandName).toBe(1);
      expect(outcome.stdout, commandName).toMatch(problem);
    }
  });

  it("stay listed after the next signal removes a torn ledger line", () => {
    const sandbox = withTasks();
    sandbox.ok("tasks", "list");
    sandbox.append(`ledger/${DAY}.jsonl`, '{"event": "task.cr');
    expect(sandbox.ok("tasks", "list", "--json").stdout).toContain(taskId(2));
    signal(sandbox, 3, { facts: { label: "third" } });
    expect(sandbox.ok("tasks", "list").stdout).toContain("third");
    expect(sandbox.ok("verify").code).toBe(0);
  });
});

describe("terminal output", () => {
  const readCommands = [
    ["list"],
    ["show", "demo"],
    ["events", "demo"],
    ["tasks", "list"],
    ["tasks", "show", taskId(2)],
    ["verify"],
    ["doctor"],
    ["repair", "demo"],
    ["next", "demo"],
  ];

  it.each(readCommands)(
    "fits 80 columns where it is no command, path or text as written, and has no control characters: %s %s",
    (...args) => {
      const sandbox = withTasks();
      sandbox.ok("progress", "demo", `\u001b[2J\u001b]0;owned\u0007${"many words ".repeat(40)}`);
      const { stdout } = sandbox.ok(...args);
      const isSaid = (line: string): boolean => args[0] === "events" && line.startsWith("      ");
      const prose = stdout
        .split("\n")
        .filter((line) => !isSaid(line))
        .filter((line) => !/^(ok|BAD) |^ +(\$|node) |^do +node |^folder |^ {2}\/|registry root|session/.test(line));
      expect(columns(prose.join("\n")), stdout).toBeLessThanOrEqual(80);
      expect(stdout.replaceAll("\n", "")).not.toMatch(CONTROL);
    },
  );

  it("contains no control characters from a workflow or a binding", () => {
    const sandbox = useSandbox();
    const text =
      '---\nworkflowId: w\ntitle: "\\e[31mT\\a"\nnodes:\n  - {id: a, title: T, kind: subagent, prompt: "do \\e]0;x\\a it", outputs: {mode: notify}}\n---\n';
    sandbox.scaffold("demo", sandbox.workflow("w", text));
    sandbox.ok("transition-node", "demo", "a", "running");
    sandbox.ok("bind", "demo", "child-session", "--node-id", "a", "--value", "c\u001b[2J");
    for (const args of [["list"], ["show", "demo"], ["next", "demo"], ["events", "demo"]])
      expect(sandbox.ok(...args).stdout.replaceAll("\n", ""), args.join(" ")).not.toMatch(CONTROL);
  });
});

describe("doctor", () => {
  it("reports the active registry and that all checks pass", () => {
    const sandbox = withTasks();
    const { json, stdout } = sandbox.ok("doctor", "--json");
    expect(json).toMatchObject({ ok: true });
    expect(stdout).toContain(`${sandbox.root} (from --registry-root)`);
    expect(sandbox.ok("doctor").stdout).toMatch(/^ok {3}registry root: /);
  });

  it("reports the remains of a killed scaffold", () => {
    const sandbox = withTasks();
    sandbox.write(".staging/demo-1-abcd/state.json", "{}");
    const result = sandbox.cli("doctor");
    expect(result.code).toBe(1);
    expect(result.stdout).toContain("BAD  leftovers of killed scaffolds: demo-1-abcd\n     fix: rm -r");
  });
});
