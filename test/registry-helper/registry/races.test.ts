import { describe, expect, it } from "vitest";
import { type CliResult, type RegistrySandbox, useRun, useSandbox } from "../../support/registry-sandbox.ts";

const WRITERS = 20;
const LONG = 120_000;

/** After a race: nothing failed, nothing lost, and every file agrees. */
function expectClean(sandbox: RegistrySandbox, results: readonly CliResult[]): void {
  expect(results.filter(({ code }) => code !== 0).map(({ stderr }) => stderr)).toEqual([]);
  expect(sandbox.cli("validate", "demo").json).toMatchObject({ ok: true, issues: [] });
  expect(sandbox.cli("verify", "--json").json).toMatchObject({ ok: true, runs: [{ differences: [], voidLines: 0 }] });
  const seqs = sandbox.events("demo").map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
}

describe("writers in parallel processes", () => {
  it("complete 20 x 20 progress commands without an error or a lost event", { timeout: LONG }, async () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const writer = async (name: number): Promise<CliResult[]> => {
      const results: CliResult[] = [];
      for (let round = 0; round < 20; round += 1)
        results.push(await sandbox.together("progress", "demo", `w${name} r${round}`));
      return results;
    };
    const results = (await Promise.all(Array.from({ length: WRITERS }, (_, name) => writer(name)))).flat();
    expectClean(sandbox, results);
    const logged = sandbox.events("demo").map(({ message }) => message);
    for (let name = 0; name < WRITERS; name += 1) {
      expect(logged.filter((message) => message?.startsWith(`w${name} `))).toEqual(
        Array.from({ length: 20 }, (_, round) => `w${name} r${round}`),
      );
    }
  });

  it("keep every one of 20 acknowledged binds in state and refs", { timeout: LONG }, async () => {
    const ids = Array.from({ length: WRITERS }, (_, index) => `n${index}`);
    const sandbox = useRun({ nodes: ids.map((id) => ({ id })) });
    const results = await Promise.all(
      ids.map((id) => sandbox.together("bind", "demo", "child-session", "--node-id", id, "--value", `child-${id}`)),
    );
    expectClean(sandbox, results);
    expect(sandbox.refs("demo").childSessions).toEqual(Object.fromEntries(ids.map((id) => [id, `child-${id}`])));
    expect(sandbox.state("demo").nodes.map(({ childSessionKey }) => childSessionKey)).toEqual(
      ids.map((id) => `child-${id}`),
    );
  });

  it(
    "apply each of 20 transitions, and promote the node that needs all of them exactly once",
    { timeout: LONG },
    async () => {
      const ids = Array.from({ length: WRITERS }, (_, index) => `n${index}`);
      const sandbox = useRun({ nodes: [...ids.map((id) => ({ id })), { id: "end", needs: ids }] });
      expectClean(
        sandbox,
        await Promise.all(ids.map((id) => sandbox.together("transition-node", "demo", id, "running"))),
      );
      expectClean(
        sandbox,
        await Promise.all(ids.map((id) => sandbox.together("transition-node", "demo", id, "completed"))),
      );
      expect(sandbox.getStatus("demo", "end")).toBe("ready");
      expect(
        sandbox.events("demo").filter(({ event, nodeId }) => event === "node.ready" && nodeId === "end"),
      ).toHaveLength(1);
    },
  );

  it("make the same transition once out of 20 requests, and all succeed", { timeout: LONG }, async () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const results = await Promise.all(
      Array.from({ length: WRITERS }, () => sandbox.together("transition-node", "demo", "a", "running")),
    );
    expectClean(sandbox, results);
    expect(sandbox.events("demo").filter(({ event }) => event === "node.started")).toHaveLength(1);
  });

  it("create one run from 10 scaffolds of one run id and leave nothing of the others", { timeout: LONG }, async () => {
    const sandbox = useSandbox();
    const path = sandbox.workflow("w", { nodes: [{ id: "a" }] });
    const results = await Promise.all(
      Array.from({ length: 10 }, () =>
        sandbox.together("scaffold", "--workflow-path", path, "--run-id", "demo", "--source-session-key", "k"),
      ),
    );
    expect(results.filter(({ code }) => code === 0)).toHaveLength(1);
    for (const { stderr } of results.filter(({ code }) => code !== 0))
      expect(stderr).toContain("run already exists: demo");
    expectClean(sandbox, []);
    expect(sandbox.ok("doctor").stdout).toContain("leftovers of killed scaffolds: none");
  });

  it("return the same answer to 10 scaffolds with one key", { timeout: LONG }, async () => {
    const sandbox = useSandbox();
    const path = sandbox.workflow("w", { nodes: [{ id: "a" }] });
    const results = await Promise.all(
      Array.from({ length: 10 }, () =>
        sandbox.together(
          "scaffold",
          "--workflow-path",
          path,
          "--run-id",
          "demo",
          "--source-session-key",
          "k",
          "--key",
          "one",
        ),
      ),
    );
    expectClean(sandbox, results);
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(1);
  });

  it("do not disturb 10 concurrent lists on a new index, which ends up current", { timeout: LONG }, async () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 ? sandbox.together("list", "--json") : sandbox.together("progress", "demo", `m${index}`),
      ),
    );
    expectClean(sandbox, results);
    expect(sandbox.ok("list", "--json").json).toMatchObject({
      runs: [{ runId: "demo", updatedAt: sandbox.state("demo").updatedAt, problem: null }],
    });
  });

  it("log one key from 20 processes once and return the same answer to all", { timeout: LONG }, async () => {
    const sandbox = useRun({ nodes: [{ id: "a" }] });
    const results = await Promise.all(
      Array.from({ length: WRITERS }, () => sandbox.together("progress", "demo", "once", "--key", "k1")),
    );
    expectClean(sandbox, results);
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(1);
    expect(sandbox.events("demo").filter(({ event }) => event === "run.progress")).toHaveLength(1);
  });
});
