// The analytics page: draws the readings that the table beside the chart lists. The server chooses and writes them; what is drawn
// follows what it renders anew.
import './site';
import { chartIn, colour } from './charts';
import { find, make } from './dom';
import { LineSeries, LineStyle, type IChartApi, type ISeriesApi, type UTCTimestamp } from 'lightweight-charts';
import { span, whole } from './units';
import type { DrawnLine, ReadingChart } from './wire';
import { amount, errorText, factorText, part, rateText } from './worth';

const STYLES = {
  solid: LineStyle.Solid,
  dashed: LineStyle.Dashed,
  dotted: LineStyle.Dotted,
  long: LineStyle.LargeDashed,
} as const;

interface Drawn {
  series: ISeriesApi<'Line'>;
  tint: string;
}

/** A figure as its kind is written, with no more digits than its error allows. */
function written(kind: ReadingChart['kind'], value: number, error: number | undefined): string {
  const relative = error === undefined || value === 0 ? undefined : Math.abs(error / value);
  switch (kind) {
    case 'factor':
      return factorText(value, error);
    case 'sats':
      return amount(value, relative);
    case 'part':
      return part(value, error);
    case 'hashrate':
      return rateText(value, relative);
    case 'span':
      return span(value * 1000);
    default:
      return whole(Math.round(value));
  }
}

class ReadingsChart {
  private readonly chart: IChartApi;
  private readonly keys = make('ul', { class: 'keys-of-lines' });
  private drawn: Drawn[] = [];
  private said = '';

  constructor(
    private readonly box: HTMLElement,
    private data: ReadingChart,
  ) {
    const room = make('div', { class: 'readings-chart' });
    box.replaceChildren(room, this.keys);
    this.chart = chartIn(room, v => this.onAxis(v), data.label);
    this.chart.timeScale().applyOptions({ secondsVisible: false, rightOffset: 1 });
    addEventListener('themechange', () => this.paint());
    addEventListener('unitschange', () => this.again());
  }

  /** Draws a page's readings, where they are others than those drawn. */
  show(text: string): void {
    if (text === this.said) return;
    this.said = text;
    this.data = JSON.parse(text) as ReadingChart;
    this.box.firstElementChild?.setAttribute('aria-label', this.data.label);
    for (const { series } of this.drawn) this.chart.removeSeries(series);
    this.drawn = this.data.lines.flatMap(line => this.draw(line));
    this.keys.replaceChildren(...this.data.lines.map(line => this.key(line)));
    this.paint();
    this.chart.timeScale().fitContent();
  }

  /** What is drawn, in another unit. */
  private again(): void {
    const text = this.said;
    this.said = '';
    this.chart.applyOptions({ localization: { priceFormatter: (value: number) => this.onAxis(value) } });
    this.show(text);
  }

  private draw(line: DrawnLine): Drawn[] {
    const { tint, dash, width } = line.line;
    const one = (shift: -1 | 0 | 1): Drawn => {
      const series = this.chart.addSeries(LineSeries, {
        lineWidth: shift === 0 ? (width === 2 ? 2 : 1) : 1,
        lineStyle: shift === 0 ? STYLES[dash] : LineStyle.SparseDotted,
        priceLineVisible: false,
        lastValueVisible: shift === 0 && line === this.data.lines[0],
        crosshairMarkerVisible: shift === 0,
        priceFormat: { type: 'custom', formatter: (v: number) => this.onAxis(v), minMove: 1e-6 },
      });
      series.setData(
        this.data.times.map((at, i) => {
          const time = at as UTCTimestamp;
          const value = line.values[i] ?? undefined;
          const error = line.errors[i] ?? undefined;
          if (value === undefined) return { time };
          if (shift === 0) return { time, value };
          return error === undefined ? { time } : { time, value: value + shift * error };
        }),
      );
      series.priceScale().applyOptions({ scaleMargins: { top: 0.1, bottom: 0.1 } });
      return { series, tint };
    };
    return line.errors.some(error => error !== null && error > 0) ? [one(-1), one(1), one(0)] : [one(0)];
  }

  private key(line: DrawnLine): HTMLElement {
    const { tint, dash, width } = line.line;
    const last = line.values.at(-1) ?? undefined;
    const error = line.errors.at(-1) ?? undefined;
    const relative = this.data.kind === 'factor' || this.data.kind === 'part' ? error : error && last && error / last;
    const text = last === undefined ? '' : `${written(this.data.kind, last, error)} ${errorText(relative)}`.trimEnd();
    return make(
      'li',
      {},
      make('i', { class: `line-${dash} line-${width} tint-${tint}` }),
      `${line.name} `,
      make('span', { class: 'num' }, text),
    );
  }

  /** What the axis says has no more digits than the error of the first line's newest value allows. */
  private onAxis(value: number): string {
    const first = this.data.lines[0];
    let at = (first?.values.length ?? 0) - 1;
    while (at >= 0 && first?.values[at] === null) at--;
    const newest = first?.values[at] ?? undefined;
    const error = first?.errors[at] ?? undefined;
    const relative = newest && error ? Math.abs(error / newest) : undefined;
    return written(this.data.kind, value, relative === undefined ? undefined : Math.abs(value) * relative);
  }

  private paint(): void {
    for (const { series, tint } of this.drawn) series.applyOptions({ color: colour(`--${tint}`) });
  }
}

function follow(box: HTMLElement): void {
  let chart: ReadingsChart | null = null;
  const show = (): void => {
    const text = find('[data-readings]')?.textContent ?? '';
    box.hidden = text === '';
    if (text === '') return;
    chart ??= new ReadingsChart(box, JSON.parse(text) as ReadingChart);
    chart.show(text);
  };
  addEventListener('renewed', show);
  show();
}

const box = find('[data-chart-readings]');
if (box !== null) follow(box);
