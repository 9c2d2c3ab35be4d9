import { describe, expect, it } from "vitest";
import { claimNodes } from "../../../../registry-helper/internal.ts";
import { ApiFixture } from "../support/api-fixture.ts";

const NODES = [
  { id: "draft", mode: "report" },
  { id: "ok", kind: "approval", needs: [] },
  { id: "pub", needs: ["ok"] },
] as const;

function useQuestion(): ApiFixture {
  const api = new ApiFixture({});
  api.run("demo", { nodes: NODES });
  claimNodes(api.registry, "demo", { by: "agent" });
  return api;
}

describe("an answer over HTTP", () => {
  it.each([
    [
      { actor: "dashboard", scope: "write", mode: "standalone" },
      { via: "dashboard", sender: "dashboard" },
    ],
    [
      { actor: "api", scope: "write", mode: "standalone" },
      { via: "api", sender: "api" },
    ],
    [
      { actor: "gateway api", scope: "write", mode: "gateway" },
      { via: "gateway", sender: "gateway" },
    ],
    [
      { actor: "Bo (gateway user 7)", personId: "7", scope: "write", mode: "gateway" },
      { via: "gateway", sender: "gateway:7", by: "Bo (gateway user 7)" },
    ],
  ] as const)("is one of whom the control plane knows: %j", async (caller, expected) => {
    const api = useQuestion();
    const { status } = await api.post("/api/runs/demo/actions/approve", { nodeId: "ok" }, { caller });
    expect(status).toBe(200);
    const { json } = await api.get("/api/runs/demo/detail");
    expect(json).toMatchObject({ state: { nodes: [{}, { id: "ok", answer: expected }, {}] } });
    expect(json.remarks).toContainEqual({
      nodeId: "ok",
      kind: "answered",
      text: expect.stringContaining("approve by"),
    });
  });

  it("shows an approval that nobody answered, and work without proof", async () => {
    const api = useQuestion();
    await api.post("/api/runs/demo/actions/skip", { nodeId: "ok", message: "no time" });
    const { json } = await api.get("/api/runs/demo/detail");
    expect(json.remarks).toMatchObject([
      { nodeId: "ok", kind: "unanswered", text: expect.stringContaining("no time") },
    ]);
    const list = await api.get("/api/run-list");
    expect(JSON.stringify(list.json)).toContain('"bypassed":1');
  });

  it("shows whose word counts, and what a person sends", async () => {
    const api = useQuestion();
    const { json } = await api.get("/api/runs/demo/detail");
    expect(json.questions).toMatchObject([
      {
        authority: "reported",
        approvers: null,
        reported: null,
        chat: { approve: "/run approve demo ok", reject: "/run reject demo ok" },
      },
    ]);
  });
});
