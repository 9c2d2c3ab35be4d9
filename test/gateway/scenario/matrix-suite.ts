import { mkdtempSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ledgerLines } from "../support/ledger-view.ts";
import { startStage, type Stage } from "../support/stage.ts";
import { MatrixAgent } from "./matrix-agent.ts";
import { type MatrixForm, matrixRounds } from "./matrix-cells.ts";
import { type CellOutcome, evaluateCell, matrixTable, repeated } from "./matrix-evaluation.ts";
import { MatrixPlayer } from "./matrix-player.ts";

const WHOLE_MS = { short: 1_200_000, long: 10_800_000 } as const;

/** Work is held until the fault strikes: by its own limits the host would begin no more than four turns meanwhile. */
const ROOM = {
  agents: { defaults: { maxConcurrent: 60, subagents: { maxConcurrent: 60, maxChildrenPerAgent: 20 } } },
};

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * Declares the delivery matrix: kinds of work in kinds of places under faults of the channel and the gateway; for each,
 * how often its result arrived, and what the ledger says. `CLAWTASK_MATRIX=down,403` plays some faults only.
 */
export function matrixSuite(form: MatrixForm): void {
  const rounds = matrixRounds(form, process.env["CLAWTASK_MATRIX"]?.split(","));
  const cells = rounds.flat();

  describe(`delivery matrix, ${form} form`, () => {
    const folder = mkdtempSync(join(tmpdir(), "clawtask-matrix-"));
    const agent = new MatrixAgent(folder);
    let stage: Stage;
    let outcomes: CellOutcome[];

    const saveEvidence = async (): Promise<void> => {
      const path = join(tmpdir(), `clawtask-matrix-${form}-${process.pid}.json`);
      const sent = [...stage.telegram.sent, ...(stage.hasDiscord ? stage.discord.sent : [])];
      const calls = stage.telegram.calls;
      const asked = stage.model.requests.map(({ at, turn, sessionKey, prompt, messages }) => ({
        ...{ at, turn, sessionKey, prompt },
        last: messages.at(-1)?.text.slice(-1_000),
      }));
      const log = (await stage.host.log()).split("\n");
      await writeFile(
        path,
        JSON.stringify({ outcomes, sent, calls, asked, journal: ledgerLines(stage.host), log }, null, 1),
      );
      print(`evidence: ${path}`);
    };

    beforeAll(async () => {
      stage = await startStage({
        respond: (request) => agent.respond(request),
        runtimes: true,
        discord: form === "long",
        pluginConfig: { notify: { exec: "done_only" } },
        config: ROOM,
      });
      const player = new MatrixPlayer(stage, agent);
      for (const round of rounds) {
        print(`${Math.round(performance.now() / 1000)} s  ${round[0]?.fault}: ${round.length} cells`);
        try {
          await player.play(round);
        } finally {
          const played = rounds.slice(0, rounds.indexOf(round) + 1).flat();
          outcomes = played.map((cell) => evaluateCell(stage, cell));
          print(matrixTable(outcomes.filter(({ cell }) => round.includes(cell))));
          await saveEvidence();
        }
      }
      outcomes = cells.map((cell) => evaluateCell(stage, cell));
      print(`\nmore than one message:\n${repeated(outcomes)}`);
    }, WHOLE_MS[form]);

    afterAll(async () => {
      await stage?.close();
      await rm(folder, { recursive: true, force: true });
    }, WHOLE_MS.short);

    it(`delivers or lists each of ${cells.length} results, and no channel sees what is private`, () => {
      const wrong = outcomes.filter((one) => one.wrong.length > 0);
      expect(
        wrong.map(({ cell, wrong: what }) => `${cell.fault} ${cell.place} ${cell.work}: ${what.join("; ")}`),
      ).toEqual([]);
    });
  });
}
