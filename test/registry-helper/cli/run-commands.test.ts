import { describe, expect, it } from "vitest";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";

const CITY = `---
workflowId: city-report
title: Report on {{city}}
params:
  city: { type: string, description: Which city }
  depth: { type: integer, default: 2, enum: [1, 2, 3] }
defaults: { evidence: required }
nodes:
  - id: collect
    title: Facts on {{city}}
    kind: session_turn
    prompt: Find the population of {{city}}.
    outputs:
      mode: report
      schema: { type: object, required: [population], properties: { population: { type: integer } } }
  - id: review
    title: Second opinion
    kind: subagent
    needs: [collect]
    prompt: Check the facts on {{city}}.
    retries: { max: 1, backoffMs: 0 }
    outputs: { mode: report }
  - id: big
    title: For big cities
    kind: session_turn
    needs: [collect]
    when: { node: collect, output: population, greaterThan: 1000000 }
    outputs: { mode: notify }
  - id: ok
    title: Publish?
    kind: approval
    needs: [review, big]
    approval:
      question: Publish the report on {{city}}?
      choices: [publish, draft, drop]
      schema: { type: object, required: [budget], properties: { budget: { type: number } } }
    outputs: { mode: notify }
  - id: hold
    title: Wait for the press
    kind: wait
    needs: [ok]
    waitFor: { type: event, event: press-ready }
    outputs: { mode: notify }
  - id: wrap-up
    title: Final report
    kind: summary
    needs: [hold]
    outputs: { mode: report }
---
`;

interface Step {
  nodeId?: string;
  action: string;
  claim?: number;
  commands: string[];
  later?: string[];
  choices?: string[];
  prompt?: string;
  said?: string[];
  spawn?: { task: string; label: string };
}

/** A run of the city workflow, driven by commands alone; counts them. */
class Driven {
  readonly sandbox: RegistrySandbox = useSandbox();
  calls = 0;

  constructor(values: readonly string[] = ["--set", "city=Rome"]) {
    this.sandbox.write("workflows/city.task.md", CITY);
    this.sandbox.ok(
      "scaffold",
      "--workflow-path",
      "workflows/city.task.md",
      "--run-id",
      "c1",
      "--source-session-key",
      "k",
      ...values,
    );
  }

  call(...args: string[]): Record<string, never> & { steps: Step[]; next: { steps: Step[] } } {
    this.calls += 1;
    return this.sandbox.ok(...args, "--json").json as never;
  }

  expectFailure(...args: string[]): { code: string; message: string; next?: string } {
    const { code, stderr } = this.sandbox.cli(...args, "--json");
    expect(code, args.join(" ")).toBe(1);
    return (JSON.parse(stderr) as { error: { code: string; message: string; next?: string } }).error;
  }

  report(nodeId: string, text = "facts"): void {
    this.sandbox.write(`runs/c1/nodes/${nodeId}/report.md`, text);
  }
}

describe("a run driven by next --claim and complete --next", () => {
  it("completes with at most two calls per node", () => {
    const run = new Driven();
    const [collect] = run.call("next", "c1", "--claim").steps;
    expect(collect).toMatchObject({
      nodeId: "collect",
      action: "do",
      claim: expect.any(Number) as number,
      prompt: "Find the population of Rome.",
    });
    run.report("collect");
    const result = JSON.stringify({ population: 2_800_000 });
    const after = run.call(
      "complete",
      "c1",
      "collect",
      "--claim",
      `${collect?.claim}`,
      "--result-json",
      result,
      "--next",
    );
    expect(after.next.steps.map(({ nodeId, action }) => [nodeId, action])).toEqual([
      ["review", "dispatch"],
      ["big", "do"],
    ]);
    const review = after.next.steps[0];
    expect(review?.spawn?.label).toBe("c1/review");
    const brief = run.sandbox.text("runs/c1/nodes/review/handoff.md");
    expect(brief).toContain("Check the facts on Rome.");
    expect(brief).toContain(run.sandbox.path("runs/c1/nodes/collect/report.md"));
    run.call("bind", "c1", "child-session", "--node-id", "review", "--value", "child-1");
    run.report("review");
    run.call("complete", "c1", "review", "--claim", String(review?.claim), "--message", "all right");
    const asked = run.call("complete", "c1", "big", "--claim", String(after.next.steps[1]?.claim), "--next").next.steps;
    expect(asked).toMatchObject([{ nodeId: "ok", action: "ask", choices: ["publish", "draft", "drop"], commands: [] }]);
    run.call(
      "approve",
      "c1",
      "ok",
      "--by",
      "ana",
      "--choice",
      "draft",
      "--data-json",
      '{"budget":3}',
      "--message",
      "mention the costs",
    );
    expect(run.call("next", "c1", "--claim").steps).toMatchObject([{ nodeId: "hold", action: "wait" }]);
    run.call("emit", "c1", "press-ready");
    const [end] = run.call("next", "c1", "--claim").steps;
    expect(end).toMatchObject({
      nodeId: "wrap-up",
      said: ['draft by ana (reported on the command line): mention the costs {"budget":3}'],
    });
    run.report("wrap-up", "short");
    const done = run.call("complete", "c1", "wrap-up", "--claim", String(end?.claim), "--next");
    expect(done.next.steps).toMatchObject([{ action: "report" }]);
    expect(run.calls).toBeLessThanOrEqual(12);
    expect(run.sandbox.ok("validate", "c1").json).toMatchObject({ ok: true, issues: [], runStatus: "completed" });
    expect(run.sandbox.ok("verify", "c1", "--json").json).toMatchObject({ ok: true });
    const evidence = run.sandbox.state("c1").nodes.find(({ id }) => id === "collect")?.evidence;
    expect(evidence?.map(({ path, size }) => [path, size])).toEqual([
      ["nodes/collect/report.md", 5],
      ["nodes/collect/result.json", 28],
    ]);
  });

  it("rejects invalid commands with a suggested fix and changes nothing", () => {
    const run = new Driven();
    run.call("next", "c1", "--claim");
    const before = run.sandbox.text("runs/c1/events.jsonl");
    expect(run.expectFailure("complete", "c1", "collect")).toMatchObject({ code: "result_invalid" });
    expect(run.expectFailure("complete", "c1", "collect", "--result-json", '{"population":"many"}')).toMatchObject({
      code: "result_invalid",
      message: "the result of collect does not fit: population must be integer",
    });
    const fits = ["--result-json", '{"population":1}'];
    expect(run.expectFailure("complete", "c1", "collect", ...fits)).toMatchObject({ code: "evidence_missing" });
    run.report("collect");
    expect(run.expectFailure("complete", "c1", "collect", "--claim", "99", ...fits)).toMatchObject({
      code: "stale_token",
    });
    expect(run.expectFailure("claim", "c1", "collect")).toMatchObject({ code: "node_claimed" });
    expect(run.sandbox.text("runs/c1/events.jsonl")).toBe(before);
    const held = run.sandbox.state("c1").nodes.find(({ id }) => id === "collect")?.claim;
    run.call("complete", "c1", "collect", "--claim", `${held?.token}`, ...fits);
    expect(run.sandbox.getStatus("c1", "big")).toBe("skipped");
    run.call("skip", "c1", "review");
    run.call("next", "c1", "--claim");
    expect(run.expectFailure("approve", "c1", "ok", "--choice", "draft")).toMatchObject({
      code: "answer_invalid",
      message: "the answer to ok does not fit: no data was given",
    });
    expect(run.expectFailure("approve", "c1", "ok", "--choice", "draft", "--data-json", '{"budget":"x"}').code).toBe(
      "answer_invalid",
    );
    run.call("reject", "c1", "ok", "--by", "ana", "--message", "too long");
    expect(run.sandbox.ok("next", "c1").stdout).toContain("The answer was no");
  });

  it("gives a node to only one of two concurrent callers", () => {
    const run = new Driven();
    const first = run.call("next", "c1", "--claim", "--by", "one").steps[0];
    expect(first).toMatchObject({ action: "do", claim: expect.any(Number) as number });
    const second = run.call("next", "c1", "--claim", "--by", "two").steps;
    expect(second).toMatchObject([{ action: "check" }]);
    expect(second[0]?.claim).toBeUndefined();
    expect(JSON.stringify(second)).toContain("Claimed by one until");
    expect(second[0]?.commands).toEqual([
      expect.stringContaining('retry c1 collect --next --message "taken over from one"'),
    ]);
    // The first of them may have forgotten that it has the node: it gets it again, under the same number.
    expect(run.call("next", "c1", "--claim", "--by", "one").steps).toMatchObject([
      { action: "do", claim: first?.claim },
    ]);
    // Whoever knows that the holder is gone takes the node over.
    const taken = run.call("retry", "c1", "collect", "--next", "--message", "taken over from one");
    expect(taken.next.steps).toMatchObject([
      { nodeId: "collect", action: "do", retry: "taken over from one", attempt: 2 },
    ]);
    run.report("collect");
    expect(
      run.expectFailure("complete", "c1", "collect", "--claim", `${first?.claim}`, "--result-json", '{"population":1}')
        .code,
    ).toBe("stale_token");
  });

  it("starts the next attempt with the failure reason in its brief and keeps an agent's own words", () => {
    const run = new Driven();
    run.call("next", "c1", "--claim");
    run.report("collect");
    run.call("complete", "c1", "collect", "--result-json", '{"population":1}', "--next");
    const handoff = "runs/c1/nodes/review/handoff.md";
    run.sandbox.write("runs/c1/nodes/review/progress.md", "half of it read");
    const again = run.call("fail", "c1", "review", "--message", "HTTP 503", "--next");
    expect(again.next.steps).toMatchObject([{ nodeId: "review", action: "dispatch", attempt: 2 }]);
    expect(run.sandbox.text(handoff)).toContain('attempt 1 ended with "HTTP 503"');
    expect(run.sandbox.text(handoff)).toContain("nodes/review/progress.md (how far the attempt before came");
    run.sandbox.write(handoff, "my own words");
    run.call("retry", "c1", "review", "--message", "use the archive");
    run.call("next", "c1", "--claim");
    expect(run.sandbox.text(handoff)).toMatch(/HTTP 503[^]*now: use the archive[^]*my own words\n$/);
    const brief = run.sandbox.ok("brief", "c1", "review").stdout;
    expect(brief).toContain("attempt 3");
    expect(brief).toContain("now: use the archive");
  });

  it("accepts parameters and reports invalid ones", () => {
    expect(new Driven(["--set-json", '{"city":"Rome","depth":3}']).sandbox.state("c1")).toMatchObject({
      title: "Report on Rome",
      params: { city: "Rome", depth: 3 },
    });
    const { sandbox } = new Driven();
    const again = [
      "scaffold",
      "--workflow-path",
      "workflows/city.task.md",
      "--run-id",
      "c2",
      "--source-session-key",
      "k",
    ];
    const message = (...values: string[]): string => sandbox.cli(...again, ...values).stderr.split("\n")[0] ?? "";
    expect(message()).toBe("parameter city is missing: Which city");
    expect(message("--set", "town=Rome")).toBe("the workflow has no parameter town");
    expect(message("--set", "city=Rome", "--set", "depth=many")).toBe('parameter depth is no integer: "many"');
    expect(message("--set", "city=Rome", "--set", "depth=9")).toBe("parameter depth cannot be 9");
    expect(message("--set", "city")).toContain("name=value");
  });
});

describe("controls on the command line", () => {
  it("report their effect and are applied once per key", () => {
    const { sandbox } = new Driven();
    expect(sandbox.ok("pause", "c1", "--by", "ana", "--key", "p1", "--text").stdout).toBe(
      "recorded pause; run c1 is paused\n",
    );
    expect(sandbox.ok("pause", "c1", "--by", "ana", "--key", "p1", "--text").stdout).toBe(
      "recorded pause; run c1 is paused\n",
    );
    expect(sandbox.cli("pause", "c1", "--message", "other", "--key", "p1").stderr).toContain("idempotency_conflict");
    expect(sandbox.ok("next", "c1").stdout).toContain("PAUSED");
    sandbox.ok("resume", "c1");
    expect(sandbox.ok("note", "c1", "budget is small", "--node-id", "collect", "--text").stdout).toContain(
      "collect is ready",
    );
    const node = JSON.stringify({ id: "deep", needs: ["collect"], prompt: "look deeper" });
    sandbox.ok("add-node", "c1", "--node-json", node, "--needed-by", "wrap-up");
    expect(sandbox.text("runs/c1/nodes/deep/handoff.md")).toContain("# Deep handoff");
    sandbox.ok("rewire-node", "c1", "deep", "--needs", "");
    expect(sandbox.ok("brief", "c1", "deep").stdout).toContain("look deeper");
    expect(sandbox.cli("add-node", "c1", "--node-json", '{"id":"../x"}').stderr).toContain("invalid_id");
    expect(sandbox.cli("rewire-node", "c1", "collect", "--needs", "wrap-up").stderr).toContain("needs_cycle");
    expect(sandbox.ok("cancel", "c1", "--message", "enough", "--text").stdout).toBe(
      "recorded cancel; run c1 is cancelled\n",
    );
    expect(sandbox.cli("next", "c1", "--claim").stdout).toContain("REPORT");
  });

  it("from OpenTask's control.jsonl are applied by a tick, and only invalid lines are rejected", () => {
    const { sandbox } = new Driven();
    const line = (id: string, action: string, more: object = {}): string =>
      JSON.stringify({ id, action, runId: "c1", timestamp: "2026-11-20T22:30:21.900050+00:00", ...more, patch: {} });
    sandbox.write(
      "runs/c1/control.jsonl",
      `${[line("a", "skip", { nodeId: "nobody" }), "{torn", line("b", "explode"), line("c", "pause")].join("\n")}\n`,
    );
    const { stdout } = sandbox.ok("tick", "c1", "--text");
    expect(stdout).toContain("control.rejected node_not_found: node not found: nobody");
    expect(stdout).toContain("control.rejected invalid_json");
    expect(stdout).toContain("control.rejected control_unknown: unknown action: explode");
    expect(sandbox.state("c1").status).toBe("paused");
    expect(sandbox.ok("tick", "c1", "--text").stdout).toBe("nothing is due\n");
    expect(sandbox.ok("tick", "--all", "--json").json).toMatchObject({ runs: [{ runId: "c1", events: [] }] });
    expect(sandbox.ok("verify", "c1", "--json").json).toMatchObject({ ok: true });
  });
});
