import { type ReactElement, useMemo } from "react";
import type { AlignedData, Options } from "uplot";
import type { RunRow } from "../api/response-types.ts";
import { formatAxisMark } from "../design/format-time.ts";
import { TIME_STEPS } from "../design/time-axis-steps.ts";
import { createAxes, Chart } from "./chart.tsx";

/** How long each completed run took, when it ended; versions have a colour each. */
export function DurationChart({ runs }: { runs: readonly RunRow[] }): ReactElement {
  const { data, versions, count } = useMemo(() => toPoints(runs), [runs]);
  const getOptions = useMemo(() => createOptions(versions, getRange(data[0])), [versions, data]);
  if (count === 0) return <p className="dim">No run has completed yet.</p>;
  return (
    <>
      <Chart
        data={data}
        getOptions={getOptions}
        summary={`${count} completed runs of ${versions.length} versions, by when they ended and how long they took`}
      />
      <p className="chart-key">
        {versions.map((version, index) => (
          <span key={version}>
            <i className={`chart-version-${index % COLOURS.length}`} /> <span className="mono">{version}</span>
          </span>
        ))}
      </p>
    </>
  );
}

const COLOURS = ["accent", "good", "wait", "ask", "busy", "idle"];

const HALF_DAY_S = 43_200;

/** A little more than what is shown; around a single moment, a day. */
function getRange(atS: ArrayLike<number>): [number, number] {
  const first = atS[0] ?? 0;
  const last = atS[atS.length - 1] ?? first;
  const margin = last - first < 3_600 ? HALF_DAY_S : (last - first) * 0.03;
  return [first - margin, last + margin];
}

function createOptions(versions: readonly string[], range: [number, number]) {
  return (colour: (name: string) => string): Omit<Options, "width" | "height"> => ({
    legend: { show: false },
    cursor: { show: false },
    axes: createAxes(colour, { text: formatAxisMark, steps: TIME_STEPS }),
    scales: {
      y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] },
      x: { range: () => range },
    },
    series: [
      {},
      ...versions.map((_version, index) => {
        const drawn = colour(COLOURS[index % COLOURS.length] ?? "accent");
        return { stroke: drawn, width: 0, points: { show: true, size: 7, fill: drawn, stroke: drawn } };
      }),
    ],
  });
}

function toPoints(runs: readonly RunRow[]): { data: AlignedData; versions: string[]; count: number } {
  const points = runs
    .flatMap(({ status, createdAt, endedAt, workflowVersion, forkedFrom }) => {
      // A fork did only a part of the work.
      if (status !== "completed" || createdAt === null || endedAt === null || forkedFrom !== null) return [];
      const at = Date.parse(endedAt);
      return [{ at: at / 1_000, ms: at - Date.parse(createdAt), version: workflowVersion ?? "made elsewhere" }];
    })
    .sort((one, other) => one.at - other.at);
  const versions = [...new Set(points.map(({ version }) => version))].reverse();
  const ofVersion = versions.map((wanted) => points.map(({ ms, version }) => (version === wanted ? ms : null)));
  return { data: [points.map(({ at }) => at), ...ofVersion], versions, count: points.length };
}
