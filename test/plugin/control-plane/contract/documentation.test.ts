import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { FLOW_ACTIONS } from "../../../../plugin/control-plane/contract/flow-routes.ts";
import { HTTP_PROBLEMS } from "../../../../plugin/control-plane/contract/problem.ts";
import { ROUTES } from "../../../../plugin/control-plane/contract/routes.ts";
import { RUN_ACTIONS } from "../../../../plugin/control-plane/contract/run-routes.ts";
import { TASK_ACTIONS } from "../../../../plugin/control-plane/contract/task-routes.ts";
import { ERROR_TABLE } from "../../../../registry-helper/index.ts";

const text = readFileSync(new URL("../../../../docs/api.md", import.meta.url), "utf8");

it("docs/api.md tells of every route, and of no other", () => {
  const listed = [...text.matchAll(/^\| `((?:GET|POST) \/[^`]+)`\s+\|/gm)].map(([, route]) => route);
  expect(listed.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
});

it("docs/api.md tells of every action", () => {
  for (const action of [...RUN_ACTIONS, ...TASK_ACTIONS, ...FLOW_ACTIONS]) expect(text).toContain(`\`${action}\``);
});

it("codes of the API alone are none of the helper's", () => {
  expect(Object.keys(HTTP_PROBLEMS).filter((code) => Object.hasOwn(ERROR_TABLE, code))).toEqual([]);
});
