import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import { statusQuery } from "../api/queries.ts";
import type { WorkListItem } from "../api/response-types.ts";
import { Loaded } from "../components/query-result.tsx";
import { linkTo } from "../components/router.ts";
import { Panel } from "../design/panel.tsx";
import { StatusMark } from "../design/status-badge.tsx";
import { Time } from "../design/time.tsx";

/** Everything under way, as `clawtask status` lists it: runs and flows with their tasks, and tasks of their own. */
export function RunningNow(): ReactElement {
  const status = useQuery(statusQuery);
  return (
    <aside className="stack" aria-label="Under way">
      <Panel title="Under way" isFlush actions={<a href={linkTo(["tasks"], { status: "running" })}>Running tasks</a>}>
        <Loaded query={status} rows={6}>
          {({ items, total }) =>
            items.length === 0 ? (
              <p className="glance-empty">Nothing is under way.</p>
            ) : (
              <>
                <ul>
                  {items.map((item) => (
                    <WorkEntry key={`${item.subject.kind} ${item.subject.id}`} item={item} />
                  ))}
                </ul>
                {total > items.length ? <p className="glance-empty">and {total - items.length} more</p> : null}
              </>
            )
          }
        </Loaded>
      </Panel>
    </aside>
  );
}

/** One piece of work, and below it what is open of its tasks. */
function WorkEntry({ item }: { item: WorkListItem }): ReactElement {
  const { tasks = [] } = item;
  return (
    <li>
      <WorkLine item={item} />
      {tasks.length === 0 ? null : (
        <ul className="glance-parts" aria-label={`Tasks of ${item.title}`}>
          {tasks.map((task) => (
            <li key={task.subject.id}>
              <WorkLine item={task} />
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

function WorkLine({ item }: { item: WorkListItem }): ReactElement {
  const words = describe(item);
  return (
    <a className="glance" href={linkToWork(item)}>
      <StatusMark status={item.phase} />
      <span className="glance-text">
        <span className="cut" title={item.title}>
          {item.title}
        </span>
        <span className="cut dim" title={words}>
          {words}
        </span>
      </span>
      <span className="list-side">
        <Time at={item.lastActivityAt} isShort />
      </span>
    </a>
  );
}

/** What it is doing, how far it is, and why it waits, in one line. */
function describe({ doing, attempt, progress, isDoneNotReported, why, latestUpdate }: WorkListItem): string {
  const facts = [
    attempt === undefined ? doing : `${doing}, attempt ${attempt}`,
    ...(progress === undefined || progress.total === 0 ? [] : [`${progress.done} of ${progress.total} done`]),
    ...(isDoneNotReported ? ["not reported yet"] : []),
  ];
  const more = why ?? latestUpdate;
  return more === null ? facts.join(", ") : `${facts.join(", ")}: ${more}`;
}

function linkToWork({ subject: { kind, id } }: WorkListItem): string {
  return kind === "ledger" ? linkTo(["health"]) : linkTo([`${kind}s`, id]);
}
