import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";

const RUN = "runs/demo";

function useNode(lines: readonly string[], kind = "subagent"): RegistrySandbox {
  const sandbox = useSandbox();
  const text = `---
workflowId: one
title: One
nodes:
  - id: a
    title: A
    kind: ${kind}
${lines.map((line) => `    ${line}\n`).join("")}---
`;
  sandbox.scaffold("demo", sandbox.workflow("one", text));
  return sandbox;
}

/** The ways in which an attempt ends for the next one, which has begun afterwards. */
const WAYS: Readonly<Record<string, (sandbox: RegistrySandbox) => void>> = {
  "fail, retry": (sandbox) => {
    sandbox.ok("fail", "demo", "a", "--message", "no");
    sandbox.ok("retry", "demo", "a");
  },
  "retry while it runs": (sandbox) => {
    sandbox.ok("retry", "demo", "a", "--message", "again");
  },
  "transition-node": (sandbox) => {
    sandbox.ok("transition-node", "demo", "a", "failed");
    sandbox.ok("transition-node", "demo", "a", "ready");
  },
  "skipped, then opened again": (sandbox) => {
    sandbox.ok("skip", "demo", "a", "--message", "not now");
    sandbox.ok("retry", "demo", "a");
  },
  "a line of control.jsonl": (sandbox) => {
    sandbox.write(
      `${RUN}/control.jsonl`,
      `${JSON.stringify({ id: "x", action: "retry", nodeId: "a", message: "again" })}\n`,
    );
    sandbox.ok("tick", "demo");
  },
};

/** Declared files, and where the first attempt's are kept. */
const KEPT: Readonly<Record<string, string>> = {
  "nodes/a/report.md": "nodes/a/attempts/1/report.md",
  "nodes/a/data/rows.csv": "nodes/a/attempts/1/data/rows.csv",
  "nodes/a/result.json": "nodes/a/attempts/1/result.json",
  "out/all.txt": "nodes/a/attempts/1/run/out/all.txt",
  "Übersicht.md": "nodes/a/attempts/1/run/Übersicht.md",
};

function declare(file: string): string[] {
  return [`artifactPaths: ["${file}"]`, "outputs: { mode: report, evidence: required }"];
}

const table = Object.keys(WAYS).flatMap((way) => Object.keys(KEPT).map((file) => ({ way, file })));

describe("what an attempt left", () => {
  it.each(table)("is kept beside the next one: $file after $way", ({ way, file }) => {
    const sandbox = useNode(declare(file));
    sandbox.ok("next", "demo", "--claim");
    sandbox.write(`${RUN}/${file}`, '{"n": 1}\n');
    WAYS[way]?.(sandbox);
    const kept = KEPT[file] ?? "";
    expect(sandbox.text(`${RUN}/${kept}`)).toBe('{"n": 1}\n');
    expect(existsSync(sandbox.path(`${RUN}/${file}`))).toBe(false);
    sandbox.ok("next", "demo", "--claim");
    expect(sandbox.text(`${RUN}/nodes/a/handoff.md`)).toContain(`attempt 1 left ${file}, kept in ${kept}`);
    expect(sandbox.state("demo").nodes[0]?.attempts?.[0]?.left).toMatchObject([{ path: file, kept, size: 9 }]);
    expect(sandbox.ok("show", "demo").stdout).toContain(kept);
    const { stderr } = sandbox.cli("complete", "demo", "a");
    expect(stderr).toContain("is not there");
    expect(stderr).toContain(kept);
    sandbox.write(`${RUN}/${file}`, '{"n": 2}\n');
    sandbox.ok("complete", "demo", "a");
    expect(sandbox.text(`${RUN}/${kept}`)).toBe('{"n": 1}\n');
    sandbox.ok("validate", "demo");
    sandbox.ok("verify", "demo");
  });

  it("is kept for each attempt, with every reason in the brief of the last one", () => {
    const sandbox = useNode(["retries: 3", "outputs: { mode: report }"]);
    for (const number of [1, 2, 3]) {
      sandbox.ok("next", "demo", "--claim");
      sandbox.write(`${RUN}/nodes/a/report.md`, `text ${number}\n`);
      sandbox.ok("fail", "demo", "a", "--message", `reason ${number}`);
      sandbox.ok("tick", "demo");
      if (sandbox.state("demo").nodes[0]?.status === "failed")
        sandbox.ok("retry", "demo", "a", "--message", `do ${number}`);
    }
    const next = sandbox.ok("next", "demo", "--claim");
    const brief = sandbox.text(`${RUN}/nodes/a/handoff.md`);
    for (const number of [1, 2, 3]) {
      expect(brief).toContain(`attempt ${number}`);
      expect(brief).toContain(`ended with "reason ${number}"`);
      expect(sandbox.text(`${RUN}/nodes/a/attempts/${number}/report.md`)).toBe(`text ${number}\n`);
    }
    expect(next.code).toBe(0);
  });

  it("is not moved before the next attempt, nor when the node is left out", () => {
    const sandbox = useNode(["outputs: { mode: report }"]);
    sandbox.ok("next", "demo", "--claim");
    sandbox.write(`${RUN}/nodes/a/report.md`, "half\n");
    sandbox.ok("fail", "demo", "a", "--message", "no");
    expect(sandbox.text(`${RUN}/nodes/a/report.md`)).toBe("half\n");
    sandbox.ok("skip", "demo", "a", "--message", "will do");
    expect(sandbox.text(`${RUN}/nodes/a/report.md`)).toBe("half\n");
    expect(existsSync(sandbox.path(`${RUN}/nodes/a/attempts`))).toBe(false);
  });

  it("is moved by the next command about the node when a crash came in between", () => {
    const sandbox = useNode(["outputs: { mode: report }"]);
    sandbox.ok("next", "demo", "--claim");
    sandbox.write(`${RUN}/nodes/a/report.md`, "half\n");
    // As after a crash: something else is in the way of the folder, so that nothing can be moved.
    sandbox.write(`${RUN}/nodes/a/attempts`, "in the way\n");
    sandbox.ok("retry", "demo", "a");
    expect(sandbox.text(`${RUN}/nodes/a/report.md`)).toBe("half\n");
    rmSync(sandbox.path(`${RUN}/nodes/a/attempts`));
    sandbox.ok("next", "demo", "--claim");
    expect(sandbox.text(`${RUN}/nodes/a/attempts/1/report.md`)).toBe("half\n");
    expect(sandbox.state("demo").nodes[0]?.attempts?.[0]?.left).toHaveLength(1);
  });

  it("stays in its place when another attempt wrote it since", () => {
    const sandbox = useNode(["outputs: { mode: report, evidence: required }"]);
    sandbox.ok("next", "demo", "--claim");
    sandbox.write(`${RUN}/nodes/a/report.md`, "half\n");
    sandbox.write(`${RUN}/nodes/a/attempts`, "in the way\n");
    sandbox.ok("retry", "demo", "a");
    sandbox.ok("next", "demo", "--claim");
    rmSync(sandbox.path(`${RUN}/nodes/a/attempts`));
    sandbox.write(`${RUN}/nodes/a/report.md`, "whole text\n");
    sandbox.ok("complete", "demo", "a");
    expect(sandbox.text(`${RUN}/nodes/a/report.md`)).toBe("whole text\n");
  });

  const STAYS: Readonly<Record<string, (sandbox: RegistrySandbox) => void>> = {
    "a link": (sandbox) => {
      const outside = sandbox.path("outside.md");
      writeFileSync(outside, "mine\n");
      symlinkSync(outside, sandbox.path(`${RUN}/nodes/a/report.md`));
    },
    "a link inside of the run": (sandbox) => {
      sandbox.write(`${RUN}/elsewhere.md`, "mine\n");
      symlinkSync(sandbox.path(`${RUN}/elsewhere.md`), sandbox.path(`${RUN}/nodes/a/report.md`));
    },
    "a folder": (sandbox) => {
      mkdirSync(sandbox.path(`${RUN}/nodes/a/report.md`));
    },
    "a folder of attempts that is a link": (sandbox) => {
      sandbox.write(`${RUN}/nodes/a/report.md`, "mine\n");
      mkdirSync(sandbox.path("elsewhere"));
      symlinkSync(sandbox.path("elsewhere"), sandbox.path(`${RUN}/nodes/a/attempts`));
    },
  };
  it.each(Object.keys(STAYS))("is moved along no link, and only when it is a file: %s", (what) => {
    const sandbox = useNode(["outputs: { mode: report }"]);
    sandbox.ok("next", "demo", "--claim");
    STAYS[what]?.(sandbox);
    sandbox.ok("retry", "demo", "a");
    expect(existsSync(sandbox.path(`${RUN}/nodes/a/report.md`))).toBe(true);
    expect(existsSync(sandbox.path("elsewhere/1"))).toBe(false);
  });

  it.each([
    "state.json",
    "workflow.lock.md",
    "nodes/a/progress.md",
    "nodes/b/report.md",
    "shared.md",
    "nodes/a/handoff.md",
  ])("stays when it is the run's or another node's: %s", (file) => {
    const sandbox = useSandbox();
    const node = (id: string, path: string): string =>
      `  - id: ${id}\n    title: ${id}\n    kind: subagent\n    artifactPaths: ["${path}"]\n    outputs: { mode: report }\n`;
    const other = file === "nodes/b/report.md" ? file : "shared.md";
    const text = `---\nworkflowId: one\ntitle: One\nnodes:\n${node("a", file)}${node("b", other)}---\n`;
    sandbox.scaffold("demo", sandbox.workflow("one", text));
    sandbox.ok("next", "demo", "--claim");
    if (!existsSync(sandbox.path(`${RUN}/${file}`))) sandbox.write(`${RUN}/${file}`, "text\n");
    sandbox.ok("retry", "demo", "a");
    expect(existsSync(sandbox.path(`${RUN}/${file}`))).toBe(true);
    expect(existsSync(sandbox.path(`${RUN}/nodes/a/attempts`))).toBe(false);
    sandbox.ok("verify", "demo");
  });
});

describe("a brief", () => {
  const HANDOFF = `${RUN}/nodes/a/handoff.md`;
  const edits: Readonly<Record<string, (text: string) => string>> = {
    "text added at its end": (text) => `${text}\nLook into the blue folder.\n`,
    "text added at its beginning": (text) => `Look into the blue folder.\n\n${text}`,
    "its task changed": (text) => text.replace("Dig for squid.", "Dig for squid. Look into the blue folder."),
    "all of it replaced": () => "Look into the blue folder.\n",
    "its first line taken out": (text) => `${text.split("\n").slice(1).join("\n")}Look into the blue folder.\n`,
    "its last mark taken out": (text) => `${text.replace(/<!-- The end[^\n]*\n/, "")}Look into the blue folder.\n`,
    "other line ends": (text) => `${text}Look into the blue folder.\n`.replaceAll("\n", "\r\n"),
  };

  it.each(Object.keys(edits))("keeps what the agent wrote and says what went wrong: %s", (edit) => {
    const sandbox = useNode(["prompt: Dig for squid.", "outputs: { mode: report }"]);
    sandbox.ok("next", "demo", "--claim");
    const file = sandbox.path(HANDOFF);
    writeFileSync(file, edits[edit]?.(readFileSync(file, "utf8")) ?? "");
    for (const number of [1, 2]) {
      sandbox.ok("fail", "demo", "a", "--message", `reason ${number}`);
      sandbox.ok("retry", "demo", "a", "--message", `now ${number}`);
      sandbox.ok("next", "demo", "--claim");
      const text = sandbox.text(HANDOFF);
      expect(text.split("Look into the blue folder.")).toHaveLength(2);
      for (let told = 1; told <= number; told += 1) expect(text.split(`"reason ${told}"`)).toHaveLength(2);
      expect(text).toContain(`now: now ${number}`);
    }
  });

  it("stays to the byte when it is the agent's own and there is nothing to add", () => {
    const sandbox = useNode(["outputs: { mode: report }"]);
    sandbox.write(HANDOFF, "Mine.\r\nAll of it.");
    sandbox.ok("next", "demo", "--claim");
    expect(sandbox.text(HANDOFF)).toBe("Mine.\r\nAll of it.");
  });

  it("is written again as a whole where an older version wrote it", () => {
    const sandbox = useNode(["prompt: Dig for squid.", "outputs: { mode: report }"]);
    sandbox.write(
      HANDOFF,
      "<!-- Written by ClawTask for this attempt. Take this line out to keep your own text. -->\n\nold\n",
    );
    sandbox.ok("next", "demo", "--claim");
    expect(sandbox.text(HANDOFF)).not.toContain("old");
    expect(sandbox.text(HANDOFF)).toContain("Dig for squid.");
  });
});
