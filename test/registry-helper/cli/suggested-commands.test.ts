import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { packageCommands } from "../../../plugin/cli/package-commands.ts";
import { parseArguments } from "../../../registry-helper/cli/arguments/parse-arguments.ts";
import type { Command } from "../../../registry-helper/cli/command.ts";
import { lazyCommands } from "../../../registry-helper/cli/lazy-commands.ts";
import { startupCommands } from "../../../registry-helper/cli/startup-commands.ts";
import { CONTROL_ACTIONS } from "../../../registry-helper/domain/run/control-actions.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** What stands in for a value that is known when the error is made. */
const SOME_VALUE = "x";

interface Suggestion {
  where: string;
  /** Undefined when it is computed. */
  name: string | undefined;
  args: string[];
}

/** Every call of `suggest` in the source, with its literal words. */
function findSuggestions(): Suggestion[] {
  const files = ["registry-helper", "plugin"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((path) => `${folder}/${path}`),
  );
  return files
    .filter((path) => /\.tsx?$/.test(path) && path !== "registry-helper/model/remedy.ts")
    .flatMap((path) => {
      const text = readFileSync(join(ROOT, path), "utf8");
      return text.includes("suggest(") ? suggestionsIn(path, text) : [];
    });
}

function suggestionsIn(path: string, text: string): Suggestion[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: Suggestion[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText(source) === "suggest") {
      const [name, ...args] = node.arguments;
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      found.push({
        where: `${path}:${line}`,
        name: name !== undefined && ts.isStringLiteralLike(name) ? name.text : undefined,
        args: args.flatMap((arg) => {
          if (ts.isSpreadElement(arg)) return [];
          return [ts.isStringLiteralLike(arg) ? arg.text : SOME_VALUE];
        }),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const commands: Readonly<Record<string, Command>> = { ...startupCommands, ...lazyCommands, ...packageCommands(ROOT) };

const suggestions = findSuggestions();

describe("a suggested command", () => {
  it.each(suggestions.filter(({ name }) => name !== undefined))("exists and parses: $name ($where)", (one) => {
    const command = commands[one.name ?? ""];
    if (command === undefined) throw new Error(`${one.where} suggests ${one.name}, which does not exist`);
    // A computed value stands where it is allowed to stand.
    const choices = command.spec.positionals.map((positional) => positional.choices?.[0]);
    const args = one.args.map((arg, at) => (arg === SOME_VALUE ? (choices[at] ?? arg) : arg));
    parseArguments(command.spec, args);
  });

  it("is computed only from a command of the command line or a control", () => {
    const computed = suggestions
      .filter(({ name }) => name === undefined)
      .map(({ where }) => where.replace(/:\d+$/, ""));
    expect([...new Set(computed)].sort()).toEqual([
      "registry-helper/domain/run/decide/decide-control.ts",
      "registry-helper/model/errors.ts",
    ]);
  });

  it.each(CONTROL_ACTIONS)("exists for the control %s", (action) => {
    expect(commands[action.replace("_", "-")]).toBeDefined();
  });
});
