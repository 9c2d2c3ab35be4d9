import { describe, expect, it } from "vitest";
import { useRun } from "../../support/registry-sandbox.ts";

const NODES = [{ id: "a" }, { id: "b", needs: ["a"] }];

describe("argparse-compatible command line parsing", () => {
  it.each<[string, string[], string]>([
    ["options before positionals", ["progress", "--payload-json", "{}", "demo", "hello"], "hello"],
    ["--opt=value", ["progress", "demo", "hello", "--payload-json={}"], "hello"],
    ["--opt=value with spaces in the value", ["progress", "demo", "hello", '--payload-json={"a": 1}'], "hello"],
    ["an unambiguous prefix", ["progress", "demo", "hello", "--pay", "{}"], "hello"],
    ["a prefix with =", ["progress", "demo", "hello", '--p={"a": "b c"}'], "hello"],
    ["-- before a positional with a dash", ["progress", "demo", "--", "--hello"], "--hello"],
    ["a positional with a dash and a space", ["progress", "demo", "- bullet text"], "- bullet text"],
    ["a positional like an option, with spaces", ["progress", "demo", "--note=see this file"], "--note=see this file"],
    ["a negative number", ["progress", "demo", "-5"], "-5"],
    ["a negative fraction", ["progress", "demo", "-.5"], "-.5"],
    ["a lone dash", ["progress", "demo", "-"], "-"],
  ])("accepts %s", (_what, args, message) => {
    const result = useRun({ nodes: NODES }).cli(...args);
    expect(result).toMatchObject({ code: 0, stderr: "", json: { ok: true, event: { message } } });
  });

  it("accepts a value with spaces after --message=", () => {
    const result = useRun({ nodes: NODES }).cli("transition-node", "demo", "a", "running", "--message=on my way");
    expect(result.json).toMatchObject({ events: [{ message: "on my way" }] });
  });

  it("uses the last value of a repeated option", () => {
    const result = useRun({ nodes: NODES }).cli("bind", "demo", "cron", "--value", "one", "--value=two");
    expect(result.json).toMatchObject({ event: { value: "two" } });
  });

  it("accepts positionals before and after options", () => {
    const result = useRun({ nodes: NODES }).cli("bind", "demo", "--value", "v", "cron");
    expect(result.json).toMatchObject({ ok: true, refs: { cronJobId: "v" } });
  });

  it.each<[string, string[], string]>([
    ["no command", [], "the following arguments are required: command"],
    ["an unknown command", ["frobnicate"], "unknown command: frobnicate"],
    ["a command named like a property of objects", ["constructor"], "unknown command: constructor"],
    ["another one", ["__proto__"], "unknown command: __proto__"],
    ["a missing positional", ["progress", "demo"], "the following arguments are required: message"],
    ["all positionals missing", ["transition-node"], "the following arguments are required: run_id, node_id, status"],
    ["an extra positional", ["validate", "demo", "extra"], "unrecognized arguments: extra"],
    ["an unknown option", ["progress", "demo", "x", "--nope"], "unrecognized arguments: --nope"],
    ["a positional that begins with a dash", ["progress", "demo", "-hello"], "unrecognized arguments: -hello"],
    [
      "an option without its value",
      ["progress", "demo", "x", "--payload-json"],
      "argument --payload-json: expected one argument",
    ],
    [
      "an option that takes another for its value",
      ["bind", "demo", "cron", "--value", "--message"],
      "argument --value: expected one argument",
    ],
    [
      "an ambiguous prefix",
      ["scaffold", "--r", "x"],
      "ambiguous option: --r could match --run-id, --root-session-key, --registry-root",
    ],
    ["an unknown status", ["transition-node", "demo", "a", "pending"], "argument status: invalid choice: 'pending'"],
    ["an unknown bind kind", ["bind", "demo", "ghost"], "argument kind: invalid choice: 'ghost'"],
    ["required options", ["scaffold"], "the following arguments are required: --workflow-path, --run-id"],
    ["a flag with a value", ["list", "--json=1"], "argument --json: takes no value"],
    ["a limit that is no number", ["list", "--limit", "many"], "argument --limit: a whole number from 1 to 1000"],
    [
      "a position that is no number",
      ["events", "demo", "--after", "x"],
      "argument --after: a whole number is expected, not 'x'",
    ],
    ["an unknown verb of a group", ["tasks", "dance"], "unknown command: tasks dance"],
  ])("rejects %s with exit code 2, the reason on stderr and nothing on stdout", (_what, args, reason) => {
    const result = useRun({ nodes: NODES }).cli(...args);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toContain(reason);
    expect(result.stderr).toMatch(/code: usage\n {2}next: clawtask .*--help\n$/);
  });

  it("accepts every option prefix that OpenTask's helper accepts", () => {
    const sandbox = useRun({ nodes: NODES });
    const long = {
      "--w": "workflows/demo-flow.task.md",
      "--ru": "r2",
      "--source-s": "k",
      "--source-a": "me",
      "--de": "{}",
      "--ro": "r",
      "--p": "p",
      "--dr": "d",
      "--sp": "",
    };
    const { "--sp": _spec, ...prefixes } = long;
    const result = sandbox.cli("scaffold", ...Object.entries(prefixes).flat());
    expect(result).toMatchObject({ code: 0, json: { runId: "r2" } });
    expect(sandbox.state("r2")).toMatchObject({
      sourceAgentId: "me",
      rootSessionKey: "r",
      plannerSessionKey: "p",
      driverSessionKey: "d",
    });
    for (const [option, value] of [
      ["--n", "a"],
      ["--v", "s"],
      ["--m", "text"],
      ["--p", "{}"],
    ] as const) {
      const rest = { "--n": "a", "--v": "s", [option]: value };
      expect(sandbox.cli("bind", "demo", "node-run", ...Object.entries(rest).flat()).code, option).toBe(0);
    }
  });
});

const COMMANDS = [
  "scaffold",
  "bind",
  "transition-node",
  "progress",
  "validate",
  "list",
  "show",
  "next",
  "events",
  "tasks list",
  "tasks show",
  "tasks watch",
  "tasks report",
  "tasks notify",
  "tasks cancel",
  "tasks retry",
  "tasks dismiss",
  "tasks audit",
  "tasks maintenance",
  "attention",
  "status",
  "audit",
  "verify",
  "repair",
  "doctor",
];

describe("help", () => {
  it.each([["--help"], ["-h"], ["--help", "constructor"]])("lists all commands for %s", (...args) => {
    const result = useRun({ nodes: NODES }).cli(...args);
    expect(result.code).toBe(0);
    for (const command of COMMANDS) {
      expect(result.stdout).toContain(`  ${command}`);
    }
  });

  it.each(COMMANDS)("shows usage and examples for %s --help, with prose within 80 columns", (command) => {
    const result = useRun({ nodes: NODES }).cli(...command.split(" "), "--help");
    expect(result.code).toBe(0);
    expect(result.stdout).toContain(`usage: clawtask ${command}`);
    expect(result.stdout).toContain("examples:\n  clawtask ");
  });
});
