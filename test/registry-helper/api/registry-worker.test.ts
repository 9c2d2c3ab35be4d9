import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { RegistryThread } from "../../../registry-helper/api/registry-thread.ts";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";
import {
  isClawTaskError,
  openRegistry,
  openRegistryInWorker,
  type RegistryOptions,
  type RegistryWorkerApi,
} from "clawtask";

const PACKAGE = fileURLToPath(new URL("../../..", import.meta.url));

function opened(options: RegistryOptions = {}): { sandbox: RegistrySandbox; registry: RegistryWorkerApi } {
  const sandbox = useSandbox();
  const registry = openRegistryInWorker({ root: sandbox.root, actor: "agent:main:main", ...options });
  onTestFinished(() => registry.close());
  return { sandbox, registry };
}

async function thrown(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** A program of its own that has a registry in a worker; its exit status and what it printed. */
function run(program: string): { status: number | null; stdout: string; stderr: string } {
  const { root } = useSandbox();
  const text = `import { openRegistryInWorker } from "clawtask";
    const registry = openRegistryInWorker({ root: ${JSON.stringify(root)} });\n${program}`;
  const args = ["--no-warnings", "--input-type=module", "--eval", text];
  return spawnSync(process.execPath, args, { cwd: PACKAGE, encoding: "utf8", timeout: 60_000 });
}

describe("a registry in a worker", () => {
  it("has the methods of a registry that is open in the caller's thread, and `close`", () => {
    const { sandbox, registry } = opened();
    const shape = (api: object): object =>
      Object.fromEntries(
        Object.entries(api).map(([name, value]: [string, unknown]) => [
          name,
          typeof value === "object" && value !== null ? shape(value) : typeof value,
        ]),
      );
    expect(shape(registry)).toEqual({ ...shape(openRegistry({ root: sandbox.root })), close: "function" });
    expect(registry.root).toBe(sandbox.root);
  });

  it("answers calls in their order with the same documents", async () => {
    const { sandbox, registry } = opened();
    const [{ path }, { flowId }, { flows }] = await Promise.all([
      registry.workflows.new({ name: "demo", template: "blank" }),
      registry.flows.create({ title: "Invoices", step: "collect" }),
      registry.flows.list(),
    ]);
    expect(flows.map((flow) => flow.flowId)).toEqual([flowId]);
    await registry.runs.scaffold({ runId: "demo-1", workflowPath: path, sourceSessionKey: "agent:main:main" });
    const { steps } = await registry.runs.next({ runId: "demo-1", claim: true });
    expect(steps.map(({ nodeId }) => nodeId)).toEqual(["work"]);
    const direct = openRegistry({ root: sandbox.root });
    expect(await registry.runs.show({ runId: "demo-1" })).toEqual(direct.runs.show({ runId: "demo-1" }));
  });

  it("rejects with the error of the operation", async () => {
    const { sandbox, registry } = opened();
    const { flowId } = await registry.flows.create({ title: "Invoices" });
    const direct = openRegistry({ root: sandbox.root });
    const input = { flow: flowId, expectedRevision: 7 };
    const error = await thrown(registry.flows.resume(input));
    const same = await thrown(Promise.resolve().then(() => direct.flows.resume(input)));
    if (!isClawTaskError(error) || !isClawTaskError(same)) throw error;
    expect(error).toBeInstanceOf(Error);
    const { code, message, remedy, facts, next } = error;
    expect(code).toBe("revision_conflict");
    expect({ code, message, remedy, facts, next }).toEqual({
      code: same.code,
      message: same.message,
      remedy: same.remedy,
      facts: same.facts,
      next: same.next,
    });
  });

  it("rejects a wrong argument, one that cannot cross threads too", async () => {
    const { registry } = opened();
    const wrong = { runId: "demo-1", message: "x", payload: () => 1 } as never;
    expect(await thrown(registry.runs.progress(wrong))).toMatchObject({
      code: "argument_invalid",
      facts: { argument: "payload" },
    });
  });

  it("passes notices to the caller's thread", async () => {
    const onNotice = vi.fn();
    const { sandbox, registry } = opened({ onNotice });
    const { path } = await registry.workflows.new({ name: "demo", template: "blank" });
    await registry.runs.scaffold({ runId: "demo-1", workflowPath: path, sourceSessionKey: "agent:main:main" });
    sandbox.append("runs/demo-1/events.jsonl", '{"torn');
    await registry.runs.progress({ runId: "demo-1", message: "half way" });
    expect(onNotice).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("events.jsonl"), "runs.progress");
  });

  it("finishes the calls in progress when it is closed, and takes no more", async () => {
    const { sandbox, registry } = opened();
    const created = registry.flows.create({ title: "Invoices" });
    await Promise.all([registry.close(), registry.close()]);
    const { flowId } = await created;
    expect(openRegistry({ root: sandbox.root }).flows.show({ flow: flowId }).flow.title).toBe("Invoices");
    expect(await thrown(registry.flows.list())).toEqual(new Error("the registry is closed"));
  });
});

describe("a process with a registry in a worker", () => {
  it("ends by itself when no call is in progress", () => {
    expect(run("registry.flows.list().then(({ flows }) => console.log(flows.length));")).toEqual(
      expect.objectContaining({ status: 0, stdout: "0\n", stderr: "" }),
    );
    expect(run("")).toMatchObject({ status: 0, stdout: "" });
  });

  it("can wait for the end of the worker", () => {
    expect(run('await registry.attention(); await registry.close(); console.log("closed");')).toMatchObject({
      status: 0,
      stdout: "closed\n",
    });
  });
});

it("rejects calls when the thread cannot be started", async () => {
  const { root } = useSandbox();
  // The sources have no built thread beside them.
  const thread = new RegistryThread({
    root,
    cwd: root,
    actor: undefined,
    origin: { via: "library" },
    approvals: undefined,
    self: "clawtask",
  });
  expect(await thrown(thread.call("flows.list", {}))).toMatchObject({ message: "the thread of the registry failed" });
  expect(await thrown(thread.call("flows.list", {}))).toMatchObject({ message: "the thread of the registry failed" });
  await thread.close();
});
