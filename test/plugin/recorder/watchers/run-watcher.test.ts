import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RunWatcher } from "../../../../plugin/recorder/watchers/run-watcher.ts";
import { commitRun, loadRun, openRegistry, type Registry, scaffoldRun } from "../../../../registry-helper/internal.ts";
import { interferingFileSystem, systemError } from "../../../support/failing-file-system.ts";
import { REQUESTER, ROUTE } from "../../support/host-samples.ts";
import { useTempFolder } from "../../support/temp-folder.ts";

const WORKFLOW = `---
workflowId: flow
title: A small report
nodes:
  - id: gather
    title: Gather
    kind: session_turn
    prompt: p
    outputs: { mode: report }
  - id: wrap-up
    title: Wrap up
    kind: summary
    needs: [gather]
    prompt: p
    outputs: { mode: report }
---
`;

/** A registry with a run on its way, and a watch that sees it. */
function watched(runId = "demo"): { registry: Registry; watch: RunWatcher; run: Played } {
  const root = useTempFolder();
  mkdirSync(join(root, "workflows"));
  writeFileSync(join(root, "workflows", "flow.task.md"), WORKFLOW);
  const registry = openRegistry({ root });
  return { registry, watch: new RunWatcher(registry), run: new Played(registry, runId) };
}

class Played {
  readonly registry: Registry;
  readonly runId: string;

  constructor(registry: Registry, runId: string) {
    this.registry = registry;
    this.runId = runId;
    const { sessionKey: _session, ...deliveryContext } = ROUTE;
    scaffoldRun(registry, {
      workflowPath: "workflows/flow.task.md",
      runId,
      sourceSessionKey: REQUESTER,
      deliveryContext,
    });
  }

  to(nodeId: string, to: "running" | "completed" | "failed"): void {
    commitRun(this.registry, this.runId, { command: { type: "transition", nodeId, to, payload: {} } as never });
  }

  report(nodeId: string, text: string): void {
    writeFileSync(this.reportPath(nodeId), text);
  }

  reportPath(nodeId: string): string {
    const { run } = loadRun(this.registry, this.runId);
    const node = run.state.nodes.find((one) => one.id === nodeId);
    return join(this.registry.root, "runs", this.runId, node?.artifactPaths.find((path) => path.endsWith(".md")) ?? "");
  }

  finish(): void {
    for (const node of ["gather", "wrap-up"]) {
      this.to(node, "running");
      this.report(node, `The report of ${node}.`);
      this.to(node, "completed");
    }
  }
}

describe("RunWatcher", () => {
  it("lists nothing for a running run", () => {
    const { watch, run } = watched();
    expect(watch.poll()).toEqual([]);
    run.to("gather", "running");
    expect(watch.poll()).toEqual([]);
  });

  it("lists the outcome of an ended run with its last report and its frozen route", () => {
    const { watch, run } = watched();
    watch.poll();
    run.finish();
    expect(watch.poll()).toEqual([
      expect.objectContaining({
        owner: { kind: "run", id: "demo" },
        title: "A small report",
        status: "completed",
        body: "The report of wrap-up.",
        announcers: [REQUESTER],
        delivery: expect.objectContaining({
          state: "pending",
          route: expect.objectContaining({ channel: "telegram", to: ROUTE.to }) as object,
        }) as object,
      }),
    ]);
  });

  it("lists the outcome until it is delivered, also after a restart", () => {
    const { registry, watch, run } = watched();
    run.finish();
    expect(watch.poll()).toHaveLength(1);
    expect(watch.poll()).toHaveLength(1);
    expect(new RunWatcher(registry).poll()).toHaveLength(1);

    expect(watch.reportDelivery("demo", { kind: "host_confirmed", receipt: "told" })).toBe(true);
    expect(watch.reportDelivery("demo", { kind: "host_confirmed", receipt: "told" })).toBe(false);
    expect(watch.poll()).toEqual([]);
    expect(new RunWatcher(registry).poll()).toEqual([]);
  });

  it("falls back to the previous report when the last node left none", () => {
    const { watch, run } = watched();
    run.finish();
    run.report("wrap-up", "  \n");
    expect(watch.poll()[0]?.body).toBe("The report of gather.");
  });

  it("does not follow a link out of the run for a report", () => {
    const { registry, watch, run } = watched();
    run.to("gather", "running");
    const secret = join(registry.root, "secret.txt");
    writeFileSync(secret, "nobody's business");
    run.to("gather", "completed");
    run.to("wrap-up", "running");
    run.to("wrap-up", "completed");
    for (const node of ["gather", "wrap-up"]) symlinkSync(secret, run.reportPath(node));
    expect(watch.poll()).toEqual([expect.objectContaining({ body: null })]);
  });

  it("reads a bounded part of a huge report", () => {
    const { watch, run } = watched();
    run.finish();
    run.report("wrap-up", "x".repeat(5_000_000));
    expect(watch.poll()[0]?.body?.length).toBeLessThanOrEqual(4_000);
  });

  it("skips unreadable runs", () => {
    const { registry, watch, run } = watched();
    const broken = join(registry.root, "runs", "broken");
    mkdirSync(broken, { recursive: true });
    writeFileSync(join(broken, "events.jsonl"), "{ not an event }\n");
    mkdirSync(join(registry.root, "runs", "-- not an id"), { recursive: true });
    writeFileSync(join(registry.root, "runs", "-- not an id", "events.jsonl"), "x\n");
    writeFileSync(join(registry.root, "runs", "a-file"), "x");
    run.finish();
    expect(watch.poll().map((open) => open.owner.id)).toEqual(["demo"]);
  });

  it.each(["EMFILE", "EIO", "EACCES"])(
    "rereads a run that was temporarily unreadable (%s), without waiting for a change to it",
    (code) => {
      let now = Date.parse("2026-11-21T10:00:00Z") * 1000;
      let isBroken = false;
      const { fs } = interferingFileSystem((call, _index, args, real) => {
        const isRead = call === "openSync" || call === "readFileSync";
        if (isBroken && isRead && /demo\/(events\.jsonl|state\.json)$/.test(String(args[0])))
          throw systemError(code, call);
        return real();
      });
      const { registry, run } = watched();
      const watch = new RunWatcher(openRegistry({ root: registry.root, fs, now: () => now }));
      const other = new Played(registry, "other");
      other.finish();
      run.finish();
      isBroken = true;
      for (let round = 0; round < 2; round += 1) expect(watch.poll().map(({ owner }) => owner.id)).toEqual(["other"]);
      isBroken = false;
      now += 11_000_000;
      expect(watch.poll().map(({ owner }) => owner.id)).toEqual(["other", "demo"]);
    },
  );

  it("handles OpenTask's tools, which write an event before its state", () => {
    const { registry, watch, run } = watched();
    run.to("gather", "running");
    watch.poll();
    const folder = join(registry.root, "runs", run.runId);
    const event = {
      event: "node.completed",
      timestamp: "2030-01-01T00:00:00.000000+00:00",
      runId: "demo",
      nodeId: "gather",
    };
    appendFileSync(join(folder, "events.jsonl"), `${JSON.stringify(event)}\n`);
    watch.poll();
    expect(watch.wakes()).toEqual([]);
    const state = JSON.parse(readFileSync(join(folder, "state.json"), "utf8")) as { nodes: { status: string }[] };
    for (const [at, status] of ["completed", "ready"].entries()) Object.assign(state.nodes[at] ?? {}, { status });
    writeFileSync(join(folder, "state.json.tmp"), JSON.stringify(state));
    renameSync(join(folder, "state.json.tmp"), join(folder, "state.json"));
    watch.poll();
    expect(watch.wakes()).toMatchObject([{ runId: "demo", why: "wrap-up can be done" }]);
  });

  it("drops a removed run", () => {
    const { registry, watch, run } = watched();
    expect(watch.poll()).toEqual([]);
    expect(watch.wakes()).toMatchObject([{ runId: "demo" }]);
    const other = new Played(registry, "other");
    other.finish();
    expect(watch.poll()).toHaveLength(1);
    for (const { runId } of [run, other]) rmSync(join(registry.root, "runs", runId), { recursive: true });
    expect(watch.poll()).toEqual([]);
    expect(watch.wakes()).toEqual([]);
  });

  it("lists nothing without a registry", () => {
    expect(new RunWatcher(openRegistry({ root: join(useTempFolder(), "nothing") })).poll()).toEqual([]);
  });
});
