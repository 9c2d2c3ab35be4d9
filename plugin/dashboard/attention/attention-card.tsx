import type { ReactElement } from "react";
import { getCliCommand } from "../api/cli-equivalent.ts";
import { attentionPrecondition } from "../api/preconditions.ts";
import type { AttentionListItem, SuggestedAction } from "../api/response-types.ts";
import { ApprovalForm } from "../approval/approval-form.tsx";
import { ActionButton } from "../components/action-button.tsx";
import { linkTo } from "../components/router.ts";
import { StatusMark } from "../design/status-badge.tsx";
import { Time } from "../design/time.tsx";
import type { Tone } from "../design/tone.ts";

interface AttentionCardProps {
  item: AttentionListItem;
  isTitleShown?: boolean;
  /** What was done about it, in a word or two. */
  onDone: (words: string) => void;
}

/** One thing that needs somebody: what, why, since when, and what to do about it. */
export function AttentionCard({ item, isTitleShown = true, onDone }: AttentionCardProps): ReactElement {
  const { kind, subject, title, since, reason } = item;
  const { label, tone, mark } = getKindStyle(kind);
  const actions = item.actions ?? (item.action === undefined ? [] : [item.action]);
  return (
    <article className={`attention tone-${tone}`}>
      <header className="attention-head">
        <StatusMark status={mark} isNamed />
        <span className="attention-kind">{label}</span>
        <span className="attention-since">
          for <Time at={since} isShort />
        </span>
      </header>
      {isTitleShown ? (
        <h2 className="attention-title">
          <a href={linkToSubject(subject)} data-row title={title}>
            {title}
          </a>
        </h2>
      ) : null}
      {item.question !== undefined ? (
        <ApprovalForm
          runId={subject.id}
          question={item.question}
          precondition={attentionPrecondition(item)}
          onDone={onDone}
        />
      ) : (
        <>
          <p className="attention-reason wrap" title={reason}>
            {reason}
          </p>
          <footer className="attention-foot">
            {actions.every(({ destructive }) => destructive === true) ? (
              // To end it is no answer to what it asks: a look comes first. So it does where nothing can be done from here.
              <a className="button button-primary" href={linkToSubject(subject)}>
                Open the {subject.kind}
              </a>
            ) : null}
            {actions.map((action, index) => (
              <SuggestedActionButton
                key={action.path + action.label}
                action={action}
                item={item}
                isFirst={index === 0}
                onDone={onDone}
              />
            ))}
            <span className="attention-id">
              {subject.kind} <span className="mono">{subject.id}</span>
            </span>
          </footer>
        </>
      )}
    </article>
  );
}

/** What is wrong with the ledger or the gateway is shown with the health of the registry. */
function linkToSubject({ kind, id }: AttentionListItem["subject"]): string {
  return linkTo(kind === "ledger" || kind === "gateway" ? ["health"] : [`${kind}s`, id]);
}

interface SuggestedActionButtonProps {
  action: SuggestedAction;
  item: AttentionListItem;
  isFirst: boolean;
  onDone: (words: string) => void;
}

function SuggestedActionButton({ action, item, isFirst, onDone }: SuggestedActionButtonProps): ReactElement {
  return (
    <ActionButton
      action={{
        label: action.label,
        path: action.path,
        ...(action.body === undefined ? {} : { body: action.body }),
        command: getCliCommand(action, item.command),
        precondition: attentionPrecondition(item),
      }}
      onDone={() => onDone(formatDone(action.label))}
      variant={action.destructive === true ? "danger" : isFirst ? "primary" : "plain"}
      {...(action.destructive === true ? { confirm: `${item.title}: this cannot be undone.` } : {})}
    />
  );
}

const DONE: Readonly<Record<string, string>> = {
  Retry: "Retried",
  Resume: "Resumed",
  Dismiss: "Dismissed",
  Cancel: "To be cancelled",
};

/** "Retry sources" becomes "Retried sources". */
function formatDone(label: string): string {
  const [first = "", ...rest] = label.split(" ");
  const done = DONE[first];
  return done === undefined ? `${label}: done` : [done, ...rest].join(" ");
}

export interface KindStyle {
  label: string;
  tone: Tone;
  /** The status whose drawing it has. */
  mark: string;
}

/** How each kind of attention is said and drawn. */
const KINDS: Readonly<Record<string, KindStyle>> = {
  waiting_approval: { label: "Needs an approval", tone: "ask", mark: "waiting_approval" },
  waiting_user: { label: "Needs your answer", tone: "ask", mark: "waiting_user" },
  undelivered: { label: "Not delivered", tone: "bad", mark: "failed" },
  ambiguous: { label: "Delivered? Nobody knows", tone: "wait", mark: "ambiguous" },
  late_result: { label: "Ended after all", tone: "wait", mark: "waiting" },
  lost: { label: "Lost", tone: "bad", mark: "lost" },
  run_unreadable: { label: "Cannot be read", tone: "bad", mark: "failed" },
  flow_unreadable: { label: "Cannot be read", tone: "bad", mark: "failed" },
  ledger_unreadable: { label: "Cannot be read", tone: "bad", mark: "failed" },
  recorder_silent: { label: "Does not answer", tone: "bad", mark: "failed" },
  run_blocked: { label: "Run is blocked", tone: "bad", mark: "blocked" },
  flow_blocked: { label: "Flow is blocked", tone: "bad", mark: "blocked" },
  flow_resume_due: { label: "Ready to resume", tone: "wait", mark: "waiting" },
  run_conflict: { label: "Contradiction", tone: "wait", mark: "ambiguous" },
  stalled: { label: "Not moving", tone: "wait", mark: "stalled" },
  never_started: { label: "Never started", tone: "wait", mark: "waiting" },
  cancel_refused: { label: "Cannot be stopped", tone: "wait", mark: "blocked" },
  run_bypassed: { label: "Nobody answered", tone: "bad", mark: "blocked" },
  run_unverified: { label: "Unverified", tone: "wait", mark: "waiting" },
  run_failed: { label: "Run failed", tone: "bad", mark: "failed" },
  delivery_overdue: { label: "Delivery is overdue", tone: "bad", mark: "failed" },
  node_failed: { label: "Step failed", tone: "bad", mark: "failed" },
  past_deadline: { label: "Past its deadline", tone: "wait", mark: "stalled" },
  running_without_heartbeat: { label: "No sign of life", tone: "wait", mark: "stalled" },
  claim_expired: { label: "Claim expired", tone: "wait", mark: "stalled" },
  stranded_ready: { label: "Ready, not started", tone: "wait", mark: "waiting" },
  stale_running: { label: "No progress", tone: "wait", mark: "stalled" },
  stale_blocked: { label: "Blocked too long", tone: "wait", mark: "blocked" },
  stale_waiting: { label: "Waiting too long", tone: "wait", mark: "waiting" },
  failed_silently: { label: "Failed, and nobody was told", tone: "bad", mark: "failed" },
};

export function getKindStyle(kind: string): KindStyle {
  return KINDS[kind] ?? { label: kind.replaceAll("_", " "), tone: "idle", mark: "none" };
}
