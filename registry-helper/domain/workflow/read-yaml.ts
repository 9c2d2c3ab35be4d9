import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  visit,
  type YAMLMap,
} from "yaml";
import { MAX_YAML_ALIASES, MAX_YAML_DEPTH, MAX_YAML_VALUES } from "../../model/limits.ts";

/** YAML that cannot be used, and at which offset. */
export class YamlProblem extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** A YAML document with its source, within bounds: whatever goes through it takes time in proportion to its length. */
export interface YamlDocument {
  document: Document;
  lines: LineCounter;
}

/**
 * Reads one YAML document. Depth and number of values are bounded while it is cut into tokens, before anything that works
 * level by level or pair by pair sees it.
 *
 * @throws YamlProblem
 */
export function readYaml(source: string): YamlDocument {
  const lines = new LineCounter();
  // Keys are compared here, by a set: the package compares each with each.
  const composer = new Composer({ uniqueKeys: false, merge: true, prettyErrors: false, logLevel: "error" });
  const [document, second] = composer.compose(boundedTokens(source, lines), true, source.length);
  if (document === undefined) throw new YamlProblem("there is no YAML", 0);
  const [error] = document.errors;
  if (error !== undefined) throw new YamlProblem(error.message.split("\n")[0] ?? "broken YAML", error.pos[0]);
  if (second !== undefined) throw new YamlProblem("there is more than one YAML document", second.range[0]);
  checkNodes(document);
  return { document, lines };
}

/** How a lexeme begins that starts a value: a plain scalar behind its mark, a quoted one, an alias, a list, a mapping. */
const VALUE_STARTS: ReadonlySet<string> = new Set(["\u001f", '"', "'", "*", "[", "{", "-"]);

/** What the parser makes of the source, as `Parser.parse` does it, with a look at its stack behind each lexeme. */
function* boundedTokens(source: string, lines: LineCounter): ReturnType<Parser["parse"]> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  let values = 0;
  for (const lexeme of new Lexer().lex(source)) {
    yield* parser.next(lexeme);
    if (VALUE_STARTS.has(lexeme.charAt(0))) values += 1;
    // Below the document, each level of a list or mapping is one.
    if (parser.stack.length > MAX_YAML_DEPTH + 1)
      throw new YamlProblem(`the YAML is nested more than ${MAX_YAML_DEPTH} levels deep`, parser.offset);
    if (values > MAX_YAML_VALUES)
      throw new YamlProblem(`the YAML holds more than ${MAX_YAML_VALUES} values`, parser.offset);
  }
  yield* parser.end();
}

/** Keys that are there twice, and more references than are followed. */
function checkNodes(document: Document): void {
  let aliases = 0;
  visit(document, {
    Alias(_key, alias) {
      aliases += 1;
      if (aliases > MAX_YAML_ALIASES)
        throw new YamlProblem(`the YAML has more than ${MAX_YAML_ALIASES} aliases`, alias.range?.[0] ?? 0);
    },
    Map(_key, map) {
      const known = new Set<unknown>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? key.value : key;
        if (known.has(name)) throw new YamlProblem("Map keys must be unique", (key as Node).range?.[0] ?? 0);
        known.add(name);
      }
    },
  });
}

/** The node at a path, through references and merged mappings. */
export function findNode(document: Document, path: readonly (string | number)[]): Node | undefined {
  let node = resolved(document, document.contents);
  for (const key of path) {
    if (isSeq(node)) node = resolved(document, node.items[Number(key)]);
    else node = isMap(node) ? findField(document, node, String(key)) : undefined;
  }
  return node;
}

function resolved(document: Document, node: unknown): Node | undefined {
  const target = isAlias(node) ? node.resolve(document) : node;
  return isMap(target) || isSeq(target) || isScalar(target) ? target : undefined;
}

/** Its own field, or the first one that a mapping has that is merged into it (`<<`). */
function findField(document: Document, map: YAMLMap, name: string): Node | undefined {
  const merged: unknown[] = [];
  for (const pair of map.items) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    if (isMergeKey(pair.key.value)) merged.push(pair.value);
    else if (String(pair.key.value) === name) return resolved(document, pair.value);
  }
  for (const source of merged.flatMap((one) => sourcesOf(document, one))) {
    const found = findField(document, source, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isMergeKey(value: unknown): boolean {
  return value === "<<" || typeof value === "symbol";
}

function sourcesOf(document: Document, value: unknown): YAMLMap[] {
  const node = resolved(document, value);
  if (isSeq(node)) return node.items.flatMap((item) => sourcesOf(document, item));
  return isMap(node) ? [node] : [];
}
