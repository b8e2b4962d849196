/**
 * `<console-chart>`: sessions over time, drawn by uPlot. This module is a chunk of its own, which only the overview loads. The chart can be read
 * with the keyboard, and the screen has the same numbers as a table.
 */
import { html, nothing, type PropertyDeclarations, type PropertyValues, svg, type TemplateResult } from 'lit';
import uPlot, { type AlignedData, type Options } from 'uplot';
import { formatNumber } from '../../language.ts';
import { LightElement } from '../../light-element.ts';
import { momentOf, showsUtc } from '../../parts/time.ts';

export interface ChartSeries {
  readonly label: string;
  readonly values: readonly number[];
  /** A custom property of the style sheet, such as `--good`. */
  readonly colour: string;
  /** Filled down to the axis. */
  readonly area?: boolean;
  /** In pixels. Dashes distinguish the line without its colour. */
  readonly dash?: readonly number[];
}

const HEIGHT = 168;

class Chart extends LightElement {
  static override readonly properties: PropertyDeclarations = {
    label: {},
    help: {},
    linkLabel: {},
    times: { attribute: false },
    series: { attribute: false },
    hrefOf: { attribute: false },
    bucketSeconds: { attribute: false },
    shown: { state: true },
  };

  /** What the chart shows, for screen readers. */
  declare label: string;
  declare help: string;
  declare linkLabel: string;
  /** The beginning of each bucket, ISO 8601. */
  declare times: readonly string[];
  declare series: readonly ChartSeries[];
  /** The sessions of a bucket. */
  declare hrefOf: (bucket: number) => string;
  declare bucketSeconds: number;
  /** The bucket whose numbers are shown beside the chart. */
  declare private shown: number | undefined;

  #plot: uPlot | undefined;
  readonly #resized = new ResizeObserver(() => this.#plot?.setSize({ width: this.clientWidth, height: HEIGHT }));
  readonly #dark = matchMedia('(prefers-color-scheme: dark)');
  readonly #draw = () => this.#plotAgain();

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
    this.#dark.addEventListener('change', this.#draw);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    this.#dark.removeEventListener('change', this.#draw);
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('times') || changed.has('series')) this.#plotAgain();
  }

  #plotAgain(): void {
    this.#plot?.destroy();
    const place = this.querySelector<HTMLElement>('.plot');
    if (!place || this.times.length === 0) return;
    const times = this.times.map((time) => Date.parse(time) / 1000);
    const data: AlignedData = [times, ...this.series.map(({ values }) => [...values])];
    this.#plot = new uPlot(this.#options(), data, place);
  }

  #options(): Options {
    const style = getComputedStyle(this);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const font = `11px ${style.fontFamily}`;
    const axis = { stroke: colour('--soft'), font, ticks: { show: false } };
    const grid = { stroke: colour('--line'), width: 1 };
    return {
      width: this.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      ...(showsUtc() && { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') }),
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
      scales: { y: { range: (_plot, _low, high) => [0, Math.max(4, high * 1.08)] } },
      axes: [
        { ...axis, grid: { show: false }, size: 26, space: 64, values: axisTimes },
        {
          ...axis,
          grid,
          size: 44,
          space: 36,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5, 1e6],
          values: (_plot, values) => values.map((value) => formatNumber(value, { notation: 'compact' })),
        },
      ],
      series: [
        {},
        ...this.series.map(({ label, colour: name, area, dash }) => ({
          label,
          stroke: colour(name),
          width: area ? 1 : 1.75,
          points: { show: this.times.length < 3 },
          ...(area && { fill: colour('--hover') }),
          ...(dash && { dash: [...dash] }),
        })),
      ],
      hooks: {
        setCursor: [
          ({ cursor: { idx } }) => {
            this.shown = idx ?? undefined;
          },
        ],
      },
    };
  }

  readonly #moveByKey = (event: KeyboardEvent): void => {
    const last = this.times.length - 1;
    const at = this.shown ?? last + 1;
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (event.key === 'Enter' && this.shown !== undefined) this.querySelector<HTMLAnchorElement>('.readout a')?.click();
    if (next === undefined) return;
    event.preventDefault();
    const bucket = Math.min(last, Math.max(0, next));
    const left = this.#plot?.valToPos(Date.parse(this.times[bucket] ?? '') / 1000, 'x') ?? 0;
    this.#plot?.setCursor({ left, top: 0 });
    this.shown = bucket;
  };

  protected override render(): TemplateResult {
    return html`<div class="plot" role="group" tabindex="0" aria-label="${this.label}. ${this.help}" @keydown=${this.#moveByKey}></div>
      <div class="readout" aria-live="polite">${this.shown === undefined ? this.#legend() : this.#numbers(this.shown)}</div>`;
  }

  #legend(): TemplateResult {
    return html`${this.series.map((series) => html`<span>${sample(series)}${series.label}</span>`)}`;
  }

  #numbers(bucket: number): TemplateResult {
    const at = this.times[bucket];
    return html`<b class="value">${at === undefined ? nothing : momentOf(at, this.bucketSeconds)}</b>
      ${this.series.map((series) => html`<span>${sample(series)}${series.label} <b class="value">${formatNumber(series.values[bucket] ?? 0)}</b></span>`)}
      <a href=${this.hrefOf(bucket)} tabindex="-1">${this.linkLabel}</a>`;
  }
}
customElements.define('console-chart', Chart);

/** A piece of the line, as the chart draws it. */
function sample({ colour, area, dash }: ChartSeries): TemplateResult {
  const name = colour.replace('--', '');
  return html`<svg class="sample ${name}" viewBox="0 0 16 8" width="16" height="8" aria-hidden="true">
    ${area ? svg`<rect width="16" height="8" />` : nothing}<line x1="0" x2="16" y1=${area ? 0.5 : 4} y2=${area ? 0.5 : 4} stroke-dasharray=${dash?.join(' ') ?? 'none'} />
  </svg>`;
}

/** Hours within a day, else days. */
function axisTimes(_plot: uPlot, seconds: number[], _axis: number, _space: number, increment: number): string[] {
  return seconds.map((each) => momentOf(new Date(each * 1000).toISOString(), increment >= 86_400 ? 86_400 : 1));
}
