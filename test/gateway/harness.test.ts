import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFakeTelegram, type FakeTelegram } from "./support/fake-telegram.ts";
import { OWNER_ID, startHost, type Host } from "./support/openclaw-host.ts";
import { packPlugin } from "./support/pack.ts";
import {
  startScriptedModel,
  type ModelReply,
  type ModelRequest,
  type ScriptedModel,
} from "./support/scripted-model.ts";
import { until } from "./support/until.ts";

const PROBE_DIR = fileURLToPath(new URL("./fixtures/probe-plugin", import.meta.url));
const PROBE_ID = "gateway-probe";
const GROUP_ID = -100123;
const TOPIC_ID = 77;
const START_MS = 360_000;
const TURN_MS = 90_000;

/** What the probe writes down about one hook or event. */
interface Noted {
  readonly source: string;
  readonly event: { readonly runId?: string; readonly outcome?: string; readonly data?: { readonly phase?: string } };
}

/** Spawns a child when asked to, and passes on what the child answered. */
function respond(request: ModelRequest): ModelReply {
  if (request.turn === "announce") return { text: `announced: ${request.childResult}` };
  if (request.isSubagent) return { text: `done: ${request.prompt}` };
  if (request.toolResults.length === 0)
    return { toolCalls: [{ name: "sessions_spawn", args: { task: "count the sheep", label: "sheep" } }] };
  return { text: "spawned" };
}

describe("the gateway harness", () => {
  let tarball: string;
  let telegram: FakeTelegram;
  let model: ScriptedModel;
  let host: Host;

  const probeFile = (): string => join(dirname(tarball), "noted.jsonl");
  const noted = async (source: string): Promise<Noted[]> => {
    const text = await readFile(probeFile(), "utf8").catch(() => "");
    const all = text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Noted);
    return all.filter((one) => one.source === source);
  };

  beforeAll(async () => {
    tarball = await packPlugin(PROBE_DIR);
    telegram = await startFakeTelegram();
    model = await startScriptedModel({ respond });
    host = await startHost({ model, telegram, plugin: { id: PROBE_ID, tarball, config: { file: probeFile() } } });
  }, START_MS);

  afterAll(async () => {
    await host?.dispose();
    await telegram?.close();
    await model?.close();
    await rm(dirname(tarball), { recursive: true });
  }, TURN_MS);

  it(
    "loads a packed and installed plugin",
    async () => {
      const report = await host.cliJson(["plugins", "inspect", PROBE_ID, "--runtime"]);

      expect(report).toMatchObject({ plugin: { status: "loaded" }, diagnostics: [] });
    },
    TURN_MS,
  );

  it(
    "passes a request from a forum topic to a child and returns its result",
    async () => {
      telegram.say({ chatId: GROUP_ID, threadId: TOPIC_ID, from: OWNER_ID, text: "count them" });
      const [ended] = await until(async () => orNothing(await noted("subagent_ended")), {
        deadlineMs: TURN_MS,
        what: "the end of the child",
        explain: () => JSON.stringify(telegram.sent),
      });

      expect(ended?.event.outcome).toBe("ok");
      const [spawned] = await noted("subagent_spawned");
      expect(spawned?.event.runId).toBe(ended?.event.runId);
      const ends = (await noted("lifecycle")).filter(
        (one) => one.event.runId === ended?.event.runId && one.event.data?.phase === "end",
      );
      expect(ends).toHaveLength(1);
      const inTopic = telegram.sent.filter((one) => one.chatId === String(GROUP_ID) && one.threadId === TOPIC_ID);
      expect(inTopic.map((one) => one.text).sort()).toEqual(["announced: done: count the sheep", "spawned"]);
      expect(inTopic).toHaveLength(telegram.sent.length);
      expect(model.requests.map((one) => one.prompt)).toContain("count them");
    },
    TURN_MS,
  );
});

/** Makes an empty list count as "not yet". */
function orNothing<T>(found: readonly T[]): readonly T[] | undefined {
  return found.length === 0 ? undefined : found;
}
