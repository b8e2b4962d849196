/** The charts of docs/benchmarks.md, drawn by Apache ECharts on the server, as SVG. */
import {
  BarChart,
  type BarSeriesOption,
  LineChart,
  type LineSeriesOption,
  ScatterChart,
  type ScatterSeriesOption,
} from 'echarts/charts';
import {
  GridComponent,
  type GridComponentOption,
  MarkLineComponent,
  TitleComponent,
  type TitleComponentOption,
} from 'echarts/components';
import { type ComposeOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { LatencyMeasurement } from '../measurements/latency.ts';
import type { Measurement } from '../measurements/measurement.ts';
import { quantile } from '../statistics.ts';
import { figure } from './figures.ts';

use([BarChart, LineChart, ScatterChart, GridComponent, MarkLineComponent, TitleComponent, SVGRenderer]);

type Chart = ComposeOption<
  BarSeriesOption | LineSeriesOption | ScatterSeriesOption | GridComponentOption | TitleComponentOption
>;

const WIDTH = 760;
const FONT = { fontFamily: 'system-ui, sans-serif', color: '#1f2937' };
const BAR = '#1b4db1';
const DOT = '#d97706';

/** One bar for each side, with a dot for each round. */
export function drawSides(measurement: Measurement, title: string): string {
  const sides = measurement.sides.toReversed(); // the axis starts at the bottom
  const rounds = sides.flatMap(({ spread }, at) => spread.samples.map((value) => [value, at]));
  return draw(
    {
      title: { text: title, left: 8, top: 6, textStyle: { ...FONT, fontSize: 15 } },
      grid: { left: 250, right: 70, top: 44, bottom: 46 },
      xAxis: {
        type: 'value',
        name: sides[0]?.unit ?? '',
        nameLocation: 'middle',
        nameGap: 28,
        axisLabel: FONT,
        nameTextStyle: FONT,
      },
      yAxis: {
        type: 'category',
        data: sides.map(({ name }) => name),
        axisLabel: { ...FONT, width: 236, overflow: 'break' },
      },
      series: [
        {
          type: 'bar',
          data: sides.map(({ spread }) => Number(spread.median.toPrecision(4))),
          barMaxWidth: 22,
          itemStyle: { color: BAR },
          label: {
            show: true,
            position: 'insideLeft',
            color: '#ffffff',
            formatter: ({ value }: { value: unknown }) => figure(Number(value)),
          },
        },
        { type: 'scatter', data: rounds, symbolSize: 6, itemStyle: { color: DOT } },
      ],
    },
    90 + sides.length * 34,
  );
}

/** The share of the enrolments that finished within each time. */
export function drawLatency({ milliseconds, sides }: LatencyMeasurement): string {
  const shares = Array.from({ length: 200 }, (_, at) => (at + 1) / 200).filter((share) => share <= 0.995);
  const points = shares.map((share) => [
    Number(quantile(milliseconds, share).toFixed(1)),
    Number((share * 100).toFixed(1)),
  ]);
  const marked = sides.filter(({ unit }) => unit === 'ms');
  return draw(
    {
      title: {
        text: 'Whole enrolments at half load, from their arrival on',
        left: 8,
        top: 6,
        textStyle: { ...FONT, fontSize: 15 },
      },
      grid: { left: 70, right: 50, top: 52, bottom: 50 },
      xAxis: { type: 'value', name: 'ms', nameLocation: 'middle', nameGap: 28, axisLabel: FONT, nameTextStyle: FONT },
      yAxis: { type: 'value', name: '% done', max: 100, axisLabel: FONT, nameTextStyle: FONT },
      series: [
        {
          type: 'line',
          data: points,
          showSymbol: false,
          lineStyle: { color: BAR, width: 2 },
          markLine: {
            symbol: 'none',
            lineStyle: { color: DOT },
            label: { ...FONT, formatter: '{b}' },
            data: marked.map(({ name, spread }) => ({ name, xAxis: Number(spread.median.toFixed(1)) })),
          },
        },
      ],
    },
    320,
  );
}

function draw(option: Chart, height: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption({ animation: false, backgroundColor: '#ffffff', ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}
