import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  advanceRun,
  commitRun,
  controlRun,
  forkRun,
  loadRun,
  newWorkflow,
  type RunNode,
  scaffoldRun,
} from "../../../registry-helper/internal.ts";
import type { JsonObject } from "../../../registry-helper/model/json.ts";
import { finishNode } from "../../../registry-helper/operations/runs/finish-node.ts";
import { DAY, HOUR, MINUTE } from "../../support/ledger-fixture.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { HOSTILE_MARKDOWN, HOSTILE_TITLE } from "./hostile-texts.ts";
import type { SeededClock } from "./seeded-clock.ts";

const AGENT = "agent:main:main";
const ROUTE = { channel: "telegram", to: "telegram:42" };
const REFUND = `---
workflowId: refund
title: "Refund for {{customer}}"
params:
  customer: { type: string }
nodes:
  - { id: look-up, title: Look the order up, kind: session_turn, prompt: "Find the order.", outputs: { mode: notify } }
  - id: decide
    title: How much goes back?
    kind: approval
    needs: [look-up]
    approval:
      question: "{{customer}} asks for a refund of order 4711. How much, and from which account?"
      choices: [refund, refund and apologize, no refund]
      schema:
        type: object
        required: [amount, account]
        properties:
          amount: { type: number, title: Amount, description: "In euro, at most 120" }
          account: { type: string, title: Account, enum: [main, goodwill] }
          note: { type: string, title: Note }
    outputs: { mode: notify }
  - { id: pay, title: Pay it back, kind: subagent, needs: [decide], prompt: "Pay.", outputs: { mode: notify } }
  - { id: tell, title: Tell the customer, kind: summary, needs: [pay], prompt: "Tell.", outputs: { mode: notify } }
---
`;
const BROKEN = "---\nworkflowId: broken\ntitle: Broken\nnodes:\n  - { id: a, kind: nonsense }\n---\n";

/** Workflows and runs of every kind; names say what each is there for. */
export function seedRuns(clock: SeededClock): void {
  const seed = new RunSeed(clock);
  clock.at(20 * DAY);
  for (const template of ["research-report", "code-review", "release-checklist", "nightly-digest"] as const)
    newWorkflow(clock.registry, { name: template, template });
  seed.file("workflows/refund.task.md", REFUND);
  seed.file("workflows/broken.task.md", BROKEN);
  seed.history();
  seed.waitsForApproval();
  seed.waitsForData();
  seed.failedAndRetried();
  seed.blocked();
  seed.paused();
  seed.completed();
  seed.atWork();
  seed.hostile();
  seed.damaged();
}

class RunSeed {
  private readonly clock: SeededClock;
  private readonly random = seededRandom(11);

  constructor(clock: SeededClock) {
    this.clock = clock;
  }

  /** Three weeks of one workflow, in two versions of which the second is better. */
  history(): void {
    for (let n = 0; n < 26; n += 1) {
      const isNew = n >= 13;
      if (n === 13) this.edit("workflows/research-report.task.md", "At most two pages.", "At most one page.");
      const runId = `report-${String(n + 1).padStart(2, "0")}`;
      this.clock.at(19 * DAY - n * 17 * HOUR);
      this.scaffold(runId, "research-report", { topic: TOPICS[n % TOPICS.length] ?? "mosses" });
      const fails = this.random() < (isNew ? 0.12 : 0.35);
      this.drive(runId, {
        stepMs: (isNew ? 6 : 10) * MINUTE * (0.6 + this.random()),
        ...(fails ? { failAt: "final", why: "HTTP 503 from the model" } : {}),
      });
    }
  }

  waitsForApproval(): void {
    this.clock.at(70 * MINUTE);
    this.scaffold("report-mosses", "research-report", { topic: "mosses in cities", depth: "deep" });
    this.drive("report-mosses", { stepMs: 9 * MINUTE, until: "release" });
    this.clock.at(50 * MINUTE);
    forkRun(this.clock.registry, "report-mosses", { nodeId: "draft", by: "ana", runId: "report-mosses-shorter" });
    this.drive("report-mosses-shorter", { stepMs: 4 * MINUTE, until: "release" });
    this.answer("report-mosses-shorter", "release", "send as draft");
    this.drive("report-mosses-shorter", { stepMs: 4 * MINUTE });
  }

  waitsForData(): void {
    this.clock.at(35 * MINUTE);
    this.scaffold("refund-4711", "refund", { customer: "Ada Lovelace" });
    this.drive("refund-4711", { stepMs: 2 * MINUTE, until: "decide" });
  }

  /** A node that failed twice, was tried again and is under way. */
  failedAndRetried(): void {
    this.clock.at(3 * HOUR);
    this.scaffold("review-auth", "code-review", { change: "pull request 88", repository: "acme/login" });
    for (const message of ["the checkout timed out", "HTTP 502 from the forge"]) {
      this.claim("review-auth");
      this.clock.pass(8 * MINUTE);
      const node = this.nodes("review-auth").find(({ status }) => status === "running");
      if (node === undefined) break;
      this.end("review-auth", node, { failed: message });
      this.clock.pass(MINUTE);
      if (this.status("review-auth", node.id) === "failed")
        controlRun(this.clock.registry, "review-auth", {
          action: "retry",
          by: "ana",
          nodeId: node.id,
          message: "from the mirror",
        });
    }
    this.clock.pass(6 * MINUTE);
    this.claim("review-auth");
  }

  /** Nothing can go on: a node that everything needs has failed. */
  blocked(): void {
    this.clock.at(5 * HOUR);
    this.scaffold("report-glaciers", "research-report", { topic: "glaciers" });
    this.drive("report-glaciers", {
      stepMs: 12 * MINUTE,
      failAt: "sources",
      why: "the search service refuses: quota used up",
    });
  }

  paused(): void {
    this.clock.at(26 * HOUR);
    this.scaffold("release-2.4.0", "release-checklist", { product: "ClawTask", version: "2.4.0" });
    this.claim("release-2.4.0");
    this.clock.pass(15 * MINUTE);
    this.file("runs/release-2.4.0/nodes/changelog/report.md", REPORT);
    this.finish("release-2.4.0", "changelog");
    controlRun(this.clock.registry, "release-2.4.0", {
      action: "add_node",
      by: "ana",
      patch: {
        node: {
          id: "license-check",
          title: "Check the licenses",
          kind: "subagent",
          needs: ["changelog"],
          prompt: "Check.",
        },
        neededBy: ["go"],
      },
    });
    this.clock.pass(5 * MINUTE);
    controlRun(this.clock.registry, "release-2.4.0", { action: "pause", by: "ana", message: "waiting for legal" });
  }

  completed(): void {
    this.clock.at(11 * HOUR);
    this.scaffold("digest-friday", "nightly-digest", { day: "2026-11-20", sendAt: "2026-11-20T07:00:00+01:00" });
    this.drive("digest-friday", { stepMs: 5 * MINUTE });
  }

  /** Two nodes are worked on by children that the ledger knows. */
  atWork(): void {
    this.clock.at(22 * MINUTE);
    this.scaffold("review-billing", "code-review", { change: "pull request 91", repository: "acme/billing" });
    this.claim("review-billing");
    for (const { id, status, kind } of this.nodes("review-billing"))
      if (status === "running" && kind === "subagent")
        commitRun(this.clock.registry, "review-billing", {
          command: {
            type: "bind",
            kind: "child-session",
            nodeId: id,
            value: `agent:main:subagent:review-${id}`,
            payload: {},
          },
        });
  }

  /** Titles, documents and file names that would run something if they could. */
  hostile(): void {
    const workflow = `---\nworkflowId: hostile\ntitle: ${JSON.stringify(HOSTILE_TITLE)}\nnodes:\n  - { id: a, title: ${JSON.stringify(HOSTILE_TITLE)}, kind: session_turn, prompt: "x", outputs: { mode: report, requiredFiles: [nodes/a/report.md, "nodes/a/<img src=x onerror=hacked()>.md"] } }\n  - { id: b, title: B, kind: summary, needs: [a], prompt: "x", outputs: { mode: notify } }\n---\n`;
    this.file("workflows/hostile.task.md", workflow);
    this.clock.at(2 * HOUR);
    this.scaffold("hostile-1", "hostile", {});
    this.claim("hostile-1");
    this.file("runs/hostile-1/nodes/a/report.md", HOSTILE_MARKDOWN);
    this.file("runs/hostile-1/nodes/a/<img src=x onerror=hacked()>.md", HOSTILE_MARKDOWN);
    finishNode(this.clock.registry, "hostile-1", { nodeId: "a", to: "completed", message: HOSTILE_TITLE });
    this.claim("hostile-1");
  }

  damaged(): void {
    this.clock.at(4 * DAY);
    this.scaffold("damaged-1", "nightly-digest", { day: "2026-11-17", sendAt: "2026-11-17T07:00:00+01:00" });
    const file = join(this.clock.registry.root, "runs/damaged-1/events.jsonl");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("{", "{{"));
    appendFileSync(file, "not a line\n");
  }

  /** Works on whatever can be worked on, step by step, until a node or the end. */
  private drive(runId: string, how: { stepMs: number; until?: string; failAt?: string; why?: string }): void {
    for (let step = 0; step < 60; step += 1) {
      this.claim(runId);
      const open = this.nodes(runId).filter(({ status }) => status === "running" || status === "waiting");
      if (open.length === 0 || open.some(({ id }) => id === how.until)) return;
      this.clock.pass(how.stepMs);
      const [node] = open;
      if (node === undefined) return;
      if (node.kind === "approval") this.answer(runId, node.id, node.policy?.approval?.choices?.[0]);
      else if (node.kind === "wait")
        controlRun(this.clock.registry, runId, { action: "approve", by: AGENT, nodeId: node.id });
      else if (node.id === how.failAt) this.end(runId, node, { failed: how.why ?? "it did not work" });
      else this.end(runId, node, {});
      if (node.id === how.failAt) this.waitForRetry(runId, node.id);
    }
  }

  /** Lets the pause before a further attempt go by. */
  private waitForRetry(runId: string, nodeId: string): void {
    const retryAt = this.nodes(runId).find(({ id }) => id === nodeId)?.retryAt;
    if (retryAt !== undefined) this.clock.pass(5 * MINUTE);
  }

  private end(runId: string, node: RunNode, { failed }: { failed?: string }): void {
    if (failed !== undefined) {
      finishNode(this.clock.registry, runId, { nodeId: node.id, to: "failed", message: failed });
      return;
    }
    this.finish(runId, node.id);
  }

  private finish(runId: string, nodeId: string): void {
    const node = this.nodes(runId).find(({ id }) => id === nodeId);
    const result =
      node?.artifactPaths.some((path) => path.endsWith("result.json")) === true ? resultFor(node) : undefined;
    for (const path of node?.artifactPaths ?? []) if (path.endsWith(".md")) this.file(`runs/${runId}/${path}`, REPORT);
    finishNode(this.clock.registry, runId, {
      nodeId,
      to: "completed",
      message: SAID[nodeId.length % SAID.length],
      ...(result === undefined ? {} : { result }),
    });
  }

  private answer(runId: string, nodeId: string, choice: string | undefined): void {
    controlRun(this.clock.registry, runId, {
      action: "approve",
      by: "ana",
      nodeId,
      message: "good; mention the costs",
      ...(choice === undefined ? {} : { patch: { choice } }),
    });
  }

  private claim(runId: string): void {
    advanceRun(this.clock.registry, runId, { self: "clawtask", by: AGENT, leaseMs: 12 * HOUR });
  }

  private nodes(runId: string): RunNode[] {
    return loadRun(this.clock.registry, runId).run.state.nodes;
  }

  private status(runId: string, nodeId: string): string | undefined {
    return this.nodes(runId).find(({ id }) => id === nodeId)?.status;
  }

  private scaffold(runId: string, workflow: string, params: JsonObject): void {
    scaffoldRun(this.clock.registry, {
      runId,
      workflowPath: `workflows/${workflow}.task.md`,
      sourceSessionKey: AGENT,
      deliveryContext: ROUTE,
      ...(Object.keys(params).length === 0 ? {} : { params }),
    });
  }

  file(path: string, text: string): void {
    const file = join(this.clock.registry.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  private edit(path: string, from: string, to: string): void {
    const file = join(this.clock.registry.root, path);
    writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
  }
}

const TOPICS = ["mosses", "heat pumps", "night trains", "open maps", "rye bread"];
const SAID = [
  "three sources disagree on the numbers",
  "done, 14 claims with an address each",
  "nothing stands in the way",
];
const RESULTS: Readonly<Record<string, JsonObject>> = {
  sources: { sources: 14, open: ["costs after 2030"] },
  check: { checked: 41, wrong: 2 },
};

function resultFor(node: RunNode): JsonObject {
  const schema = node.policy?.resultSchema as { properties?: Record<string, { type?: string }> } | undefined;
  const made = Object.entries(schema?.properties ?? {}).map(([name, { type }]) => [
    name,
    type === "array" ? [] : type === "boolean" ? true : type === "string" ? "fine" : 1,
  ]);
  return RESULTS[node.id] ?? (Object.fromEntries(made) as JsonObject);
}

const REPORT = `# What was found

Mosses take up **three times** as much dust as lawns do, and need water from the air alone.

| source | year | says |
| --- | --- | --- |
| City of Stuttgart | 2019 | 12 % less fine dust beside the wall |
| Institute for Air | 2023 | no effect beyond four metres |

1. The wall works within a few metres.
2. It dries out in summers like 2022: *it has to be watered then*.

> "Beyond four metres nothing was measured." (Institute for Air, p. 14)

See [the study](https://example.org/study) and \`nodes/check/report.md\`.
`;
