/** What the API costs on a large registry: 10,000 tasks, 200 runs, one of them with 1,000 nodes. Prints milliseconds. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApiContext } from "../../plugin/control-plane/api/create-context.ts";
import { handleRequest } from "../../plugin/control-plane/api/handle-request.ts";
import { openRegistry, type Registry, scaffoldRun, timeOrderedId } from "../../registry-helper/internal.ts";
import { commitTasks } from "../../registry-helper/operations/tasks/commit-task.ts";

const ROUNDS = 15;
const root = mkdtempSync(join(tmpdir(), "clawtask-api-"));

function workflow(name: string, nodes: number): string {
  const lines = Array.from({ length: nodes }, (_, index) => {
    const needs = index > 3 ? `n${index - 4}` : "";
    const kind = index % 3 === 0 ? "session_turn" : "subagent";
    return `  - id: n${index}\n    title: Node ${index}\n    kind: ${kind}\n    needs: [${needs}]\n    prompt: Do it\n    outputs: { mode: report }\n`;
  });
  const path = `workflows/${name}.task.md`;
  writeFileSync(join(root, path), `---\nworkflowId: ${name}\ntitle: ${name}\nnodes:\n${lines.join("")}---\n`);
  return path;
}

function fill(registry: Registry): string {
  mkdirSync(join(root, "workflows"));
  const run = (runId: string, workflowPath: string): unknown =>
    scaffoldRun(registry, { runId, workflowPath, sourceSessionKey: "agent:main:main", deliveryContext: null });
  run("big", workflow("big", 1_000));
  const small = workflow("small", 5);
  for (let number = 0; number < 200; number += 1) run(`small-${number}`, small);
  const started = Date.now() - 3_600_000;
  const ids = Array.from({ length: 10_000 }, (_, number) => timeOrderedId("t", started + number * 100, 0.5));
  for (let from = 0; from < ids.length; from += 1_000)
    commitTasks(
      registry,
      ids.slice(from, from + 1_000).map((taskId, place) => {
        const number = from + place;
        const ending = {
          status: number % 10 === 0 ? ("failed" as const) : ("succeeded" as const),
          result: "r".repeat(500),
        };
        return {
          command: {
            type: "signal" as const,
            taskId,
            source: "bench",
            names: [`run:${number}`],
            started: true,
            facts: {
              runtime: "subagent" as const,
              runId: `h${number}`,
              label: `task ${number}`,
              task: "do it ".repeat(30),
            },
            ...(number < 9_700 ? { ending } : {}),
          },
        };
      }),
    );
  return ids[500] ?? "";
}

const taskId = fill(openRegistry({ root }));
const context = createApiContext({ root });
const paths = [
  "/api/overview",
  "/api/attention",
  "/api/tasks?limit=100",
  "/api/tasks?limit=100&all=true&status=failed",
  "/api/tasks?search=task+99",
  `/api/tasks/${taskId}`,
  "/api/run-list",
  "/api/runs",
  "/api/runs/big",
  "/api/runs/big/detail",
  "/api/runs/big/graph",
  "/api/runs/big/timeline",
  "/api/flows",
  "/api/workflows/big",
  "/api/health",
  "/metrics",
];
console.log(`${"route".padEnd(46)} first  median     bytes`);
for (const path of paths) {
  const url = new URL(`http://x${path}`);
  const times: number[] = [];
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAt = performance.now();
    const caller = { actor: "bench", scope: "read", mode: "standalone" } as const;
    const request = {
      method: "GET",
      path: url.pathname,
      query: url.searchParams,
      headers: {},
      body: undefined,
      caller,
    } as const;
    const { status, body } = await handleRequest(context, request);
    times.push(performance.now() - startedAt);
    if (status !== 200) throw new Error(`${path}: ${status} ${String(body).slice(0, 200)}`);
    bytes = body.length;
  }
  const [first = 0, ...rest] = times;
  const median = rest.sort((one, other) => one - other)[Math.floor(rest.length / 2)] ?? 0;
  console.log(
    `${path.padEnd(46)} ${first.toFixed(1).padStart(5)} ${median.toFixed(1).padStart(7)} ${String(bytes).padStart(9)}`,
  );
}
context.index.close();
rmSync(root, { recursive: true, force: true });
