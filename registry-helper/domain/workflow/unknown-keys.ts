import { isJsonObject } from "../../model/json.ts";
import type { SpawnSettings } from "../../model/spawn-settings.ts";
import type {
  WorkflowDefinition,
  WorkflowNode,
  WorkflowOutputs,
  WorkflowWait,
} from "../../model/workflow-definition.ts";
import { closestWord } from "./closest-word.ts";

/** A key that means nothing here, and where it stands. */
export interface UnknownKey {
  at: (string | number)[];
  warning: string;
}

/** Every key of an interface, so that the compiler misses the one that is forgotten here. */
type Keys<T> = Record<keyof T, true>;

const WORKFLOW_KEYS: Keys<Required<WorkflowDefinition>> = {
  workflowId: true,
  title: true,
  params: true,
  defaults: true,
  driver: true,
  wake: true,
  nodes: true,
};
const DEFAULTS_KEYS: Keys<Required<NonNullable<WorkflowDefinition["defaults"]>>> = {
  timeoutMs: true,
  retries: true,
  onFailure: true,
  evidence: true,
  approval: true,
};
const NODE_KEYS: Keys<Required<WorkflowNode>> = {
  id: true,
  title: true,
  kind: true,
  needs: true,
  prompt: true,
  outputs: true,
  artifactPaths: true,
  waitFor: true,
  when: true,
  approval: true,
  timeoutMs: true,
  retries: true,
  onFailure: true,
};
const OUTPUTS_KEYS: Keys<Required<WorkflowOutputs>> = {
  mode: true,
  path: true,
  requiredFiles: true,
  evidence: true,
  schema: true,
};
const WAIT_KEYS: Keys<Required<WorkflowWait>> = { type: true, path: true, at: true, task: true, event: true };

/** OpenTask's keys for the host: how a child is started, and in which session. */
const SPAWN_KEYS: Keys<Required<SpawnSettings>> = {
  agentId: true,
  model: true,
  thinking: true,
  cwd: true,
  runTimeoutSeconds: true,
};

/** Keys that other tools read, or that people write for each other. */
const FREE_KEYS: ReadonlySet<string> = new Set(["metadata", "description"]);
/** Most that are told of one file. */
const MAX_UNKNOWN_KEYS = 20;

/**
 * Keys that nothing reads, at every level of a definition where other tools may have their own: they are allowed, since
 * OpenTask ignores what it does not know, but a `need:` is a node that waits for nothing. The other levels are closed.
 */
export function findUnknownKeys(definition: WorkflowDefinition): UnknownKey[] {
  const found: UnknownKey[] = [];
  const look = (value: unknown, known: object, at: (string | number)[], where: string): void => {
    if (!isJsonObject(value)) return;
    const names = Object.keys(known);
    for (const key of Object.keys(value)) {
      if (Object.hasOwn(known, key) || FREE_KEYS.has(key) || /^x[-_]/i.test(key)) continue;
      if (found.length === MAX_UNKNOWN_KEYS) return;
      const meant = closestWord(key, names);
      const advice = meant === undefined ? `known are: ${names.join(", ")}` : `did you mean ${meant}?`;
      found.push({ at: [...at, key], warning: `${shortened(key)} is no key of ${where} and is ignored; ${advice}` });
    }
  };
  look(definition, WORKFLOW_KEYS, [], "a workflow");
  look(definition.defaults, { ...DEFAULTS_KEYS, ...SPAWN_KEYS }, ["defaults"], "defaults");
  definition.nodes.forEach((node, index) => {
    const at = ["nodes", index];
    look(node, { ...NODE_KEYS, ...SPAWN_KEYS, sessionKey: true }, at, "a node");
    look(node.outputs, OUTPUTS_KEYS, [...at, "outputs"], "outputs");
    look(node.waitFor, WAIT_KEYS, [...at, "waitFor"], "waitFor");
  });
  return found;
}

function shortened(key: string): string {
  return key.length > 40 ? `${key.slice(0, 40)}...` : key;
}
