import { type Static, Type } from "@sinclair/typebox";
import { MAX_NODES_PER_RUN } from "./limits.ts";
import { NODE_KINDS } from "./run-documents.ts";

/**
 * A workflow definition as it is written in the front matter. Compiled to a validator at build time
 * (`npm run generate`), so that no schema compiler is loaded when a run is scaffolded.
 */
const Text = Type.String({ minLength: 1, maxLength: 65_536 });
const Names = Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), { maxItems: MAX_NODES_PER_RUN });
const literals = <const T extends readonly string[]>(values: T) =>
  Type.Unsafe<T[number]>({ type: "string", enum: [...values] });

export const WaitForSchema = Type.Object(
  { type: literals(["next_tick", "manual", "file_exists"] as const), path: Type.Optional(Text) },
  { additionalProperties: true },
);

export const WorkflowNodeSchema = Type.Object(
  {
    id: Text,
    title: Text,
    kind: literals(NODE_KINDS),
    needs: Type.Optional(Names),
    prompt: Type.Optional(Type.String({ maxLength: 262_144 })),
    outputs: Type.Object(
      {
        mode: literals(["notify", "report"] as const),
        path: Type.Optional(Text),
        requiredFiles: Type.Optional(Names),
      },
      { additionalProperties: true },
    ),
    artifactPaths: Type.Optional(Names),
    waitFor: Type.Optional(WaitForSchema),
  },
  { additionalProperties: true },
);

export const WorkflowSchema = Type.Object(
  {
    workflowId: Text,
    title: Text,
    defaults: Type.Optional(Type.Object({}, { additionalProperties: true })),
    driver: Type.Optional(Type.Object({}, { additionalProperties: true })),
    nodes: Type.Array(WorkflowNodeSchema, { minItems: 1, maxItems: MAX_NODES_PER_RUN }),
  },
  { additionalProperties: true },
);

export type WorkflowDefinition = Static<typeof WorkflowSchema>;
export type WorkflowNode = Static<typeof WorkflowNodeSchema>;
