import type { Static } from "@sinclair/typebox";
import { expectTypeOf, it } from "vitest";
import type { JsonObject } from "../../../registry-helper/model/json.ts";
import type { WorkflowDefinition } from "../../../registry-helper/model/workflow-definition.ts";
import type { WorkflowSchema } from "../../../registry-helper/model/workflow-schema.ts";

/** Whether any JSON object fits: `{}` in the schema's type. */
type IsAnyObject<T> = [keyof T] extends [never]
  ? true
  : string extends keyof T
    ? JsonObject extends T
      ? true
      : false
    : false;

/**
 * A type with its interfaces and intersections written out, in the form that the schema's type has. Conditions are
 * recursive, so it ends at the eighth level.
 */
type Written<T, Depth extends 1[] = []> = Depth["length"] extends 8
  ? never
  : T extends readonly (infer Item)[]
    ? Written<Item, [...Depth, 1]>[]
    : T extends object
      ? IsAnyObject<T> extends true
        ? JsonObject
        : { [Key in keyof T]: Written<T[Key], [...Depth, 1]> }
      : T;

it("the plain types of a workflow are those of its schema", () => {
  expectTypeOf<Written<WorkflowDefinition>>().toEqualTypeOf<Written<Static<typeof WorkflowSchema>>>();
  expectTypeOf<WorkflowDefinition>().toExtend<Static<typeof WorkflowSchema>>();
  expectTypeOf<Static<typeof WorkflowSchema>>().toExtend<WorkflowDefinition>();
});
