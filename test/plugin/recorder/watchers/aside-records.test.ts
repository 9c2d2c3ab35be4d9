import { appendFileSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AsideRecords } from "../../../../plugin/recorder/watchers/aside-records.ts";
import { FlowWatcher } from "../../../../plugin/recorder/watchers/flow-watcher.ts";
import { RunWatcher } from "../../../../plugin/recorder/watchers/run-watcher.ts";
import {
  createWorkMemory,
  WorkNoteReader,
  WorkNoteWriter,
  type WorkSubject,
} from "../../../../plugin/worker/work-note.ts";
import { openFlows } from "../../../../registry-helper/flows.ts";
import {
  callOperation,
  createOperationContext,
  gatewayHeartbeatPath,
  openRegistry,
} from "../../../../registry-helper/internal.ts";
import { useTempFolder } from "../../support/temp-folder.ts";

const ROUTE = { channel: "telegram", to: "1" };

/** A flow whose end has to be told, and its journal. */
function endedFlow(): { root: string; flowId: string; journal: string; stamp: string } {
  const root = useTempFolder();
  const flows = openFlows({ root });
  const { flowId } = flows.createFlow({ title: "Invoices", route: ROUTE, step: "read" });
  flows.finishFlow({ flowId, result: "done" });
  const journal = join(root, "flows", flowId, "events.jsonl");
  const { size, mtimeMs } = statSync(journal);
  return { root, flowId, journal, stamp: `${size}.${mtimeMs}` };
}

function watchFlows(root: string, aside: AsideRecords): FlowWatcher {
  return new FlowWatcher({
    registry: openRegistry({ root }),
    lookUpTask: () => undefined,
    problem: () => undefined,
    aside,
  });
}

describe("a record that an earlier worker did not come back from", () => {
  it("is left alone until its file is another one, and is taken back then", () => {
    const { root, flowId, journal, stamp } = endedFlow();
    const takenBack: WorkSubject[] = [];
    const aside = new AsideRecords({
      setAside: [{ kind: "flow", id: flowId, stamp }],
      onTakenBack: (subject) => takenBack.push(subject),
    });
    const watch = watchFlows(root, aside);
    expect(watch.poll()).toEqual([]);
    expect(takenBack).toEqual([]);
    appendFileSync(journal, "\n");
    expect(watch.poll()).toHaveLength(1);
    expect(takenBack).toMatchObject([{ kind: "flow", id: flowId }]);
  });

  it("keeps no other from being read", () => {
    const { root } = endedFlow();
    const aside = new AsideRecords({ setAside: [{ kind: "run", id: "other", stamp: "1" }] });
    expect(watchFlows(root, aside).poll()).toHaveLength(1);
  });

  it("is in attention, as what cannot be read", () => {
    const { root, flowId } = endedFlow();
    const at = new Date().toISOString();
    const why = "the recorder did not come back from it";
    const setAside = [
      { kind: "flow", id: flowId, at, why },
      { kind: "run", id: "r1", at, why },
      { kind: "signal", id: "run:1", at, why },
    ];
    const threads = {
      recorder: { silentMs: 16_000, silentSince: at, ended: 1 },
      dashboard: { silentMs: 0, silentSince: null, ended: 0 },
    };
    writeFileSync(gatewayHeartbeatPath(root), JSON.stringify({ writtenAt: at, threads, setAside }));
    const answer = callOperation(createOperationContext(openRegistry({ root }), {}), "registry.attention", {});
    const found = ("document" in answer ? answer.document.items : []).map(({ kind, subject }) => [
      kind,
      subject.kind,
      subject.id,
    ]);
    expect(found).toEqual(
      expect.arrayContaining([
        ["flow_unreadable", "flow", flowId],
        ["run_unreadable", "run", "r1"],
        ["recorder_silent", "gateway", "recorder"],
        ["recorder_silent", "gateway", "recorder"],
      ]),
    );
  });
});

describe("what a worker works on", () => {
  it("is readable from outside, by its name and state, while it is read", () => {
    const root = useTempFolder();
    const journal = join(root, "runs", "r1", "events.jsonl");
    mkdirSync(join(root, "runs", "r1"), { recursive: true });
    writeFileSync(journal, "no event\n");
    const memory = createWorkMemory();
    const reader = new WorkNoteReader(memory);
    const seen: unknown[] = [];
    const note = new WorkNoteWriter(memory);
    const aside = new AsideRecords({ note });
    const watching = {
      ...openRegistry({ root }),
      now: () => {
        seen.push(reader.read().subject);
        return Date.now() * 1000;
      },
    };
    new RunWatcher(watching, undefined, undefined, aside).poll();
    const { size, mtimeMs } = statSync(journal);
    expect(seen).toContainEqual({ kind: "run", id: "r1", stamp: `${size}.${mtimeMs}` });
    expect(reader.read().subject, "it is done").toBeUndefined();
    expect(reader.signs).toBeGreaterThan(0);
  });

  it("keeps the names of the locks that are held, and says nothing when they do not fit", () => {
    const memory = createWorkMemory();
    const [reader, writer] = [new WorkNoteReader(memory), new WorkNoteWriter(memory)];
    writer.noteLocks([{ path: "/a", name: "1-2-3-x" }]);
    writer.noteSubject({ kind: "operation", id: "runs.show" });
    expect(reader.read()).toEqual({
      subject: { kind: "operation", id: "runs.show" },
      locks: [{ path: "/a", name: "1-2-3-x" }],
    });
    writer.noteSubject({ kind: "request", id: "x".repeat(9_000) });
    expect(reader.read()).toEqual({});
  });
});
