import type { Json } from "../../../model/json.ts";
import { compilePattern, type LinearPattern } from "./linear-pattern.ts";

/** Steps of one check: schemas that refer to each other can ask for more than anybody can wait for. */
const MAX_STEPS = 1_000_000;
/** Schemas within schemas: one that refers to itself asks for ever. */
const MAX_DEPTH = 500;

/** What does not fit, and where: a JSON pointer into the value. */
export interface SchemaError {
  path: string;
  message: string;
}

/** The state of one check: what was found, how much it has cost, and what was compiled. */
export class SchemaCheck {
  readonly root: Json;
  errors: SchemaError[] = [];
  private steps = 0;
  private depth = 0;
  private readonly patterns = new Map<string, LinearPattern>();

  constructor(root: Json) {
    this.root = root;
  }

  fail(path: string, message: string): void {
    this.errors.push({ path, message });
  }

  pattern(source: string): LinearPattern {
    const known = this.patterns.get(source) ?? compilePattern(source);
    this.patterns.set(source, known);
    return known;
  }

  /** Counts a step into a schema. @throws Error when the schema asks for too much */
  enter<Result>(step: () => Result): Result {
    this.steps += 1;
    if (this.steps > MAX_STEPS) throw new Error("checking it takes too many steps");
    if (this.depth >= MAX_DEPTH) throw new Error("it refers to itself without end, or is nested too deeply");
    this.depth += 1;
    try {
      return step();
    } finally {
      this.depth -= 1;
    }
  }

  /** Runs a part of the check aside. @returns what did not fit there */
  collect(part: () => void): SchemaError[] {
    const before = this.errors;
    this.errors = [];
    try {
      part();
      return this.errors;
    } finally {
      this.errors = before;
    }
  }

  /** The schema that a reference names: a JSON pointer in the same schema, or its `$id`. */
  resolve(reference: string): Json {
    const [, pointer] = /^#(\/.*)?$/s.exec(reference) ?? [undefined, undefined];
    if (!reference.startsWith("#") || (reference !== "#" && pointer === undefined))
      throw new Error(`the reference ${reference} leads nowhere`);
    let found: Json | undefined = this.root;
    for (const part of (pointer ?? "").split("/").slice(1)) {
      const name = decodePart(part);
      const isThere: boolean = typeof found === "object" && found !== null && Object.hasOwn(found, name);
      found = isThere ? (found as Record<string, Json>)[name] : undefined;
    }
    if (found === undefined) throw new Error(`the reference ${reference} leads nowhere`);
    return found;
  }
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return part;
  }
}
