import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { toJsonLine } from "../../../registry-helper/model/json.ts";
import { maintainLedger } from "../../../registry-helper/operations/maintenance/maintain-ledger.ts";
import { repair, verify } from "../../../registry-helper/operations/maintenance/verify.ts";
import { loadFlow } from "../../../registry-helper/registry/flow-store.ts";
import { openRegistry, type Registry } from "../../../registry-helper/registry/registry.ts";
import { loadRun } from "../../../registry-helper/registry/run-store.ts";
import { withoutSeal } from "../../../registry-helper/storage/journal-chain.ts";
import { changesOf, DAMAGES, journalsOf, playedRegistry, tryToChange } from "../../support/damaged-journals.ts";
import { getErrorCode } from "../../support/get-error-code.ts";
import { resealLines } from "../../support/reseal-journal.ts";

const problems = (registry: Registry): string[] => {
  const { runs, flows, ledger, ledgerNotes = [] } = verify({ registry } as never, {}).document;
  const reports = [...runs, ...flows].flatMap(({ differences, notes = [] }) => [...differences, ...notes]);
  return [...reports, ...ledger, ...ledgerNotes];
};

describe("a journal line that is not as it was written", () => {
  it.each(DAMAGES)("is named by verify with its number, for each line of each journal: $name", ({ damage }) => {
    const { root } = playedRegistry();
    const registry = openRegistry({ root });
    expect(problems(registry)).toEqual([]);
    for (const file of journalsOf(root)) {
      const whole = readFileSync(file, "utf8");
      const lines = whole.trimEnd().split("\n");
      for (const index of lines.keys()) {
        const damaged = damage(lines, index);
        if (damaged === undefined) continue;
        writeFileSync(file, `${damaged.lines.join("\n")}\n`);
        expect(problems(registry).join("\n"), `${file} line ${index + 1}`).toMatch(damaged.named);
      }
      writeFileSync(file, whole);
    }
  });

  it("stops every reader and writer of its record, unless the record's projection says what it said", () => {
    const { root: damagedRoot, runId, flowId } = playedRegistry();
    const damaged = openRegistry({ root: damagedRoot });
    for (const path of journalsOf(damagedRoot)) {
      const lines = readFileSync(path, "utf8").trimEnd().split("\n");
      writeFileSync(
        path,
        `${(lines[0] ?? "").replace(/[aeiou](?=\w*", "prev)/, "X").replace('"2026', '"2027')}\n${lines.slice(1).join("\n")}\n`,
      );
    }
    rmSync(join(damagedRoot, "runs", runId, "state.json"));
    rmSync(join(damagedRoot, "flows", flowId, "flow.json"));
    expect(getErrorCode(() => loadRun(damaged, runId))).toBe("journal_corrupt");
    expect(getErrorCode(() => loadFlow(damaged, flowId))).toBe("journal_corrupt");
  });
});

describe("the end of a journal", () => {
  it.each([
    ["its newline was changed", (text: string) => `${text.slice(0, -1)}*`],
    ["a character of its last line was changed", (text: string) => `${text.slice(0, -40)}!${text.slice(-39)}`],
    ["its last line is gone", (text: string) => `${text.trimEnd().split("\n").slice(0, -1).join("\n")}\n`],
    ["half of its last line is gone", (text: string) => text.slice(0, -60)],
  ])("is not written on to when %s", (_what, damage) => {
    for (const hasProjections of [true, false]) {
      const { root, runId, flowId } = playedRegistry();
      const registry = openRegistry({ root });
      for (const [kind, folder, projections] of [
        ["run", join(root, "runs", runId), ["state.json", "refs.json"]],
        ["flow", join(root, "flows", flowId), ["flow.json"]],
      ] as const) {
        const file = join(folder, "events.jsonl");
        const damaged = damage(readFileSync(file, "utf8"));
        writeFileSync(file, damaged);
        // Without projections nobody can know of a last line that is gone.
        if (!hasProjections && !/[^\n]\*$|!/.test(damaged)) continue;
        if (!hasProjections) for (const name of projections) rmSync(join(folder, name));
        expect(
          getErrorCode(() => tryToChange(registry, kind, { runId, flowId })),
          `${kind} ${hasProjections}`,
        ).toBe("journal_corrupt");
        expect(readFileSync(file, "utf8")).toBe(damaged);
      }
    }
  });

  it("in a ledger is ended again, so that nothing that was acknowledged is lost", () => {
    const { root, runId, flowId } = playedRegistry();
    const registry = openRegistry({ root });
    const [file = ""] = journalsOf(root).filter((path) => path.includes("ledger"));
    const before = readFileSync(file, "utf8");
    writeFileSync(file, `${before.slice(0, -1)}*`);
    tryToChange(registry, "ledger", { runId, flowId });
    expect(readFileSync(file, "utf8").startsWith(before)).toBe(true);
    expect(problems(registry)).toEqual([]);
  });
});

describe("repair", () => {
  const changed = (): { registry: Registry; runId: string; flowId: string } => {
    const { root, runId, flowId } = playedRegistry();
    for (const path of journalsOf(root)) {
      const lines = readFileSync(path, "utf8").trimEnd().split("\n");
      const isLedger = path.includes("ledger");
      const [from, to] = isLedger ? ['"source": "test"', '"source": "tEst"'] : ['"timestamp": "20', '"timestamp": "19'];
      lines[1] = (lines[1] ?? "").replace(from, to);
      writeFileSync(path, `${lines.join("\n")}\n`);
    }
    return { registry: openRegistry({ root }), runId, flowId };
  };

  it("takes a changed line out unless it is told to accept it, and says so", () => {
    for (const acceptChanges of [false, true]) {
      const { registry, runId, flowId } = changed();
      for (const id of [runId, flowId]) {
        const options = { runId: id, acceptChanges };
        const { actions } = repair({ registry } as never, options).document;
        expect(actions[0]?.what, id).toContain("line 2 was changed after it was written");
        expect(actions[0]?.action, id).toBe(acceptChanges ? "accept_line" : "blank_line");
        repair({ registry } as never, { ...options, apply: true });
        const { runs, flows } = verify({ registry } as never, { runId: id }).document;
        expect([...runs, ...flows][0], id).toMatchObject({ ok: true, differences: [] });
        const notes = [...runs, ...flows][0]?.notes ?? [];
        expect(notes.join(), id).toMatch(acceptChanges ? /line 2 was changed, and accepted/ : /^$/);
      }
      tryToChange(registry, "run", { runId, flowId });
      tryToChange(registry, "flow", { runId, flowId });
      expect(verify({ registry } as never, { runId }).document.ok).toBe(true);
      expect(verify({ registry } as never, { runId: flowId }).document.ok).toBe(true);
    }
  });

  it("does nothing about a missing line until it is told to accept that", () => {
    const { root, runId, flowId } = playedRegistry();
    const registry = openRegistry({ root });
    for (const id of [runId, flowId]) {
      const [file = ""] = journalsOf(root).filter((path) => path.includes(id));
      const lines = readFileSync(file, "utf8").trimEnd().split("\n");
      const without = `${[...lines.slice(0, 2), ...lines.slice(3)].join("\n")}\n`;
      writeFileSync(file, without);
      const { actions } = repair({ registry } as never, { runId: id, apply: true }).document;
      expect(actions[0], id).toMatchObject({ action: "needs_decision" });
      expect(readFileSync(file, "utf8"), id).toBe(without);
      repair({ registry } as never, { runId: id, apply: true, acceptChanges: true });
      expect(verify({ registry } as never, { runId: id }).document.ok, id).toBe(true);
      tryToChange(registry, id === runId ? "run" : "flow", { runId, flowId });
      expect(verify({ registry } as never, { runId: id }).document.ok, id).toBe(true);
    }
  });

  it("by maintenance of a ledger keeps a changed line aside, and a gap visible, unless both are accepted", () => {
    for (const acceptChanges of [false, true]) {
      const { registry } = changed();
      const [file = ""] = journalsOf(registry.root).filter((path) => path.includes("ledger"));
      const lines = readFileSync(file, "utf8").trimEnd().split("\n");
      writeFileSync(file, `${[...lines.slice(0, 3), ...lines.slice(4)].join("\n")}\n`);
      maintainLedger(registry, { apply: true, acceptChanges });
      const found = problems(registry).filter((problem) => problem.includes("ledger/"));
      expect(found.length).toBe(acceptChanges ? 0 : 1);
      if (!acceptChanges) expect(found[0]).toMatch(/line 3 does not follow/);
      expect(readFileSync(file, "utf8").includes('"tEst"')).toBe(acceptChanges);
    }
  });
});

describe("a journal without hashes", () => {
  it("of an older version is read, and goes on from its last line", () => {
    const { root, runId, flowId } = playedRegistry();
    const registry = openRegistry({ root });
    for (const path of journalsOf(root)) {
      const lines = readFileSync(path, "utf8").trimEnd().split("\n");
      writeFileSync(path, `${lines.map((line) => toJsonLine(withoutSeal(JSON.parse(line) as object))).join("\n")}\n`);
    }
    for (const name of ["state.json", "refs.json"]) rmSync(join(root, "runs", runId, name));
    rmSync(join(root, "flows", flowId, "flow.json"));
    for (const kind of ["run", "flow", "ledger"] as const) tryToChange(registry, kind, { runId, flowId });
    expect(problems(registry)).toEqual([]);
    for (const path of journalsOf(root)) {
      const lines = readFileSync(path, "utf8").trimEnd().split("\n");
      expect(lines.filter((line) => line.includes('"sum"')).length, path).toBeGreaterThan(0);
      // The last line of the old part is under the protection of the first one of the new part.
      const at = lines.findIndex((line) => line.includes('"sum"')) - 1;
      lines[at] = (lines[at] ?? "").replace('"timestamp": "20', '"timestamp": "19');
      writeFileSync(path, `${lines.join("\n")}\n`);
      expect(problems(registry).join("\n"), path).toMatch(new RegExp(`line ${at + 2} does not follow`));
      writeFileSync(path, `${resealLines(lines).join("\n")}\n`);
    }
  });
});

describe("flipped bits", () => {
  it("in any file of a registry end in no stack trace, and in no change of a journal that nobody is told of", () => {
    const { root, ids } = playedRegistry();
    const files = (readdirSync(root, { recursive: true }) as string[])
      .map((name) => join(root, name))
      .filter((path) => statSync(path).isFile());
    for (const flip of changesOf(files, { seed: 7, count: 300 })) {
      const before = readFileSync(flip.path);
      try {
        expect(flip.check({ root, ids, problems }), flip.name).toBe("told or harmless");
      } finally {
        writeFileSync(flip.path, before);
      }
    }
  });
});
