/**
 * `npm run demo`: the main job on a real OpenClaw gateway, on loopback, with a scripted model and a fake
 * Telegram. No account, no key. Leaves the registry for a look and ends by itself.
 */
import { cpSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  listRuns,
  listTasks,
  openRegistry,
  readEvents,
  type Registry,
  type RunRow,
  type TaskRow,
  withIndex,
} from "../../registry-helper/internal.ts";
import { scriptedAgent } from "./scenario/scripted-agent.ts";
import { runCommand } from "./support/cli.ts";
import { startFakeTelegram } from "./support/fake-telegram.ts";
import { type Host, OWNER_ID, startHost } from "./support/openclaw-host.ts";
import { packPlugin } from "./support/pack.ts";
import { startScriptedModel } from "./support/scripted-model.ts";
import { until } from "./support/until.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const CLAWTASK = join(PACKAGE, "dist", "clawtask.cjs");
const GROUP_ID = -100123;
const TOPIC_ID = 77;
const RUN_MS = 90_000;
const startedAt = performance.now();

function say(who: string, text: string): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5);
  const [first = "", ...rest] = text.split("\n");
  console.log([`${seconds}s  ${who.padEnd(9)} ${first}`, ...rest.map((line) => `${" ".repeat(18)}${line}`)].join("\n"));
}

/** Tells what changes in the registry, as it changes. */
function narrate(registry: Registry): () => void {
  const seen = new Map<string, string>();
  let busy = false;
  const once = (key: string, text: string, who: string): void => {
    if (seen.get(key) === text) return;
    seen.set(key, text);
    say(who, text);
  };
  const render = (): void => {
    if (busy) return;
    busy = true;
    const { runs, tasks } = withIndex(registry, (database) => ({
      runs: listRuns(database, { limit: 100 }),
      tasks: listTasks(database, { limit: 100 }),
    }));
    for (const run of runs) {
      for (const event of readEvents(registry, run.runId)) {
        once(
          `${run.runId}:${String(event["seq"])}`,
          [run.runId, event["event"], event["nodeId"] ?? ""].join(" ").trim(),
          "run",
        );
      }
    }
    for (const task of tasks.toReversed()) once(task.taskId, describe(task), "task");
    busy = false;
  };
  const timer = setInterval(render, 200);
  return () => {
    clearInterval(timer);
    render();
  };
}

function describe(task: TaskRow): string {
  const deliveryNote = task.delivery === null ? "" : `, told: ${task.delivery.state}`;
  return `${task.label ?? task.taskId} ${task.status}${deliveryNote}`;
}

async function findRun(registry: Registry, runId: string): Promise<RunRow> {
  const find = (): RunRow | undefined =>
    withIndex(registry, (database) => listRuns(database, { limit: 100 })).find(
      (run) => run.runId === runId && run.delivery?.state === "delivered",
    );
  return until(find, { deadlineMs: RUN_MS, what: `the result of ${runId} to be with the person`, everyMs: 250 });
}

async function show(host: Host, args: string[]): Promise<void> {
  const { stdout, stderr } = await runCommand(process.execPath, [CLAWTASK, ...args], host.env);
  console.log(`\n$ clawtask ${args.join(" ")}\n${stdout}${stderr}`);
}

say("demo", "packing the plugin, starting a model and a Telegram on loopback");
const tarball = await packPlugin(PACKAGE);
const model = await startScriptedModel({ respond: scriptedAgent });
const telegram = await startFakeTelegram({
  onSent: (message) =>
    say("chat <-", `${message.threadId === undefined ? "" : `[topic ${message.threadId}] `}${message.text}`),
});
let host: Host | undefined;
try {
  say("demo", "starting OpenClaw in a temporary folder and installing the tarball as a user would");
  host = await startHost({ model, telegram, plugin: { id: "clawtask", tarball } });
  say("demo", `gateway is up: ${host.url}`);
  const registry = openRegistry({ root: join(host.workspaceDir, "clawtask") });
  const stopNarrating = narrate(registry);

  const inTopic = "Please write a report on Lisbon as run lisbon-1";
  say("chat ->", `[topic ${TOPIC_ID}] ${inTopic}`);
  telegram.say({ chatId: GROUP_ID, threadId: TOPIC_ID, from: OWNER_ID, text: inTopic });
  const lisbon = await findRun(registry, "lisbon-1");
  say("demo", `the agent told the person; the ledger saw it: ${lisbon.delivery?.receipt ?? ""}`);

  const direct = "Please write a report on Porto as run porto-1";
  say("chat ->", direct);
  telegram.say({ chatId: OWNER_ID, from: OWNER_ID, text: direct });
  await findRun(registry, "porto-1");
  say("demo", "in a direct chat the agent's last words go nowhere; the ledger saw that and told the person itself");
  stopNarrating();

  await show(host, ["list"]);
  await show(host, ["show", "lisbon-1"]);
  await show(host, ["tasks", "list"]);
  const copy = join(mkdtempSync(join(tmpdir(), "clawtask-demo-")), "registry");
  cpSync(registry.root, copy, { recursive: true });
  const command = `${process.execPath} ${CLAWTASK} --registry-root ${copy}`;
  console.log(
    `The registry is kept for a look, in a terminal or in a browser:\n\n  ${command} list\n  ${command} serve\n`,
  );
} finally {
  await host?.dispose();
  await telegram.close();
  await model.close();
  await rm(dirname(tarball), { recursive: true });
}
