import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readRunText } from "../../../plugin/control-plane/handlers/run-text-file.ts";
import { lastReport } from "../../../plugin/recorder/watchers/last-report.ts";
import { realFileSystem } from "../../../registry-helper/storage/file-system.ts";
import { existsInside, findInside } from "../../../registry-helper/storage/run-paths.ts";
import { useSandbox, type RegistrySandbox } from "../../support/registry-sandbox.ts";

/** Names that can be written in two encodings, in a file, a folder, or both. */
const NAMES = ["nodes/a/Übersicht.md", "nodes/é/ü/plain.md", "nodes/a/각.md", "nodes/a/Ṩ ẛ̣ ÅÅ.md", "é/ñ.md"];
const FORMS = ["NFC", "NFD"] as const;
const cases = NAMES.flatMap((name) =>
  FORMS.flatMap((declared) => FORMS.map((written) => ({ name, declared, written }))),
);

function useFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "clawtask-names-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function writeIn(folder: string, path: string, text = "text\n"): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe("findInside", () => {
  it.each(cases)("finds $name declared as $declared and written as $written", ({ name, declared, written }) => {
    const folder = useFolder();
    const file = writeIn(folder, name.normalize(written));
    expect(findInside(realFileSystem, folder, name.normalize(declared))).toBe(file);
  });

  it("prefers the exact name where both are there", () => {
    const folder = useFolder();
    const files = FORMS.map((form) => writeIn(folder, "é.md".normalize(form)));
    for (const [index, form] of FORMS.entries())
      expect(findInside(realFileSystem, folder, "é.md".normalize(form))).toBe(files[index]);
  });

  it.each(FORMS)("follows no link that leads out of the run, in the form %s", (form) => {
    const folder = useFolder();
    symlinkSync(writeIn(useFolder(), "secret.md"), join(folder, "é.md".normalize("NFD")));
    expect(existsInside(realFileSystem, folder, "é.md".normalize(form))).toBe(false);
  });

  it.each(["e.md", "É.md", "nodes/é", "é.md/x"])("does not take é.md for %s", (other) => {
    const folder = useFolder();
    writeIn(folder, "é.md".normalize("NFD"));
    expect(findInside(realFileSystem, folder, other)).toBeUndefined();
  });
});

const FILE = "nodes/a/Übersicht.md";

function useDeclared(declared: (typeof FORMS)[number]): RegistrySandbox {
  const sandbox = useSandbox();
  const file = FILE.normalize(declared);
  const nodes = [
    `{ id: a, title: A, kind: session_turn, outputs: { mode: report, requiredFiles: ["${file}"], evidence: required } }`,
    `{ id: w, title: W, kind: wait, waitFor: { type: file_exists, path: "${file}" }, outputs: { mode: notify } }`,
    `{ id: b, title: B, kind: summary, needs: [a, w], outputs: { mode: report } }`,
  ];
  const text = `---\nworkflowId: one\ntitle: One\nnodes:\n${nodes.map((node) => `  - ${node}\n`).join("")}---\n`;
  sandbox.scaffold("demo", sandbox.workflow("one", text));
  sandbox.ok("claim", "demo", "a");
  sandbox.ok("tick", "demo");
  return sandbox;
}

describe("a declared file whose name is written in the other form", () => {
  const pairs = [
    { declared: "NFC", written: "NFD" },
    { declared: "NFD", written: "NFC" },
  ] as const;

  it.each(pairs)("is found wherever it is looked for: declared $declared", ({ declared, written }) => {
    const sandbox = useDeclared(declared);
    sandbox.write(`runs/demo/${FILE.normalize(written)}`, "# Found\n");
    expect(sandbox.ok("complete", "demo", "a", "--json").json).not.toHaveProperty("missingArtifacts");
    sandbox.ok("tick", "demo");
    expect(sandbox.getStatus("demo", "w")).toBe("completed");
    expect(sandbox.ok("show", "demo").stdout).not.toContain("(gone)");
    expect(sandbox.ok("next", "demo").stdout).toContain(`read: ${FILE.normalize(declared)}`);
    expect(sandbox.ok("validate", "demo").json).toMatchObject({ ok: true });
    const folder = sandbox.run("demo");
    expect(readRunText(realFileSystem, folder, FILE.normalize(declared), 100)).toMatchObject({ text: "# Found\n" });
    expect(lastReport(folder, sandbox.state("demo"))).toContain("# Found");
  });

  it.each(pairs)("is carried over by a fork, with its evidence: declared $declared", ({ declared, written }) => {
    const sandbox = useDeclared(declared);
    sandbox.write(`runs/demo/${FILE.normalize(written)}`, "# Found\n");
    sandbox.ok("complete", "demo", "a");
    sandbox.ok("tick", "demo");
    sandbox.ok("fork", "demo", "--from", "b", "--run-id", "again");
    expect(existsInside(realFileSystem, sandbox.run("again"), FILE)).toBe(true);
    expect(sandbox.text("runs/again/events.jsonl")).not.toContain("missingArtifacts");
    expect(sandbox.ok("show", "again").stdout).not.toContain("(gone)");
  });
});
