import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { GatewayHeartbeat } from "../../plugin/heartbeat.ts";
import {
  gatewayHeartbeatPath,
  type HeartbeatContent,
  openRegistry,
  readGatewayHeartbeat,
} from "../../registry-helper/internal.ts";
import { HEARTBEAT_STALE_AFTER_MS } from "../../registry-helper/registry/gateway-heartbeat.ts";
import { useTempFolder } from "./support/temp-folder.ts";

const FACTS = {
  hostVersion: "2026.9.6",
  connection: { connected: false, why: "no token" },
  sends: true,
  backlog: 3,
  openDeliveries: 2,
} as const;

function readNote(root: string): { note: GatewayHeartbeat; problems: string[] } {
  const problems: string[] = [];
  return {
    note: new GatewayHeartbeat({ root, facts: () => FACTS, problem: (message) => problems.push(message) }),
    problems,
  };
}
const read = (root: string, now = Date.now() * 1000): HeartbeatContent | undefined =>
  readGatewayHeartbeat(openRegistry({ root, now: () => now }));
async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !holds(); tries += 1) await pause(5);
}

describe("GatewayHeartbeat", () => {
  it("is written at once next to the registry with the current status, for this user only", async () => {
    const root = join(useTempFolder(), "registry");
    const { note, problems } = readNote(root);
    await until(() => read(root) !== undefined);
    expect(read(root)).toMatchObject({ ...FACTS, pid: process.pid, startedAt: expect.any(String) as string });
    expect(statSync(gatewayHeartbeatPath(root)).mode & 0o777).toBe(0o600);
    expect(problems).toEqual([]);
    await note.stop();
  });

  it("is removed when the gateway stops", async () => {
    const root = useTempFolder();
    const { note } = readNote(root);
    await until(() => read(root) !== undefined);
    await note.stop();
    expect(readdirSync(root)).toEqual([]);
  });

  it("is not written again when the gateway stops during a write", async () => {
    const root = useTempFolder();
    for (let round = 0; round < 5; round += 1) await readNote(root).note.stop();
    await pause(30);
    expect(existsSync(gatewayHeartbeatPath(root))).toBe(false);
  });

  it("reports a problem when it cannot be written", async () => {
    const file = join(useTempFolder(), "file");
    writeFileSync(file, "");
    const { note, problems } = readNote(join(file, "registry"));
    await until(() => problems.length > 0);
    expect(problems).toEqual([expect.stringContaining("gateway note")]);
    await note.stop();
  });
});

describe("readGatewayHeartbeat", () => {
  const written = (text: string): string => {
    const root = useTempFolder();
    writeFileSync(gatewayHeartbeatPath(root), text);
    return root;
  };

  it("returns nothing without a gateway", () => {
    expect(read(useTempFolder())).toBeUndefined();
  });

  it("ignores a stale heartbeat of a stopped gateway", () => {
    const at = Date.UTC(2026, 10, 20, 12);
    const root = written(JSON.stringify({ ...FACTS, pid: 1, writtenAt: new Date(at).toISOString() }));
    expect(read(root, (at + HEARTBEAT_STALE_AFTER_MS - 1) * 1000)).toMatchObject({ pid: 1 });
    expect(read(root, (at + HEARTBEAT_STALE_AFTER_MS) * 1000)).toBeUndefined();
  });

  it.each(["", "{", "null", "7", '"note"', "{}", '{"writtenAt":"yesterday"}', '{"writtenAt":5}'])(
    "ignores invalid content: %j",
    (text) => {
      expect(read(written(text))).toBeUndefined();
    },
  );
});
