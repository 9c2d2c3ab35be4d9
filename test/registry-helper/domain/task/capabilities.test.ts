import { describe, expect, it } from "vitest";
import { CAPABILITIES, getCapabilities } from "../../../../registry-helper/domain/task/capabilities.ts";
import { TASK_RUNTIMES } from "../../../../registry-helper/model/task-record.ts";

describe("capabilities of a runtime", () => {
  it.each(TASK_RUNTIMES)("name a teller, and a reason if and only if the work cannot be cancelled: %s", (runtime) => {
    const { canCancel, whyNot, teller, confirmedBy, unknowable } = CAPABILITIES[runtime];
    expect(whyNot === null).toBe(canCancel);
    for (const text of [teller, confirmedBy, unknowable]) expect(text).not.toBe("");
  });

  it("distinguish a reminder of the main session, which has no handle, from other scheduled runs", () => {
    expect(getCapabilities({ runtime: "cron", taskKind: "systemEvent" }).canCancel).toBe(false);
    expect(getCapabilities({ runtime: "cron", taskKind: "command" }).canCancel).toBe(true);
    expect(getCapabilities({ runtime: "cron", taskKind: null }).canCancel).toBe(true);
    expect(getCapabilities({ runtime: "media", taskKind: "image_generation" }).canCancel).toBe(false);
  });
});
