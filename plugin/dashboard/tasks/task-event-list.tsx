import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { taskEventsQuery } from "../api/queries.ts";
import { EventList } from "../components/event-list.tsx";
import { Loaded } from "../components/query-result.tsx";
import { Button } from "../design/button.tsx";
import { Panel } from "../design/panel.tsx";

const FIRST_SHOWN = 30;

/** The journal's own lines about this task, the newest first. */
export function TaskEventList({ taskId }: { taskId: string }): ReactElement {
  const query = useQuery(taskEventsQuery(taskId));
  const [isAll, setAll] = useState(false);
  return (
    <Panel title="Events" count={query.data?.events.length} isFlush>
      <Loaded query={query} rows={4}>
        {({ events }) => {
          const newest = [...events].reverse();
          return (
            <>
              <EventList events={isAll ? newest : newest.slice(0, FIRST_SHOWN)} />
              {isAll || newest.length <= FIRST_SHOWN ? null : (
                <p className="more">
                  <Button onClick={() => setAll(true)}>{`Show all ${newest.length}`}</Button>
                </p>
              )}
            </>
          );
        }}
      </Loaded>
    </Panel>
  );
}
