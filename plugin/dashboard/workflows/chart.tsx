import { type ReactElement, useEffect, useRef } from "react";
import uPlot, { type AlignedData, type Options } from "uplot";
import "uplot/dist/uPlot.min.css";

/** Top, right, bottom, left: half a number above, half a date beside. */
const PADDING: [number, number, number, number] = [10, 24, 0, 0];

interface ChartProps {
  data: AlignedData;
  getOptions: (colour: (name: string) => string) => Omit<Options, "width" | "height">;
  summary: string;
  height?: number;
}

/** A chart as wide as its place, in the colours of the theme. What it shows is said in words, too. */
export function Chart({ data, getOptions, summary, height = 190 }: ChartProps): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    let plot: uPlot | undefined;
    const draw = (): void => {
      plot?.destroy();
      const style = getComputedStyle(element);
      const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
      plot = new uPlot(
        { padding: PADDING, ...getOptions(colour), width: Math.max(160, element.clientWidth), height },
        data,
        element,
      );
    };
    draw();
    const resized = new ResizeObserver(() => plot?.setSize({ width: Math.max(160, element.clientWidth), height }));
    resized.observe(element);
    const theme = window.matchMedia("(prefers-color-scheme: dark)");
    theme.addEventListener("change", draw);
    return () => {
      resized.disconnect();
      theme.removeEventListener("change", draw);
      plot?.destroy();
    };
  }, [data, getOptions, height]);
  return <div ref={box} className="chart" role="img" aria-label={summary} style={{ minHeight: height }} />;
}

const DAY_S = 86_400;
/** Between the numbers of an axis and what it measures. */
const AXIS_GAP = 8;

/** Axes that look as the rest of the page does; dates and times are in the reader's language. */
export function createAxes(
  colour: (name: string) => string,
  values: { text: (value: number) => string; steps: readonly number[] },
): uPlot.Axis[] {
  const base = {
    stroke: colour("ink-3"),
    font: `11px ${colour("font")}`,
    gap: AXIS_GAP,
    ticks: { show: false },
  };
  return [
    {
      ...base,
      grid: { show: false },
      size: 28,
      space: 76,
      values: (_plot, at, _axis, _space, step) => dates(at, step),
    },
    {
      ...base,
      grid: { stroke: colour("line"), width: 1 },
      size: measureWidest,
      space: 32,
      incrs: [...values.steps],
      values: (_plot, splits) => splits.map(values.text),
    },
  ];
}

/** As wide as the widest number, so that none is cut off and no room is lost. */
function measureWidest(plot: uPlot, texts: string[] | null, index: number): number {
  const font = plot.axes[index]?.font?.[0];
  if (texts === null || typeof font !== "string") return AXIS_GAP;
  plot.ctx.font = font;
  const widest = Math.max(0, ...texts.map((text) => plot.ctx.measureText(text).width / devicePixelRatio));
  return Math.ceil(widest) + AXIS_GAP + 2;
}

function dates(atS: readonly number[], stepS: number): string[] {
  const format: Intl.DateTimeFormatOptions =
    stepS < 28 * DAY_S ? { day: "numeric", month: "short" } : { month: "short", year: "numeric" };
  return atS.map((at) => {
    const date = new Date(at * 1_000);
    const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
    return stepS < DAY_S && !isMidnight
      ? date.toLocaleTimeString(undefined, { hour: "numeric", minute: "2-digit" })
      : date.toLocaleDateString(undefined, format);
  });
}
