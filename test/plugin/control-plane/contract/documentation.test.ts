import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { FLOW_ACTIONS } from "../../../../plugin/control-plane/contract/flow-routes.ts";
import { HTTP_PROBLEMS } from "../../../../plugin/control-plane/contract/problem.ts";
import { ROUTES } from "../../../../plugin/control-plane/contract/routes.ts";
import { RUN_ACTIONS } from "../../../../plugin/control-plane/contract/run-routes.ts";
import { TASK_ACTIONS } from "../../../../plugin/control-plane/contract/task-routes.ts";
import { ERROR_TABLE } from "../../../../registry-helper/internal.ts";

const text = readFileSync(new URL("../../../../docs/api.md", import.meta.url), "utf8");

it("docs/api.md lists every route and no other", () => {
  const listed = [...text.matchAll(/^\| `((?:GET|POST) \/[^`]+)`\s+\|/gm)].map(([, route]) => route);
  expect(listed.sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
});

it("docs/api.md lists every action", () => {
  for (const action of [...RUN_ACTIONS, ...TASK_ACTIONS, ...FLOW_ACTIONS]) expect(text).toContain(`\`${action}\``);
});

it("HTTP problem codes do not overlap with the helper's error codes", () => {
  expect(Object.keys(HTTP_PROBLEMS).filter((code) => Object.hasOwn(ERROR_TABLE, code))).toEqual([]);
});
