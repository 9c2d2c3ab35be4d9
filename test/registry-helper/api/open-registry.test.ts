import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { openRegistryApi } from "../../../registry-helper/api/open-registry.ts";
import type { RegistryApi } from "../../../registry-helper/api/registry-api.ts";
import type { RegistryOptions } from "../../../registry-helper/api/registry-options.ts";
import { ClawTaskError } from "../../../registry-helper/model/errors.ts";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";

function opened(options: RegistryOptions = {}): { sandbox: RegistrySandbox; registry: RegistryApi } {
  const sandbox = useSandbox();
  return { sandbox, registry: openRegistryApi({ root: sandbox.root, actor: "agent:main:main", ...options }) };
}

/** A run of the blank template; its first node is `work`. */
function scaffold({ workflows, runs }: RegistryApi): void {
  const { path } = workflows.new({ name: "demo", template: "blank" });
  runs.scaffold({ runId: "demo-1", workflowPath: path, sourceSessionKey: "agent:main:main" });
}

function thrown(work: () => unknown): ClawTaskError {
  try {
    work();
  } catch (error) {
    if (error instanceof ClawTaskError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("an open registry", () => {
  it("answers with the documents that the command line prints", () => {
    const { sandbox, registry } = opened();
    scaffold(registry);
    expect(sandbox.ok("show", "demo-1", "--json").json).toEqual(registry.runs.show({ runId: "demo-1" }));
    expect(sandbox.ok("list", "--json").json).toEqual(registry.runs.list());
    expect(sandbox.ok("tasks", "list", "--json").json).toEqual(registry.tasks.list());
    expect(sandbox.ok("attention", "--json").json).toMatchObject({ total: registry.attention().total });
  });

  it("attributes changes to its actor", () => {
    const { registry } = opened();
    scaffold(registry);
    registry.runs.next({ runId: "demo-1", claim: true });
    const { events } = registry.runs.events({ runId: "demo-1" });
    expect(events.at(-1)).toMatchObject({ event: "node.started", claim: { by: "agent:main:main" } });
  });

  it("returns the first answer again for the same key", () => {
    const { registry } = opened();
    const create = () => registry.flows.create({ title: "Invoices", step: "collect", key: "invoices-may" });
    const { flowId } = create();
    expect(create()).toMatchObject({ flowId, replayed: true });
    expect(registry.flows.list().flows).toHaveLength(1);
  });

  it("passes what an operator should know to `onNotice`", () => {
    const onNotice = vi.fn();
    const { sandbox, registry } = opened({ onNotice });
    scaffold(registry);
    sandbox.append("runs/demo-1/events.jsonl", '{"torn');
    registry.runs.progress({ runId: "demo-1", message: "half way" });
    expect(onNotice).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("events.jsonl"), "runs.progress");
  });

  it("names its root in the commands that it suggests", () => {
    const { sandbox, registry } = opened();
    scaffold(registry);
    const [step] = registry.runs.next({ runId: "demo-1", claim: true }).steps;
    expect(JSON.stringify(step)).toContain(`clawtask --registry-root ${sandbox.root}`);
  });

  it("starts relative paths at `cwd`", () => {
    const { sandbox } = opened();
    mkdirSync(join(sandbox.root, "out"));
    const registry = openRegistryApi({ root: sandbox.root, cwd: join(sandbox.root, "out") });
    scaffold(registry);
    const { path } = registry.runs.export({ runId: "demo-1" });
    expect(path).toBe(join(sandbox.root, "out", "demo-1.export.jsonl"));
    expect(registry.runs.verifyExport({ file: "demo-1.export.jsonl" })).toMatchObject({ ok: true });
  });

  it("finds the root as the command line does", () => {
    const { sandbox } = opened();
    vi.stubEnv("CLAWTASK_REGISTRY_ROOT", sandbox.root);
    expect(openRegistryApi().root).toBe(sandbox.root);
    vi.unstubAllEnvs();
  });

  it.each([
    [{ rot: "/srv" }, "rot"],
    [{ root: 7 }, "root"],
    [{ actor: "" }, "actor"],
    [{ onNotice: "x" }, "onNotice"],
  ])("is not opened with %j", (options, argument) => {
    const error = thrown(() => openRegistryApi(options as RegistryOptions));
    expect(error).toMatchObject({ code: "argument_invalid", facts: { argument } });
  });
});

describe("an error", () => {
  it("names the method and the argument", () => {
    const { registry } = opened();
    const wrong = { runId: "demo-1", nodeId: "work", status: "ended" } as never;
    expect(thrown(() => registry.runs.transitionNode(wrong))).toMatchObject({
      code: "argument_invalid",
      message: "runs.transitionNode: status: expected ready | running | waiting | completed | failed | skipped",
      facts: { argument: "status" },
    });
    expect(thrown(() => registry.attention({ limit: 0 })).message).toMatch(/^attention: limit: expected a number/);
  });

  it("has a code, a remedy and facts of the operation", () => {
    const { registry } = opened();
    const { flowId, revision } = registry.flows.create({ title: "Invoices" });
    expect(thrown(() => registry.flows.show({ flow: "f-none" }))).toMatchObject({ code: "flow_not_found" });
    const stale = thrown(() => registry.flows.resume({ flow: flowId, expectedRevision: revision + 1 }));
    expect(stale).toMatchObject({ code: "revision_conflict", facts: { currentRevision: revision } });
    expect(stale.remedy).toBeDefined();
  });

  it("has a code when the registry cannot be written", () => {
    const { sandbox } = opened();
    writeFileSync(join(sandbox.root, "file"), "");
    const registry = openRegistryApi({ root: join(sandbox.root, "file") });
    expect(thrown(() => registry.flows.create({ title: "Invoices" })).code).toBe("registry_unreadable");
  });
});
