import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { auditQuery, healthQuery, overviewQuery, sessionQuery } from "../api/queries.ts";
import type { FindingDocument, Health } from "../api/response-types.ts";
import { Page } from "../components/page.tsx";
import { Loaded } from "../components/query-result.tsx";
import { linkTo } from "../components/router.ts";
import { CommandSnippet } from "../design/code-block.tsx";
import { EmptyState } from "../design/empty-state.tsx";
import { formatExactTime } from "../design/format-time.ts";
import { Facts, mono, Panel } from "../design/panel.tsx";
import { StatusBadge, StatusMark } from "../design/status-badge.tsx";
import { Table } from "../design/table.tsx";
import { Time } from "../design/time.tsx";
import { humanize } from "../design/tone.ts";
import { FindingRepair, RepairAllButton } from "./finding-repair.tsx";
import "./health.css";

/** Whether everything that watches over the work is well itself. */
export function HealthPage(): ReactElement {
  const health = useQuery(healthQuery);
  return (
    <Page title={getTitle(health.data)}>
      <div className="columns">
        <div className="stack">
          <Panel title="Checks" isFlush>
            <Loaded query={health} rows={5}>
              {({ checks }) => <Checks checks={checks} />}
            </Loaded>
          </Panel>
          <Findings />
          <Loaded query={health} rows={6}>
            {(answer) => <Capabilities capabilities={answer.capabilities} />}
          </Loaded>
        </div>
        <div className="stack">
          <Panel title="Recorder">
            <Loaded query={health} rows={3}>
              {({ recorder }) => <Recorder recorder={recorder} />}
            </Loaded>
          </Panel>
          <Outbox />
          <Server health={health.data} />
        </div>
      </div>
    </Page>
  );
}

function getTitle(health: Health | undefined): string {
  if (health === undefined) return "Health";
  if (!health.ok) return "Something is not in order";
  // The navigation is marked then.
  return health.checks.some(({ level }) => level === "warn") ? "Nothing is broken" : "Everything is in order";
}

function Checks({ checks }: { checks: Health["checks"] }): ReactElement {
  return (
    <ul className="checks">
      {checks.map(({ name, ok, level, message, next }) => (
        <li key={`${name} ${message}`}>
          <StatusMark status={getMark(ok, level)} />
          <span className="checks-name">{humanize(name)}</span>
          <span className="checks-text wrap">
            {message}
            <CheckNext next={next ?? ""} />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What to do about a check: where it is done on this page, the command, or words. */
function CheckNext({ next }: { next: string }): ReactElement | null {
  if (next === "") return null;
  if (next === "clawtask attention") return <a href="#/">See it under Attention</a>;
  const [, command = next, when] = /^((?:clawtask|openclaw) [^,;]+), (when .+)$/.exec(next) ?? [];
  if (!isCommand(command)) return <span>{next}</span>;
  return (
    <>
      {when === undefined ? null : <span>{`W${when.slice(1)}:`}</span>}
      <CommandSnippet command={command} />
    </>
  );
}

/** Something to know of is no failure, and no green tick either. */
function getMark(ok: boolean, level: Health["checks"][number]["level"]): string {
  if (level === "warn") return "stalled";
  return ok ? "done" : "failed";
}

/** Whether words can be pasted as they are. */
function isCommand(text: string): boolean {
  return /^(clawtask|openclaw) [^,;]+$/.test(text);
}

const SEVERITY: Readonly<Record<FindingDocument["severity"], string>> = {
  error: "failed",
  warn: "stalled",
  info: "none",
};

function Findings(): ReactElement {
  const audit = useQuery(auditQuery);
  return (
    <Panel
      title="What the audit found"
      count={audit.data?.findings.length}
      isFlush
      actions={<RepairAllButton findings={audit.data?.findings ?? []} />}
    >
      <Loaded query={audit} rows={3}>
        {({ findings }) =>
          findings.length === 0 ? (
            <EmptyState icon="check" tone="good" title="The ledger is as it should be" />
          ) : (
            <ul className="findings">
              {findings.map((finding, index) => (
                <li key={index}>
                  <StatusMark status={SEVERITY[finding.severity]} isNamed />
                  <div className="findings-text">
                    <p className="line">
                      <strong>{humanize(finding.code)}</strong>
                      <span className="spoken">{finding.severity}</span>
                      <FindingLink finding={finding} />
                    </p>
                    <p className="wrap findings-what" title={finding.what}>
                      {formatFinding(finding)}
                    </p>
                    <FindingRepair finding={finding} />
                  </div>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  );
}

const ISO_TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g;

/** Times as the reader has them; what to do is said by the buttons, not in the words of the command line. */
function formatFinding({ code, what }: FindingDocument): string {
  const text = code === "delivery_ambiguous" ? what.replace(/; retry sends it .*$/, "") : what;
  return text.replace(ISO_TIME, (at) => formatExactTime(at));
}

function FindingLink({ finding }: { finding: FindingDocument }): ReactElement | null {
  const [section, id] =
    finding.taskId !== null
      ? ["tasks", finding.taskId]
      : finding.runId !== undefined
        ? ["runs", finding.runId]
        : ["flows", finding.flowId];
  if (section === undefined || id === undefined) return null;
  return (
    <a className="mono wrap" href={linkTo([section, id])} data-row>
      {id}
    </a>
  );
}

function Recorder({ recorder }: { recorder: Health["recorder"] }): ReactElement {
  if (recorder === null)
    return (
      <div className="stack health-note">
        <p>No gateway has written here yet. Without one, nothing is heard of the work and nothing is sent.</p>
        <CommandSnippet command="clawtask doctor" />
      </div>
    );
  return (
    <Facts
      rows={[
        [
          "state",
          <StatusBadge status={recorder.stale ? "stalled" : "done"}>
            {recorder.stale ? "silent" : "at work"}
          </StatusBadge>,
        ],
        ["last word", <Time at={recorder.updatedAt} />],
        [
          "line to the host",
          recorder.connection.connected ? "stands" : `broken: ${recorder.connection.why ?? "no reason is known"}`,
        ],
        ["plugin", `${recorder.version}, OpenClaw ${recorder.hostVersion ?? "unknown"}`],
        ["sends", recorder.sends ? "yes" : "no, it only watches"],
        ["not yet written", `${recorder.backlog} signals`],
        ["not yet told", `${recorder.openDeliveries} results`],
      ]}
    />
  );
}

function Outbox(): ReactElement {
  const { data } = useQuery(overviewQuery);
  return (
    <Panel title="Outbox">
      <Facts
        rows={[
          ["on their way", String(data?.deliveries.open ?? "–")],
          ["not delivered", String(data?.deliveries.failed ?? "–")],
          ["arrived, or not", String(data?.deliveries.ambiguous ?? "–")],
        ]}
      />
      {(data?.deliveries.failed ?? 0) + (data?.deliveries.ambiguous ?? 0) === 0 ? null : (
        <p className="health-next">
          <a href="#/">See them under Attention</a>
        </p>
      )}
    </Panel>
  );
}

const INDEX_WORDS: Readonly<Record<string, string>> = {
  unreadableRuns: "unreadable runs",
  unreadableFlows: "unreadable flows",
};

function Server({ health }: { health: Health | undefined }): ReactElement {
  const { data: session } = useQuery(sessionQuery);
  return (
    <Panel title="Server">
      <Facts
        rows={[
          ["version", session?.version],
          ["registry", mono(session?.registryRoot)],
          ["mounted", session?.mode === "standalone" ? "on its own" : "in the gateway"],
          [
            "may change",
            session === undefined ? null : session.scope === "write" && !session.readOnly ? "yes" : "no, it only shows",
          ],
          ["since", session === undefined ? null : <Time at={session.startedAt} />],
          [
            "host",
            session?.host == null
              ? null
              : `OpenClaw ${session.host.version ?? "?"}${session.host.connected ? "" : ", not connected"}`,
          ],
          ...Object.entries(health?.index ?? {}).map(
            ([name, value]) => [INDEX_WORDS[name] ?? name, String(value)] as const,
          ),
        ]}
      />
    </Panel>
  );
}

function Capabilities({ capabilities }: { capabilities: Health["capabilities"] }): ReactElement {
  const rows = Object.entries(capabilities).map(([runtime, can]) => ({ runtime, ...can }));
  return (
    <Panel title="What each runtime allows" isFlush>
      <Table
        label="What each runtime allows"
        rows={rows}
        getKey={({ runtime }) => runtime}
        columns={[
          { name: "Runtime", cell: ({ runtime }) => <span className="mono">{runtime}</span> },
          { name: "Progress is seen by", isMain: true, cell: ({ progress }) => progress ?? "nothing, until it ends" },
          { name: "Can be stopped", cell: ({ canCancel, whyNot }) => (canCancel ? "yes" : `no: ${whyNot ?? ""}`) },
          { name: "Who tells the result", isWide: true, cell: ({ teller }) => teller },
          { name: "Confirmed by", isWide: true, cell: ({ confirmedBy }) => confirmedBy },
          { name: "Cannot be known", isWide: true, cell: ({ unknowable }) => unknowable ?? "nothing" },
        ]}
      />
    </Panel>
  );
}
