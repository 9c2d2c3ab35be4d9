import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, renameSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunCommand } from "../../../registry-helper/domain/run/commands.ts";
import { verifyRun } from "../../../registry-helper/operations/maintenance/verify-run.ts";
import { scaffoldRun } from "../../../registry-helper/operations/runs/scaffold-run.ts";
import { openRegistry } from "../../../registry-helper/registry/registry.ts";
import { commitRun } from "../../../registry-helper/registry/run-store.ts";
import type { FileSystem } from "../../../registry-helper/storage/file-system.ts";
import {
  type FailingFileSystem,
  failCalls,
  interferingFileSystem,
  shortWrites,
  systemError,
} from "../../support/failing-file-system.ts";
import { type CliResult, type RegistrySandbox, useRun } from "../../support/registry-sandbox.ts";

const PROGRESS: RunCommand = { type: "progress", message: "x", payload: {} };

/** A disk that has no place for the name of a lock's holder. */
function fullAtLock(): FailingFileSystem {
  return interferingFileSystem((call, _index, args, real) => {
    if (call === "openSync" && String(args[0]).includes(".lock/")) throw systemError("ENOSPC", call);
    return real();
  });
}

/** Everything in the journal as it was, with at most a blank line behind, and the next command works. */
function expectUntouched(sandbox: RegistrySandbox, before: Buffer): void {
  const found = sandbox.bytes("runs/demo/events.jsonl");
  expect(found.subarray(0, before.length)).toEqual(before);
  expect(found.subarray(before.length).toString().trim()).toBe("");
  expect(sandbox.ok("progress", "demo", "next").json).toMatchObject({ event: { seq: 3 } });
  expect(verifyRun(openRegistry({ root: sandbox.root }), "demo").ok).toBe(true);
}

describe("a disk error", () => {
  it.each<[string, () => FailingFileSystem, string]>([
    ["that is full at the journal", () => failCalls(["writeSync"], "ENOSPC"), "disk_full"],
    ["over its quota", () => failCalls(["writeSync"], "EDQUOT"), "disk_full"],
    ["that takes half a line and is full", () => shortWrites(40), "disk_full"],
    ["that takes nothing", () => shortWrites(0), "disk_full"],
    ["that fails to flush", () => failCalls(["fdatasyncSync"], "EIO"), "registry_unreadable"],
    ["that is full at the lock", () => fullAtLock(), "disk_full"],
    ["that is read-only", () => failCalls(["mkdirSync", "writeFileSync", "openSync"], "EROFS"), "registry_unwritable"],
    ["that we may not write to", () => failCalls(["mkdirSync"], "EACCES"), "registry_unwritable"],
  ])("gives an error code, and the next command works (a disk %s)", (_what, failing, code) => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const before = sandbox.bytes("runs/demo/events.jsonl");
    const registry = openRegistry({ root: sandbox.root, fs: failing().fs });
    expect(() => commitRun(registry, "demo", { command: PROGRESS })).toThrow(
      expect.objectContaining({ code, next: expect.any(String) as string }),
    );
    expectUntouched(sandbox, before);
  });

  it.each<[string, (keyof FileSystem)[]]>([
    ["state and refs", ["renameSync"]],
    ["the key index and everything else that is derived", ["renameSync", "writeFileSync"]],
  ])("after the journal write leaves the command done with a notice (at %s)", (_what, calls) => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const registry = openRegistry({ root: sandbox.root, fs: failCalls(calls, "ENOSPC").fs });
    const committed = commitRun(registry, "demo", { command: PROGRESS, key: "k" });
    expect(committed.events).toHaveLength(1);
    // The next command brings the files up to date, and still knows the key.
    expect(sandbox.ok("progress", "demo", "next").json).toMatchObject({ event: { seq: 4 } });
    const again = commitRun(openRegistry({ root: sandbox.root }), "demo", { command: PROGRESS, key: "k" });
    expect(again).toMatchObject({ replayed: true, events: [{ seq: 3 }] });
    expect(verifyRun(openRegistry({ root: sandbox.root }), "demo")).toMatchObject({ ok: true, differences: [] });
  });

  it.each(["writeSync", "writeFileSync", "renameSync", "mkdirSync", "fdatasyncSync", "fsyncSync"] as const)(
    "at %s leaves nothing of a scaffold, which can be repeated",
    (call) => {
      const sandbox = useRun({ nodes: [{ id: "a" }] });
      const request = {
        runId: "new",
        workflowPath: "workflows/demo-flow.task.md",
        sourceSessionKey: "k",
        deliveryContext: null,
      };
      expect(() =>
        scaffoldRun(openRegistry({ root: sandbox.root, fs: failCalls([call], "ENOSPC").fs }), request),
      ).toThrow(expect.objectContaining({ code: "disk_full" }));
      if (call !== "fsyncSync") expect(existsSync(sandbox.run("new"))).toBe(false);
      expect(existsSync(sandbox.path("runs/.staging")) ? readdirSync(sandbox.path("runs/.staging")) : []).toEqual([]);
      expect(sandbox.cli("doctor").code).toBe(0);
      if (call !== "fsyncSync") expect(sandbox.scaffold("new", request.workflowPath).code).toBe(0);
    },
  );
});

describe("a registry without write permission", () => {
  const UNPRIVILEGED_UID = 65_534;
  /** Runs as a user without rights: as root there are no permissions. */
  const asReader = (sandbox: RegistrySandbox, ...args: string[]): CliResult => {
    if (process.getuid?.() === 0) return sandbox.call({ args, uid: UNPRIVILEGED_UID, cwd: "/" });
    return sandbox.call({ args });
  };
  const readOnly = (): RegistrySandbox => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    sandbox.ok("list");
    sandbox.ok("progress", "demo", "the index is behind now");
    for (const entry of ["", ...readdirSync(sandbox.root, { recursive: true, encoding: "utf8" })]) {
      const path = join(sandbox.root, entry);
      if (process.getuid?.() === 0) chownSync(path, UNPRIVILEGED_UID, UNPRIVILEGED_UID);
      chmodSync(path, statSync(path).isDirectory() ? 0o500 : 0o400);
    }
    return sandbox;
  };
  const writable = (sandbox: RegistrySandbox): void => {
    for (const entry of ["", "runs", "runs/demo", "runs/demo/nodes", "runs/demo/nodes/a", "workflows"])
      chmodSync(sandbox.path(entry), 0o700);
  };

  it("rejects every change with registry_unwritable and stays unchanged", () => {
    const sandbox = readOnly();
    const before = sandbox.bytes("runs/demo/events.jsonl");
    const scaffold = [
      "scaffold",
      "--workflow-path",
      "workflows/demo-flow.task.md",
      "--run-id",
      "new",
      "--source-session-key",
      "k",
    ];
    for (const args of [
      ["progress", "demo", "x"],
      ["transition-node", "demo", "a", "running"],
      ["bind", "demo", "cron", "--value", "v"],
      scaffold,
    ]) {
      const result = asReader(sandbox, ...args);
      expect(result, args.join(" ")).toMatchObject({ code: 1, stdout: "" });
      expect(result.stderr).toMatch(/code: registry_unwritable\n {2}next: clawtask doctor/);
    }
    expect(sandbox.bytes("runs/demo/events.jsonl")).toEqual(before);
    writable(sandbox);
  });

  it("can still be read with list, show, next, events, validate, verify and tasks", () => {
    const sandbox = readOnly();
    for (const args of [
      ["list", "--json"],
      ["show", "demo"],
      ["next", "demo"],
      ["events", "demo"],
      ["validate", "demo"],
      ["verify"],
      ["tasks", "list"],
    ]) {
      expect(asReader(sandbox, ...args), args.join(" ")).toMatchObject({ code: 0, stderr: "" });
    }
    expect(asReader(sandbox, "list", "--json").json).toMatchObject({
      runs: [{ runId: "demo", updatedAt: sandbox.state("demo").updatedAt }],
    });
    const doctor = asReader(sandbox, "doctor");
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toContain("BAD  registry is writable");
    writable(sandbox);
  });
});

describe("a symbolic link", () => {
  it("instead of a run folder is rejected, and its target is not touched", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    renameSync(sandbox.run("demo"), sandbox.path("moved"));
    symlinkSync(sandbox.path("moved"), sandbox.run("demo"));
    const before = sandbox.bytes("moved/events.jsonl");
    for (const args of [
      ["progress", "demo", "x"],
      ["show", "demo"],
      ["validate", "demo"],
      ["repair", "demo", "--apply"],
    ]) {
      const result = sandbox.cli(...args);
      expect(result, args.join(" ")).toMatchObject({ code: 1, stdout: "" });
      expect(result.stderr).toContain("code: invalid_path");
    }
    expect(sandbox.bytes("moved/events.jsonl")).toEqual(before);
    expect(sandbox.ok("list", "--json").json).toMatchObject({ runs: [{ runId: "demo", status: "unreadable" }] });
  });

  it("instead of the runs folder is rejected", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    renameSync(sandbox.path("runs"), sandbox.path("moved"));
    symlinkSync(sandbox.path("moved"), sandbox.path("runs"));
    expect(sandbox.cli("progress", "demo", "x").stderr).toContain("code: invalid_path");
  });

  it("instead of a journal is rejected by every command, and other runs still work", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    sandbox.scaffold("other", "workflows/demo-flow.task.md");
    renameSync(sandbox.run("demo", "events.jsonl"), sandbox.path("elsewhere.jsonl"));
    symlinkSync(sandbox.path("elsewhere.jsonl"), sandbox.run("demo", "events.jsonl"));
    const before = sandbox.bytes("elsewhere.jsonl");
    const result = sandbox.cli("progress", "demo", "x");
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain("code: invalid_path");
    expect(sandbox.bytes("elsewhere.jsonl")).toEqual(before);
    expect(sandbox.cli("verify").code).toBe(1);
    expect(sandbox.ok("list", "--json").stdout).toContain('"runId": "other"');
    expect(sandbox.ok("progress", "other", "x").code).toBe(0);
  });

  it("as a workflow that leads outside the registry is rejected", () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    symlinkSync("/etc/passwd", sandbox.path("workflows", "link.task.md"));
    const result = sandbox.cli(
      "scaffold",
      "--workflow-path",
      "workflows/link.task.md",
      "--run-id",
      "new",
      "--source-session-key",
      "k",
    );
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain("code: invalid_path");
  });

  it("that leads outside the run is not evidence for a declared file", () => {
    const sandbox = useRun({ nodes: [{ id: "a", mode: "report" }] });
    symlinkSync("/etc/passwd", sandbox.run("demo", "nodes", "a", "report.md"));
    sandbox.ok("transition-node", "demo", "a", "running");
    expect(sandbox.ok("transition-node", "demo", "a", "completed").json).toMatchObject({
      missingArtifacts: ["nodes/a/report.md"],
    });
  });
});

it("a folder instead of a file affects only its own run", () => {
  const sandbox = useRun({ nodes: [{ id: "a" }] });
  sandbox.scaffold("other", "workflows/demo-flow.task.md");
  renameSync(sandbox.run("demo", "state.json"), sandbox.path("old"));
  mkdirSync(sandbox.run("demo", "state.json"));
  const result = sandbox.cli("progress", "demo", "x");
  expect(result.code).toBe(1);
  expect(result.stderr).not.toContain("internal");
  expect(sandbox.ok("list", "--json").stdout).toContain('"runId": "other"');
  expect(sandbox.cli("verify").stderr).not.toContain("internal");
});

it("every file and folder of a registry is private to its owner", () => {
  const sandbox = useRun({ nodes: [{ id: "a", kind: "subagent" }] });
  sandbox.ok("progress", "demo", "x", "--key", "k");
  sandbox.ok("list");
  const entries = readdirSync(sandbox.root, { recursive: true, withFileTypes: true }).filter(
    ({ parentPath, name }) => !join(parentPath, name).includes("/workflows"),
  );
  const open = entries
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => (statSync(path).mode & 0o077) !== 0);
  expect(open).toEqual([]);
});
