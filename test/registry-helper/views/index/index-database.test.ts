import { expect, it } from "vitest";
import { canIndex } from "../../../../registry-helper/views/index/index-database.ts";

it.each([
  ["20.20.2", false],
  ["22.13.0", false],
  ["22.15.1", false],
  ["22.16.0", true],
  ["24.1.0", true],
  ["26.10.0", true],
])("says whether the SQLite of Node %s has full-text search: %s", (version, expected) => {
  expect(canIndex(version)).toBe(expected);
});
