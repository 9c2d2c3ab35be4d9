import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { journalQuery } from "../api/queries.ts";
import { EventList } from "../components/event-list.tsx";
import { Loaded } from "../components/query-result.tsx";
import { useQueryValues } from "../components/router.ts";
import { Button } from "../design/button.tsx";
import { Panel } from "../design/panel.tsx";

const PAGE = 100;

/** The journal of the run, the newest lines first. */
export function RunEvents({ runId, lastSeq }: { runId: string; lastSeq: number }): ReactElement {
  const [, setValues] = useQueryValues();
  const [pages, setPages] = useState(0);
  const after = Math.max(0, lastSeq - PAGE * (pages + 1));
  const query = useQuery(journalQuery(runId, after));
  return (
    <Panel
      title="Journal"
      count={lastSeq}
      isFlush
      actions={
        <>
          <Button disabled={pages === 0} onClick={() => setPages(pages - 1)}>
            Newer
          </Button>
          <Button disabled={after === 0} onClick={() => setPages(pages + 1)}>
            Older
          </Button>
        </>
      }
    >
      <Loaded query={query} rows={8}>
        {({ events }) => (
          <EventList
            events={[...events].filter(({ seq }) => seq <= after + PAGE).reverse()}
            onSeq={(seq) => setValues({ tab: null, at: String(seq) })}
          />
        )}
      </Loaded>
    </Panel>
  );
}
