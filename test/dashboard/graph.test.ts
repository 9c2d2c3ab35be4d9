import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { advanceRun, scaffoldRun } from "../../registry-helper/internal.ts";
import { finishNode } from "../../registry-helper/operations/runs/finish-node.ts";
import { useDashboard } from "./support/dashboard.ts";

const STEPS = 30;
const AT_WORK = 18;
/** Of a node, at the least zoom at which its words can be read. */
const MIN_HEIGHT = 56 * 0.8 - 1;

describe("a graph larger than its view", () => {
  const dashboard = useDashboard();
  const node = (id: string) => dashboard.page.locator(`[data-node=${id}]`);
  const isInView = async (id: string): Promise<boolean> => {
    const [box, place] = await Promise.all([
      node(id).boundingBox(),
      dashboard.page.locator(".graph-box").boundingBox(),
    ]);
    if (box === null || place === null) return false;
    return box.y >= place.y && box.y + box.height <= place.y + place.height && box.x >= place.x;
  };
  const go = (): void => {
    advanceRun(dashboard.registry, "chain-1", { self: "clawtask", by: "agent:main:main", leaseMs: 3_600_000 });
  };
  const finish = (step: number): void => {
    finishNode(dashboard.registry, "chain-1", { nodeId: `step-${step}`, to: "completed", message: "done" });
    go();
  };

  beforeAll(() => {
    const lines = Array.from({ length: STEPS }, (_, step) => {
      const needs = step === 0 ? "" : `needs: [step-${step - 1}], `;
      return `  - { id: step-${step}, title: Step ${step}, kind: session_turn, ${needs}prompt: "x", outputs: { mode: notify } }`;
    });
    writeFileSync(
      join(dashboard.root, "workflows/chain.task.md"),
      `---\nworkflowId: chain\ntitle: A long chain\nnodes:\n${lines.join("\n")}\n---\n`,
    );
    scaffoldRun(dashboard.registry, {
      runId: "chain-1",
      workflowPath: "workflows/chain.task.md",
      sourceSessionKey: "agent:main:main",
      deliveryContext: { channel: "telegram", to: "telegram:42" },
    });
    go();
    for (let step = 0; step < AT_WORK; step += 1) finish(step);
  });

  it("stays readable, opens at the running node and follows it until the user moves the view", async () => {
    const page = await dashboard.show("#/runs/chain-1");
    await node(`step-${AT_WORK}`).and(page.locator(".step-running")).waitFor();
    await expect.poll(() => isInView(`step-${AT_WORK}`)).toBe(true);
    expect((await node(`step-${AT_WORK}`).boundingBox())?.height).toBeGreaterThanOrEqual(MIN_HEIGHT);
    expect(await isInView("step-0")).toBe(false);
    for (let step = AT_WORK; step < STEPS - 1; step += 1) finish(step);
    await expect.poll(() => isInView(`step-${STEPS - 1}`)).toBe(true);

    await page.getByRole("button", { name: "Fit View" }).click();
    await expect.poll(() => isInView("step-0")).toBe(true);
    finish(STEPS - 1);
    await page.locator(`[data-node=step-${STEPS - 1}].step-completed`).waitFor();
    expect(await isInView("step-0")).toBe(true);
  });

  it("opens a node on click, and only moves the view on drag", async () => {
    const page = await dashboard.show("#/runs/report-mosses");
    const box = await node("check").boundingBox();
    await page.mouse.move((box?.x ?? 0) + 40, (box?.y ?? 0) + 20);
    await page.mouse.down();
    await page.mouse.move((box?.x ?? 0) + 100, (box?.y ?? 0) - 20, { steps: 4 });
    await page.mouse.up();
    await expect.poll(async () => (await node("check").boundingBox())?.x).toBe((box?.x ?? 0) + 60);
    expect(await page.locator(".node-panel").count()).toBe(0);
    await node("check").click();
    await page.getByRole("complementary", { name: "Node check" }).waitFor();
  });

  it("scrolls to the opened node and to nodes reached by keyboard", async () => {
    const page = await dashboard.show("#/runs/chain-1?node=step-12");
    await page.reload();
    await dashboard.idle();
    await expect.poll(() => isInView("step-12")).toBe(true);
    await node("step-12").focus();
    for (let step = 0; step < 10; step += 1) await page.keyboard.press("j");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("data-node"))).toBe("step-22");
    await expect.poll(() => isInView("step-22")).toBe(true);
  });
});
