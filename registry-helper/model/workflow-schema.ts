import { Type } from "@sinclair/typebox";
import { MAX_NODES_PER_RUN, MAX_RETRIES, MAX_TIME_LIMIT_MS } from "./limits.ts";
import { APPROVAL_AUTHORITIES, EVIDENCE_POLICIES, FAILURE_POLICIES } from "./node-policy.ts";
import { NODE_KINDS } from "./run-documents.ts";

/**
 * A workflow definition as it is written in the front matter. Compiled to a validator at build time
 * (`npm run generate`), so that no schema compiler is loaded when a run is scaffolded, and published for editors
 * as docs/workflow.schema.json. Its types are in workflow-definition.ts. Everything that OpenTask does not know is optional.
 */
const Text = Type.String({ minLength: 1, maxLength: 65_536 });
const Names = Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), { maxItems: MAX_NODES_PER_RUN });
const literals = <const T extends readonly string[]>(values: T, description?: string) =>
  Type.Unsafe<T[number]>({ type: "string", enum: [...values], ...(description === undefined ? {} : { description }) });
const milliseconds = (description: string, minimum = 1) =>
  Type.Integer({ minimum, maximum: MAX_TIME_LIMIT_MS, description: `${description}, in milliseconds` });

const WAIT_TYPES = ["next_tick", "manual", "file_exists", "until", "task", "event"] as const;

const WaitForSchema = Type.Object(
  {
    type: literals(WAIT_TYPES, "What ends the wait"),
    path: Type.Optional(Type.String({ minLength: 1, maxLength: 65_536, description: "file_exists: inside the run" })),
    at: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: "until: an ISO time with an offset" })),
    task: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, description: "task: its id in the ledger" })),
    event: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: "event: its name, see emit" })),
  },
  { additionalProperties: true },
);

const RetriesSchema = Type.Union([
  Type.Integer({ minimum: 0, maximum: MAX_RETRIES, description: "Further attempts after a failure" }),
  Type.Object(
    {
      max: Type.Integer({ minimum: 0, maximum: MAX_RETRIES, description: "Further attempts after a failure" }),
      backoffMs: Type.Optional(milliseconds("Pause before the second attempt", 0)),
      factor: Type.Optional(Type.Number({ minimum: 1, maximum: 100, description: "Each pause is longer by this" })),
      maxBackoffMs: Type.Optional(milliseconds("Longest pause", 0)),
    },
    { additionalProperties: false },
  ),
]);

const ValueTests = {
  equals: Type.Optional(Type.Unknown()),
  notEquals: Type.Optional(Type.Unknown()),
  in: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 100 })),
  greaterThan: Type.Optional(Type.Number()),
  lessThan: Type.Optional(Type.Number()),
  exists: Type.Optional(Type.Boolean()),
};

const ConditionSchema = Type.Recursive(
  (This) =>
    Type.Union([
      Type.Object({ all: Type.Array(This, { maxItems: 100 }) }, { additionalProperties: false }),
      Type.Object({ any: Type.Array(This, { maxItems: 100 }) }, { additionalProperties: false }),
      Type.Object({ not: This }, { additionalProperties: false }),
      Type.Object({ param: Text, ...ValueTests }, { additionalProperties: false }),
      Type.Object(
        {
          node: Text,
          status: Type.Optional(Text),
          choice: Type.Optional(Text),
          output: Type.Optional(Text),
          ...ValueTests,
        },
        { additionalProperties: false },
      ),
    ]),
  { $id: "Condition", description: "A condition on earlier results; the node is skipped when it is not met" },
);

const AccessFields = {
  authority: Type.Optional(
    literals(
      APPROVAL_AUTHORITIES,
      "Whether an answer that an agent passes on counts, or only one whose sender is known",
    ),
  ),
  approvers: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
      minItems: 1,
      maxItems: 100,
      description: "Ids of those who may answer, such as telegram:4242; implies authority: verified",
    }),
  ),
};

const ApprovalSchema = Type.Object(
  {
    question: Type.Optional(Text),
    choices: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 80 }), {
        minItems: 2,
        maxItems: 20,
        uniqueItems: true,
        description: "What may be answered; the last one counts as a no",
      }),
    ),
    schema: Type.Optional(Type.Object({}, { additionalProperties: true, description: "JSON Schema of the answer" })),
    expiresAfterMs: Type.Optional(milliseconds("How long the question stands")),
    ...AccessFields,
  },
  { additionalProperties: false },
);

const PolicyFields = {
  timeoutMs: Type.Optional(milliseconds("Longest time of one attempt")),
  retries: Type.Optional(RetriesSchema),
  onFailure: Type.Optional(literals(FAILURE_POLICIES, "What happens to the nodes behind a failure")),
};

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
        evidence: Type.Optional(literals(EVIDENCE_POLICIES, "Whether the node may complete without its files")),
        schema: Type.Optional(
          Type.Object({}, { additionalProperties: true, description: "JSON Schema of result.json" }),
        ),
      },
      { additionalProperties: true },
    ),
    artifactPaths: Type.Optional(Names),
    waitFor: Type.Optional(WaitForSchema),
    ...PolicyFields,
    when: Type.Optional(ConditionSchema),
    approval: Type.Optional(ApprovalSchema),
  },
  { additionalProperties: true },
);

const PARAM_TYPES = ["string", "number", "integer", "boolean"] as const;

const ParamSchema = Type.Object(
  {
    type: literals(PARAM_TYPES),
    description: Type.Optional(Type.String({ maxLength: 4096 })),
    default: Type.Optional(Type.Union([Type.String({ maxLength: 65_536 }), Type.Number(), Type.Boolean()])),
    enum: Type.Optional(Type.Array(Type.Union([Type.String(), Type.Number()]), { minItems: 1, maxItems: 1000 })),
  },
  { additionalProperties: false },
);

export const WorkflowSchema = Type.Object(
  {
    workflowId: Text,
    title: Text,
    params: Type.Optional(
      Type.Record(Type.String(), ParamSchema, {
        description: "Values that a run is given; {{name}} stands for one in titles, prompts, questions and waits",
      }),
    ),
    defaults: Type.Optional(
      Type.Object(
        {
          ...PolicyFields,
          evidence: Type.Optional(literals(EVIDENCE_POLICIES)),
          approval: Type.Optional(Type.Object(AccessFields, { additionalProperties: false })),
        },
        { additionalProperties: true },
      ),
    ),
    driver: Type.Optional(Type.Object({}, { additionalProperties: true })),
    wake: Type.Optional(literals(["auto", "off"] as const, "Whether the plugin wakes the agent when a node is ready")),
    nodes: Type.Array(WorkflowNodeSchema, { minItems: 1, maxItems: MAX_NODES_PER_RUN }),
  },
  { additionalProperties: true },
);
