import { type ReactElement, useEffect, useRef } from "react";
import uPlot, { type AlignedData, type Options } from "uplot";
import "uplot/dist/uPlot.min.css";

/** A chart as wide as its place, in the colours of the theme. What it shows is said in words, too. */
export function Chart({
  data,
  optionsOf,
  summary,
  height = 190,
}: {
  data: AlignedData;
  optionsOf: (colour: (name: string) => string) => Omit<Options, "width" | "height">;
  summary: string;
  height?: number;
}): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    let plot: uPlot | undefined;
    const draw = (): void => {
      plot?.destroy();
      const style = getComputedStyle(element);
      const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
      plot = new uPlot({ ...optionsOf(colour), width: Math.max(160, element.clientWidth), height }, data, element);
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
  }, [data, optionsOf, height]);
  return <div ref={box} className="chart" role="img" aria-label={summary} style={{ minHeight: height }} />;
}

/** Axes that look as the rest of the page does. */
export function axesOf(
  colour: (name: string) => string,
  values: { text: (value: number) => string; steps?: number[] },
): uPlot.Axis[] {
  const look = {
    stroke: colour("ink-3"),
    font: `11px ${colour("font")}`,
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
  };
  return [
    { ...look, grid: { show: false }, space: 64 },
    {
      ...look,
      size: 54,
      values: (_plot, splits) => splits.map(values.text),
      ...(values.steps === undefined ? {} : { incrs: values.steps }),
    },
  ];
}
