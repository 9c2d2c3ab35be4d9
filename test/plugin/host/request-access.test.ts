import { describe, expect, it } from "vitest";
import { currentAccess, toGatewayAccess } from "../../../plugin/host/request-access.ts";

const client = (scopes: unknown, profile?: unknown) => ({
  client: { connect: { scopes }, ...(profile === undefined ? {} : { authenticatedUserProfile: profile }) },
});

describe("what the host's request scope says", () => {
  it.each([
    [client(["operator.read"]), { scopes: ["operator.read"] }],
    [
      client(["operator.write"], { profileId: "p-1", displayName: "Ana" }),
      { scopes: ["operator.write"], person: { id: "p-1", name: "Ana" } },
    ],
    [client([], { profileId: "p-1", displayName: null }), { scopes: [], person: { id: "p-1", name: "p-1" } }],
    // The account of whoever has the token is no person that was verified.
    [client(["operator.admin"], { profileId: "gateway-owner", displayName: "root" }), { scopes: ["operator.admin"] }],
    [client("operator.admin"), { scopes: [] }],
    [client([7, null, "operator.read"]), { scopes: ["operator.read"] }],
    [{}, { scopes: [] }],
    [{ client: null }, { scopes: [] }],
  ])("%j is read as %j", (requestScope, access) => {
    expect(toGatewayAccess(requestScope)).toEqual(access);
  });

  it("is nothing outside of a request", () => {
    expect(currentAccess()).toEqual({ scopes: [] });
  });
});
