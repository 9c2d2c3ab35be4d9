import { beforeAll, afterAll, describe, expect, it } from "vitest";
import { displayWidth, fitLine, splitToWidth, wrap } from "../../../registry-helper/cli/output/layout.ts";
import { table } from "../../../registry-helper/cli/output/table.ts";
import { LedgerFixture } from "../../support/ledger-fixture.ts";
import { RegistrySandbox } from "../../support/registry-sandbox.ts";

const FAMILY = "👩‍👩‍👧‍👦";
const FLAG = "🇯🇵";

/** What a terminal shows, by rules of this test's own: scripts instead of tables of code points. */
function columnsOf(line: string): number {
  const simple = line.replaceAll(/👩‍👩‍👧‍👦|🇯🇵|❤️|👍🏽/gu, "##").replaceAll(/\p{Mn}|\p{Me}|\u200d|\ufe0f/gu, "");
  const wide =
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60ー]|\p{Emoji_Presentation}/u;
  return [...simple].reduce((sum, character) => sum + (wide.test(character) ? 2 : 1), 0);
}

const TITLES: Readonly<Record<string, string>> = {
  japanese: "東京とソウルの市場調査レポートを作成して比較するためのワークフロー（第二版）をもう一度最初から見直す",
  korean: "대한민국 서울의 시장 조사 보고서를 작성하고 비교하기 위한 워크플로 두 번째 판",
  emoji: `${FAMILY}${FLAG}👍🏽❤️ `.repeat(12),
  combining: "e\u0301\u0323\u0308".repeat(90),
  zalgo: `Z${"\u0300\u0316\u0335".repeat(60)}algo `.repeat(10),
  rtl: "تقرير أبحاث السوق الفصلي مع مقارنة بين المدن والأسواق المختلفة في المنطقة كلها",
  controls: `\u001b[31mred\u001b[0m \u202eevil\u2066 ${"\u200b".repeat(50)} half \ud83d and a tab\tand more words beyond the line`,
  long: "x".repeat(200),
  words: "many words ".repeat(30),
};
const titles = Object.values(TITLES);
const LONG_ID = "security-review-of-dependency-updates-and-licences-2026-12-abcde";
const NEEDS = Array.from({ length: 60 }, (_, index) => `review-of-part-${index}`);

let sandbox: RegistrySandbox;
let ids: { task: string; flow: string };

beforeAll(() => {
  sandbox = new RegistrySandbox();
  const nodes = [
    ...NEEDS.map((id, index) => ({ id, title: titles[index % titles.length], kind: "subagent" })),
    { id: LONG_ID, title: TITLES["japanese"], kind: "summary", needs: NEEDS },
    { id: "gate", title: "G", kind: "approval", needs: [LONG_ID], approval: { question: TITLES["japanese"] } },
  ];
  const file = (title: string | undefined, some: readonly object[]): string => {
    const lines = some.map((node) => `  - ${JSON.stringify({ outputs: { mode: "notify" }, ...node })}\n`);
    return `---\nworkflowId: w\ntitle: ${JSON.stringify(title)}\nnodes:\n${lines.join("")}---\n`;
  };
  const wide = sandbox.workflow("wide", file(TITLES["japanese"], nodes));
  sandbox.workflow("市場調査", file(TITLES["emoji"], nodes));
  sandbox.workflow(LONG_ID, file(TITLES["combining"], nodes.slice(0, 3)));
  for (const id of ["demo", LONG_ID]) {
    sandbox.scaffold(id, wide);
    for (const [index, node] of NEEDS.entries())
      sandbox.ok(...(index % 2 === 0 ? ["skip", id, node] : ["transition-node", id, node, "running"]));
  }
  sandbox.ok("transition-node", "demo", NEEDS[1] ?? "", "failed", "--message", TITLES["korean"] ?? "");
  sandbox.ok("progress", "demo", TITLES["emoji"] ?? "");
  for (const [name, title] of Object.entries(TITLES))
    sandbox.scaffold(
      `run-${name}`,
      sandbox.workflow(`of-${name}`, file(title, [{ id: "a", title, kind: "approval" }])),
    );
  for (const name of Object.keys(TITLES)) sandbox.ok("next", `run-${name}`, "--claim");
  const ledger = new LedgerFixture(sandbox);
  const tasks = titles.map((title) => ledger.undelivered(title, 60_000, { task: "Look." }));
  const flow = sandbox.ok(
    "flows",
    "create",
    "--title",
    TITLES["japanese"] ?? "",
    "--owner",
    "agent:main:main",
    "--json",
  );
  const { flowId } = (flow.json as { flow: { flowId: string } }).flow;
  for (const [index, title] of titles.entries())
    sandbox.ok("flows", "output", flowId, index === 0 ? "long-name-".repeat(8) : `o${index}`, "--value", title);
  ids = { task: tasks[0] ?? "", flow: flowId };
});
afterAll(() => sandbox.dispose());

const COMMANDS: readonly (() => string[])[] = [
  () => ["list"],
  () => ["list", "--status", "running"],
  () => ["show", "demo"],
  () => ["show", LONG_ID],
  () => ["show", "run-emoji"],
  () => ["events", "demo"],
  () => ["events", "run-zalgo"],
  () => ["attention"],
  () => ["status"],
  () => ["audit"],
  () => ["stats", "w"],
  () => ["timeline", "demo"],
  () => ["compare", "demo", LONG_ID],
  () => ["compare", "run-japanese", "run-rtl"],
  () => ["workflow", "list"],
  () => ["workflow", "show", "wide"],
  () => ["workflow", "graph", "wide"],
  () => ["workflow", "graph", "--run", "demo"],
  () => ["workflow", "graph", LONG_ID],
  () => ["tasks", "list"],
  () => ["tasks", "show", ids.task],
  () => ["tasks", "show", ids.task, "--context"],
  () => ["tasks", "audit"],
  () => ["flows", "list"],
  () => ["flows", "show", ids.flow],
  () => ["flows", "show", "run:demo"],
];

/** Commands and paths are there to be copied, so they are not cut. */
const COPIED = /clawtask\.cjs|^folder |\/clawtask-registry-/;

describe.each([80, 120])("at %i columns", (columns) => {
  it.each(COMMANDS.map((args) => ({ args, name: String(args).slice("() => ".length) })))(
    "no line of $name is wider",
    ({ args }) => {
      const { stdout, stderr } = sandbox.call({ args: args(), env: { COLUMNS: String(columns) } });
      expect(stdout, stderr).not.toBe("");
      // What was said with an event is printed below it as it was written.
      const isSaid = (line: string): boolean => args()[0] === "events" && line.startsWith("      ");
      const lines = stdout.split("\n").filter((line) => !COPIED.test(line) && !isSaid(line));
      const tooWide = lines.filter((line) => columnsOf(line) > columns);
      expect(tooWide).toEqual([]);
      // eslint-disable-next-line no-control-regex -- these are what must not be there
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e\u2066-\u2069\u200b]/);
      expect(stdout.isWellFormed()).toBe(true);
    },
  );

  it.each(["list", "workflow list", "tasks list", "flows list"])("columns of %s stand below each other", (command) => {
    const { stdout } = sandbox.call({ args: command.split(" "), env: { COLUMNS: String(columns) } });
    const [header = "", ...lines] = stdout.split("\n");
    const starts = [...header.matchAll(/(?<=^| {2})\S/g)].map(({ index }) => index);
    for (const line of lines.filter((one) => / {2}\S+ {2}/.test(one)))
      for (const start of starts.slice(1)) {
        const [before = "", ...others] = splitToWidth(line, start);
        if (others.length > 0) expect(columnsOf(before), line).toBe(start);
        if (others.length > 0) expect(before.endsWith("  "), `${line}|${before}|`).toBe(true);
      }
  });

  it.each([["show", LONG_ID], ["list"], ["timeline", "demo"], ["workflow", "graph", "wide"], ["workflow", "list"]])(
    "%s %s names long ids whole",
    (...args) => {
      const { stdout } = sandbox.call({ args, env: { COLUMNS: String(columns) } });
      if (args[0] !== "timeline") expect(stdout).toContain(LONG_ID);
    },
  );

  it("the graph names everything that a node needs, and the text uses the line", () => {
    const { stdout } = sandbox.call({ args: ["workflow", "graph", "wide"], env: { COLUMNS: String(columns) } });
    const below = stdout.slice(stdout.indexOf(LONG_ID));
    for (const id of NEEDS) expect(below).toMatch(new RegExp(`\\b${id}\\b`));
  });
});

it.each(["0", "-1", "abc", "1e9", "", "3"])("COLUMNS=%j is no width that is followed blindly", (COLUMNS) => {
  const { code, stdout } = sandbox.call({ args: ["list"], env: { COLUMNS } });
  expect(code).toBe(0);
  expect(stdout).toContain("STATUS");
});

describe("displayWidth", () => {
  it.each([
    ["abc", 3],
    ["äöü", 3],
    ["東京", 4],
    ["한글", 4],
    ["ｶﾞ", 2],
    ["ﬁ", 1],
    ["e\u0301", 1],
    [FAMILY, 2],
    [FLAG, 2],
    ["❤️", 2],
    ["❤", 1],
    ["👍🏽", 2],
    ["\u200d", 0],
    ["日本e\u0301x", 6],
    ["שלום", 4],
    ["─┬ └", 4],
    ["", 0],
  ])("of %j is %i", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe("layout", () => {
  it.each(Object.entries(TITLES))("cuts and splits %s between characters, at every width", (_name, title) => {
    for (let columns = 1; columns < 40; columns += 1) {
      expect(displayWidth(fitLine(title, columns))).toBeLessThanOrEqual(Math.max(columns, 2));
      expect(splitToWidth(title, columns).join("")).toBe(title);
      if (columns >= 12)
        for (const line of wrap(title, "  ", columns).split("\n"))
          expect(displayWidth(line)).toBeLessThanOrEqual(columns);
    }
  });

  it("gives a name that is too wide lines of its own, whole", () => {
    const text = table(
      ["NAME", "STATUS", "TITLE"],
      [
        ["n".repeat(200), "running", "t"],
        ["short", "done", "u"],
      ],
      80,
    );
    expect(text.replaceAll("\n", "")).toContain("n".repeat(200));
    expect(text.split("\n").at(-2)).toBe("short     done     u");
  });
});
