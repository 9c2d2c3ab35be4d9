import { Type } from "@sinclair/typebox";
import { FINDING_CODES, SEVERITIES } from "../../../registry-helper/internal.ts";
import { AttentionSchema, ChangeSchema, RemedySchema, StatusSchema } from "./attention-schemas.ts";
import { toRoutes } from "./route.ts";
import { count, entity, exactly, json, limit, maybeText, oneOf, orNull, tally, time } from "./schema-helpers.ts";
import { CapabilitiesSchema } from "./task-schemas.ts";

const OverviewSchema = entity("Overview", {
  attention: Type.Object({ total: count, byKind: tally }),
  tasks: Type.Object({
    byStatus: tally,
    running: count,
    queued: count,
    endedToday: Type.Integer({ minimum: 0, description: "Since midnight UTC" }),
  }),
  runs: Type.Object({ byStatus: tally }),
  flows: Type.Object({ byStatus: tally }),
  deliveries: Type.Object({ open: count, failed: count, ambiguous: count }),
});

const HostSchema = Type.Object({ version: maybeText, connected: Type.Boolean() });

export const REGISTRY_ROUTES = toRoutes("Registry", [
  {
    id: "getSession",
    route: "GET /api/session",
    summary: "Which server this is, and what the caller may do",
    answer: Type.Object({
      version: Type.String(),
      registryRoot: Type.String(),
      mode: oneOf(["standalone", "gateway", "gateway-frame"]),
      scope: oneOf(["read", "write"]),
      readOnly: Type.Boolean(),
      actor: Type.String(),
      startedAt: time,
      host: Type.Optional(HostSchema),
    }),
  },
  {
    id: "exchangeLink",
    route: "POST /api/session/exchange",
    summary: "The one-time code of the printed link for a token; of a server that stands alone only",
    body: exactly({ code: Type.String({ minLength: 1, maxLength: 200 }) }),
    answer: Type.Object({ token: Type.String() }),
    external: true,
    problems: ["unauthorized"],
  },
  {
    id: "getOverview",
    route: "GET /api/overview",
    summary: "How many of everything",
    answer: OverviewSchema,
  },
  {
    id: "listAttention",
    route: "GET /api/attention",
    summary: "Everything that needs attention, the most urgent first, each with what can be done about it",
    query: Type.Object({ session: Type.Optional(Type.String({ description: "What this session asked for" })), limit }),
    answer: AttentionSchema,
  },
  {
    id: "getStatus",
    route: "GET /api/status",
    summary: "Everything under way or not reported yet: runs and flows with their tasks, and tasks of their own",
    query: Type.Object({ limit }),
    answer: StatusSchema,
  },
]);

export const CHANGE_ROUTES = toRoutes("Changes", [
  {
    id: "listChanges",
    route: "GET /api/events",
    summary: "What has changed after a cursor, of everything; without a cursor, the cursor of now",
    query: Type.Object({ after: Type.Optional(Type.String({ maxLength: 200 })), limit }),
    answer: Type.Object({
      changes: Type.Array(ChangeSchema),
      cursor: Type.String(),
      reset: Type.Boolean({ description: "The cursor was unknown or too old: read everything anew" }),
      more: Type.Boolean(),
    }),
  },
  {
    id: "streamChanges",
    route: "GET /api/events/stream",
    summary: "Server-sent events: a snapshot, then the changes",
    query: Type.Object({ after: Type.Optional(Type.String({ maxLength: 200 })) }),
    answer: { mediaType: "text/event-stream" },
    external: true,
  },
  {
    id: "streamChangesBySocket",
    route: "GET /api/stream",
    summary: "WebSocket: a snapshot, then the changes",
    query: Type.Object({ after: Type.Optional(Type.String({ maxLength: 200 })) }),
    answer: { mediaType: "application/json" },
    status: 101,
    external: true,
  },
]);

export const HEALTH_ROUTES = toRoutes("Health", [
  {
    id: "auditLedger",
    route: "GET /api/audit",
    summary: "What is wrong with tasks, flows and runs, the worst first",
    query: Type.Object({
      code: Type.Optional(oneOf(FINDING_CODES)),
      severity: Type.Optional(oneOf(SEVERITIES)),
      limit,
    }),
    answer: Type.Object({
      ok: Type.Boolean(),
      total: count,
      counts: tally,
      findings: Type.Array(
        Type.Object({
          code: Type.String(),
          severity: oneOf(SEVERITIES),
          taskId: maybeText,
          flowId: Type.Optional(Type.String()),
          runId: Type.Optional(Type.String()),
          nodeId: Type.Optional(Type.String()),
          what: Type.String(),
          repair: Type.String({ description: "What repairs it, as a line to paste" }),
          remedy: RemedySchema,
        }),
      ),
    }),
  },
  {
    id: "maintainLedger",
    route: "POST /api/audit/repair",
    summary: "Does what `tasks maintenance` can do; without `apply` it only says what that would be",
    body: Type.Union([exactly({ apply: Type.Optional(Type.Boolean()) }), Type.Null()]),
    answer: Type.Object({ ok: Type.Boolean(), applied: Type.Boolean() }),
    writes: true,
  },
  {
    id: "getHealth",
    route: "GET /api/health",
    summary: "Whether all is well: registry, ledger, recorder, outbox, host",
    answer: Type.Object({
      ok: Type.Boolean(),
      checks: Type.Array(
        Type.Object({
          name: Type.String(),
          ok: Type.Boolean(),
          level: oneOf(["ok", "warn", "error"]),
          message: Type.String(),
          next: Type.Optional(Type.String()),
        }),
      ),
      recorder: orNull(
        Type.Object({
          connection: Type.Object({ connected: Type.Boolean(), why: Type.Optional(Type.String()) }),
          backlog: count,
          openDeliveries: count,
          updatedAt: time,
          stale: Type.Boolean(),
          version: Type.String(),
          hostVersion: maybeText,
          sends: Type.Boolean(),
          silentMs: count,
          endedSilent: count,
          oldestSignalAt: orNull(time),
          setAside: count,
        }),
      ),
      index: Type.Object({ runs: count, flows: count, tasks: count, unreadableRuns: count, unreadableFlows: count }),
      outbox: Type.Object({ open: count, failed: count, ambiguous: count }),
      host: Type.Optional(HostSchema),
      capabilities: Type.Record(Type.String(), CapabilitiesSchema),
    }),
  },
  {
    id: "getOpenApi",
    route: "GET /api/openapi.json",
    summary: "This document",
    answer: Type.Object({ openapi: Type.String(), info: json, paths: json }),
  },
  {
    id: "getMetrics",
    route: "GET /metrics",
    summary: "For Prometheus",
    answer: { mediaType: "text/plain; version=0.0.4; charset=utf-8" },
  },
]);
