import { resolve } from "node:path";
import { Type } from "@sinclair/typebox";
import type { EventOrigin } from "../model/event-origin.ts";
import { type ApprovalAccess, APPROVAL_AUTHORITIES } from "../model/node-policy.ts";
import { quoteShellWord } from "../model/remedy.ts";
import type { OperationName } from "../operations/catalog.ts";
import { resolveRoot } from "../registry/resolve-root.ts";
import { choice, object, text } from "./schema-parts.ts";
import { validate } from "./validate.ts";

/** How a registry is opened. */
export interface RegistryOptions {
  /**
   * The folder of the registry; it is created by the first change. Unless given, the one that the command line would use:
   * `CLAWTASK_REGISTRY_ROOT`, `OPENTASK_REGISTRY_ROOT`, the current directory when it holds a registry, or the one that
   * the gateway plugin uses.
   */
  root?: string | undefined;
  /** Who calls, as journals name it: the session key of an agent, the name of a program. Unless given, anonymous. */
  actor?: string | undefined;
  /**
   * Who uses the program, as it has verified them (`crm:ana`): their answers are verified ones, in their name. Leave it away
   * where an agent gives the input.
   */
  person?: string | undefined;
  /** Who may answer approvals that say nothing themselves. Unless given, what the registry's settings say. */
  approvals?: ApprovalAccess | undefined;
  /** Where relative paths of inputs start. The current directory unless given. */
  cwd?: string | undefined;
  /** Receives what an operator should know though the operation succeeded, such as a torn line that was voided. */
  onNotice?: ((notice: string, operation: OperationName) => void) | undefined;
}

/** The options as a thread needs them, with all that is not given filled in. */
export interface RegistryLocation {
  root: string;
  actor: string | undefined;
  origin: EventOrigin;
  approvals: ApprovalAccess | undefined;
  cwd: string;
  /** How commands that are suggested call the command line. */
  self: string;
}

const OptionsSchema = object({
  root: Type.Optional(text()),
  actor: Type.Optional(text()),
  person: Type.Optional(text()),
  approvals: Type.Optional(
    object({
      authority: Type.Optional(choice(APPROVAL_AUTHORITIES)),
      approvers: Type.Optional(Type.Array(text())),
    }),
  ),
  cwd: Type.Optional(text()),
  onNotice: Type.Optional(Type.Function([], Type.Unknown(), { description: "a function" })),
});

/** @throws ClawTaskError `argument_invalid` */
export function resolveOptions(what: string, options: RegistryOptions): RegistryLocation {
  validate(what, OptionsSchema, options);
  const { person, approvals } = options;
  const actor = options.actor ?? person;
  const origin: EventOrigin = {
    via: "library",
    ...(person === undefined ? {} : { sender: { id: person, role: "operator" } }),
  };
  const cwd = resolve(options.cwd ?? "");
  const { root } = resolveRoot({ flag: options.root, env: process.env, cwd });
  const self = options.root === undefined ? "clawtask" : `clawtask --registry-root ${quoteShellWord(root)}`;
  return { root, actor, origin, approvals, cwd, self };
}
