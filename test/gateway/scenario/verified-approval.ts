import { spawnSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import {
  claimNodes,
  commitRun,
  loadRun,
  openRegistry,
  type RunNode,
  scaffoldRun,
} from "../../../registry-helper/internal.ts";
import { HELPER_FILE } from "../../support/registry-sandbox.ts";
import { until } from "../support/until.ts";

const WORKFLOW = `---
workflowId: gate
title: Gate
nodes:
  - id: ok
    title: Ok
    kind: approval
    approval: { question: "Publish it?", authority: verified }
    outputs: { mode: notify }
  - { id: end, title: End, kind: summary, needs: [ok], outputs: { mode: notify } }
---
`;

/** Somebody else in a group whom the host lets use commands. */
export const MEMBER_ID = "400000777";

/** A conversation with others in it, and the run that reports to it. */
export interface GateRoom {
  root: string;
  runId: string;
  channel: string;
  to: string;
  session: string;
  /** The person who owns the gateway, as the host names the sender of a command. */
  owner: string;
  sayAsOwner: (text: string) => void;
  /** Absent where the host lets in nobody else. */
  sayAsMember?: (text: string) => void;
  read: () => string[];
  deadlineMs: number;
}

/**
 * A question that only a verified answer opens: it is asked with the line that answers it, its agent cannot open it, nor
 * another member of the room, and the person can.
 */
export async function playVerifiedApproval(room: GateRoom): Promise<void> {
  const { root, runId, channel, to, session, owner, deadlineMs } = room;
  const registry = openRegistry({ root });
  const gate = (): RunNode | undefined => loadRun(registry, runId).run.state.nodes.find(({ id }) => id === "ok");
  const reads = async (words: string): Promise<void> => {
    await until(() => room.read().find((text) => text.includes(words)), {
      deadlineMs,
      what: `"${words}" in ${channel}`,
      explain: () => JSON.stringify({ read: room.read(), gate: gate() }, null, 1),
    });
  };
  await mkdir(join(root, "workflows"), { recursive: true });
  await writeFile(join(root, "workflows", "gate.task.md"), WORKFLOW);
  scaffoldRun(registry, {
    workflowPath: "workflows/gate.task.md",
    runId,
    sourceSessionKey: session,
    deliveryContext: { channel, to },
  });
  claimNodes(registry, runId, { by: session });
  // Bound again, it is asked at once, and not when its agent has had time to ask.
  commitRun(registry, runId, { command: { type: "bind", kind: "route", value: `${channel}:${to}`, payload: {} } });
  await reads(`/run approve ${runId} ok`);

  const words = ["--registry-root", root, "approve", runId, "ok", "--by", owner, "--message", "yes"];
  const env = { PATH: process.env["PATH"], CLAWTASK_SESSION_KEY: session };
  const tried = spawnSync(process.execPath, [HELPER_FILE, ...words], { env, encoding: "utf8" });
  expect([tried.status, tried.stderr]).toEqual([1, expect.stringContaining(`/run approve ${runId} ok`)]);
  expect(gate()).toMatchObject({ status: "waiting", reported: { by: owner, session } });

  if (room.sayAsMember !== undefined) {
    room.sayAsMember(`/run approve ${runId} ok yes`);
    await reads("may not answer ok");
    expect(gate()).toMatchObject({ status: "waiting" });
  }

  room.sayAsOwner(`/run approve ${runId} ok but shorter`);
  await reads(`ok is completed; run ${runId} is`);
  const answer = { choice: "approve", words: "but shorter", by: owner, sender: owner, via: "chat" };
  expect(gate()?.answer).toMatchObject(answer);
}
