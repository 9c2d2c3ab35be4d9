import { rmSync, utimesSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Evidence } from "../../../registry-helper/model/run-documents.ts";
import { type RegistrySandbox, useSandbox } from "../../support/registry-sandbox.ts";
import { resealLines } from "../../support/reseal-journal.ts";

const HOUR_S = 3_600;
/** Clocks of the machine that has the files, in seconds from our own. */
const CLOCKS = [0, -5, -HOUR_S, -365 * 24 * HOUR_S, HOUR_S];

/** A declared file, and what the workflow says of the node. */
const FILES = {
  "nodes/a/report.md": "outputs: { mode: report, EVIDENCE }",
  "nodes/a/data/rows.csv": "outputs: { mode: report, requiredFiles: [nodes/a/data/rows.csv], EVIDENCE }",
  "shared.md": "outputs: { mode: report, requiredFiles: [shared.md], EVIDENCE }",
  "nodes/a/result.json": "outputs: { mode: notify, schema: { type: object, required: [points] }, EVIDENCE }",
};
type DeclaredFile = keyof typeof FILES;

const BY_CLAIM = (sandbox: RegistrySandbox): void => {
  sandbox.ok("claim", "demo", "a");
};

/** The ways in which a second attempt starts. */
const STARTS: Readonly<Record<string, (sandbox: RegistrySandbox) => void>> = {
  "retry, next --claim": (sandbox) => {
    sandbox.ok("fail", "demo", "a", "--message", "no");
    sandbox.ok("retry", "demo", "a");
    sandbox.ok("next", "demo", "--claim");
  },
  "retry of a node that is running, claim": (sandbox) => {
    sandbox.ok("retry", "demo", "a");
    BY_CLAIM(sandbox);
  },
  "transition-node": (sandbox) => {
    for (const status of ["failed", "ready", "running"]) sandbox.ok("transition-node", "demo", "a", status);
  },
  "fail --next with retries left": (sandbox) => {
    sandbox.ok("fail", "demo", "a", "--message", "no", "--next");
  },
};

function useNode(file: DeclaredFile, { evidence = "recorded", retries = 0 } = {}): RegistrySandbox {
  const sandbox = useSandbox();
  const outputs = FILES[file].replace("EVIDENCE", `evidence: ${evidence}`);
  const lines = ["- id: a", "  title: A", "  kind: session_turn", `  retries: ${retries}`, `  ${outputs}`];
  const text = `---\nworkflowId: one\ntitle: One\nnodes:\n${lines.map((line) => `  ${line}\n`).join("")}---\n`;
  sandbox.scaffold("demo", sandbox.workflow("one", text));
  sandbox.ok("claim", "demo", "a");
  return sandbox;
}

function writeAt(sandbox: RegistrySandbox, file: string, text: string, clock: number): void {
  const path = `runs/demo/${file}`;
  sandbox.write(path, text);
  const at = Date.now() / 1000 + clock;
  utimesSync(sandbox.path(path), at, at);
}

const startNames = Object.keys(STARTS);
const fileNames = Object.keys(FILES) as DeclaredFile[];
const cases = startNames.flatMap((start) => fileNames.map((file) => ({ start, file })));

function startAgain(sandbox: RegistrySandbox, start: string): void {
  STARTS[start]?.(sandbox);
}

function retriesFor(start: string): number {
  return start.startsWith("fail --next") ? 2 : 0;
}

/** Keeps the files of earlier attempts where they are: a name is taken where they would go. */
function holdFiles(sandbox: RegistrySandbox): void {
  sandbox.write("runs/demo/nodes/a/attempts", "in the way\n");
}

describe("a file of an earlier attempt that could not be moved", () => {
  it.each(cases)("proves nothing, whatever its time: $file after $start", ({ file, start }) => {
    for (const clock of CLOCKS) {
      const sandbox = useNode(file, { evidence: "required", retries: retriesFor(start) });
      writeAt(sandbox, file, '{"points": 1}\n', clock);
      holdFiles(sandbox);
      startAgain(sandbox, start);
      const { code, stderr } = sandbox.cli("complete", "demo", "a");
      expect({ clock, code }).toEqual({ clock, code: 1 });
      expect(stderr).toContain("unchanged since attempt 2 began");
      expect(stderr).not.toContain("not there");
    }
  });

  it.each(cases.filter(({ file }) => !file.endsWith(".json")))(
    "is recorded as unverified where evidence is not required: $file after $start",
    ({ file, start }) => {
      const sandbox = useNode(file, { retries: retriesFor(start) });
      writeAt(sandbox, file, "old\n", HOUR_S);
      holdFiles(sandbox);
      startAgain(sandbox, start);
      const { json, stderr } = sandbox.ok("complete", "demo", "a", "--json");
      expect(json).toMatchObject({ missingArtifacts: [file] });
      expect(stderr).toContain(`without ${file} (unchanged since attempt 2 began): recorded as unverified`);
      expect(sandbox.events("demo").at(-2)).toMatchObject({ missingArtifacts: [file], staleArtifacts: [file] });
    },
  );
});

describe("a file that the retry wrote", () => {
  it.each(cases)("is evidence, whatever the clock of its file system: $file after $start", ({ file, start }) => {
    for (const clock of CLOCKS) {
      const sandbox = useNode(file, { evidence: "required", retries: retriesFor(start) });
      writeAt(sandbox, file, '{"points": 1}\n', clock - 60);
      startAgain(sandbox, start);
      writeAt(sandbox, file, '{"points": 2}\n', clock);
      expect(sandbox.ok("complete", "demo", "a", "--json").json).not.toHaveProperty("missingArtifacts");
    }
  });

  it.each(fileNames)("is evidence when only its content says so: %s", (file) => {
    const sandbox = useNode(file, { evidence: "required" });
    const at = Date.now() / 1000;
    const path = sandbox.path(`runs/demo/${file}`);
    writeAt(sandbox, file, '{"points": 1}\n', 0);
    utimesSync(path, at, at);
    startAgain(sandbox, "transition-node");
    writeAt(sandbox, file, '{"points": 2}\n', 0);
    utimesSync(path, at, at);
    sandbox.ok("complete", "demo", "a");
  });

  it.each(fileNames)("is evidence when the earlier attempt left none: %s", (file) => {
    const sandbox = useNode(file, { evidence: "required" });
    startAgain(sandbox, "transition-node");
    writeAt(sandbox, file, '{"points": 2}\n', -365 * 24 * HOUR_S);
    sandbox.ok("complete", "demo", "a");
  });
});

it("a run whose journal does not say what the files were goes by their times", () => {
  const sandbox = useNode("nodes/a/report.md");
  startAgain(sandbox, "transition-node");
  const journal = "runs/demo/events.jsonl";
  const older = sandbox.text(journal).replaceAll(/, ?"filesBefore": ?\[[^\]]*\]/g, "");
  sandbox.write(journal, resealLines(older.split("\n")).join("\n"));
  rmSync(sandbox.path("runs/demo/state.json"));
  sandbox.ok("repair", "demo", "--apply");
  expect(sandbox.text(journal)).not.toContain("filesBefore");
  writeAt(sandbox, "nodes/a/report.md", "old\n", -HOUR_S);
  expect(sandbox.ok("complete", "demo", "a", "--json").json).toHaveProperty("missingArtifacts");
});

describe("evidence that was changed after the node completed", () => {
  it.each(CLOCKS)("is named, with the clock of its file system %i s from ours", (clock) => {
    const sandbox = useNode("nodes/a/report.md");
    writeAt(sandbox, "nodes/a/report.md", "first\n", clock);
    sandbox.ok("complete", "demo", "a");
    expect(sandbox.ok("show", "demo").stdout).not.toContain("since it was done");
    writeAt(sandbox, "nodes/a/report.md", "other\n", clock + 1);
    expect(sandbox.ok("show", "demo").stdout).toContain("since it was done: nodes/a/report.md");
    rmSync(sandbox.path("runs/demo/nodes/a/report.md"));
    expect(sandbox.ok("show", "demo").stdout).toContain("nodes/a/report.md (gone)");
  });

  it("is not named when only its time is another one", () => {
    const sandbox = useNode("nodes/a/report.md");
    writeAt(sandbox, "nodes/a/report.md", "first\n", 0);
    sandbox.ok("complete", "demo", "a");
    writeAt(sandbox, "nodes/a/report.md", "first\n", HOUR_S);
    expect(sandbox.ok("show", "demo").stdout).not.toContain("since it was done");
    const [evidence] = sandbox.state("demo").nodes[0]?.evidence ?? ([] as Evidence[]);
    expect(evidence).toMatchObject({ path: "nodes/a/report.md", size: 6 });
  });
});
