// Candles and the discount of their closes as it was said then, drawn by lightweight-charts in the page's colours.
import {
  CandlestickSeries,
  ColorType,
  createChart,
  CrosshairMode,
  HistogramSeries,
  LineSeries,
  LineStyle,
  type IChartApi,
  type ISeriesApi,
  type UTCTimestamp,
} from 'lightweight-charts';
import { make } from './dom';
import { money } from './money';
import { whole } from './units';
import type { Candle, Valuation } from './wire';
import { errorText, factorText } from './worth';

const seconds = (iso: string): UTCTimestamp => Math.floor(Date.parse(iso) / 1000) as UTCTimestamp;
export const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const price = (value: number): string => money(Math.round(value));

export function chartIn(box: HTMLElement, format: (value: number) => string, label: string): IChartApi {
  box.replaceChildren();
  box.setAttribute('role', 'img');
  box.setAttribute('aria-label', label);
  const chart = createChart(box, {
    autoSize: true,
    layout: { attributionLogo: false, fontSize: 11, fontFamily: colour('--mono') },
    localization: { priceFormatter: format, locale: 'en-GB' },
    crosshair: { mode: CrosshairMode.Normal },
    rightPriceScale: { borderVisible: false, minimumWidth: 72 },
    timeScale: {
      borderVisible: false,
      timeVisible: true,
      secondsVisible: true,
      rightOffset: 3,
      barSpacing: 8,
      minBarSpacing: 2,
    },
    handleScroll: { vertTouchDrag: false },
  });
  const paint = (): void =>
    chart.applyOptions({
      layout: { background: { type: ColorType.Solid, color: colour('--panel') }, textColor: colour('--muted') },
      grid: { vertLines: { color: colour('--line') }, horzLines: { color: colour('--line') } },
      crosshair: {
        vertLine: { color: colour('--line-strong'), labelBackgroundColor: colour('--line-strong') },
        horzLine: { color: colour('--line-strong'), labelBackgroundColor: colour('--line-strong') },
      },
    });
  paint();
  addEventListener('themechange', paint);
  return chart;
}

export class CandleChart {
  private readonly chart: IChartApi;
  private readonly series: ISeriesApi<'Candlestick'>;
  private readonly volume: ISeriesApi<'Histogram'>;
  private last = 0;

  constructor(box: HTMLElement) {
    this.chart = chartIn(
      box,
      price,
      'Candles of the price of a share; the trades below list the same as numbers',
    );
    const paint = {
      upColor: colour('--buy'),
      downColor: colour('--sell'),
      wickUpColor: colour('--buy'),
      wickDownColor: colour('--sell'),
      borderVisible: false,
    };
    this.series = this.chart.addSeries(CandlestickSeries, {
      ...paint,
      priceFormat: { type: 'custom', formatter: price, minMove: 1 },
    });
    this.volume = this.chart.addSeries(HistogramSeries, {
      priceScaleId: 'volume',
      priceLineVisible: false,
      lastValueVisible: false,
      priceFormat: { type: 'custom', formatter: (v: number) => v.toFixed(4), minMove: 0.0001 },
    });
    this.chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.85, bottom: 0 } });
    this.series.priceScale().applyOptions({ scaleMargins: { top: 0.1, bottom: 0.2 } });
    addEventListener('unitschange', () => this.rewrite());
  }

  reset(candles: readonly Candle[], withSeconds: boolean): void {
    this.chart.timeScale().applyOptions({ secondsVisible: withSeconds });
    this.series.setData(candles.map(bar));
    this.volume.setData(candles.map(volumeBar));
    this.last = candles.length > 0 ? seconds(candles[candles.length - 1]!.start) : 0;
    this.chart.timeScale().scrollToRealTime();
  }

  /** The axis in another unit: a formatter that is the same changes nothing. */
  private rewrite(): void {
    const priceFormatter = (value: number): string => price(value);
    this.chart.applyOptions({ localization: { priceFormatter } });
    this.series.applyOptions({ priceFormat: { type: 'custom', formatter: priceFormatter, minMove: 1 } });
  }

  /** The newest candle, or one after it; older ones change with a reset. */
  update(candle: Candle): void {
    const time = seconds(candle.start);
    if (time < this.last) return;
    this.last = time;
    this.series.update(bar(candle));
    this.volume.update(volumeBar(candle));
  }
}

const bar = (c: Candle) => ({
  time: seconds(c.start),
  open: Number(c.open),
  high: Number(c.high),
  low: Number(c.low),
  close: Number(c.close),
});
const volumeBar = (c: Candle) => ({
  time: seconds(c.start),
  value: Number(c.volume) / 1e8,
  color: Number(c.close) >= Number(c.open) ? colour('--buy-tint') : colour('--sell-tint'),
});

/** The part of an FPPS pool's pay that it keeps. */
const FPPS_FEE = 0.03;

/** d of each close with model, time factor and pool line, every one at the face value that was said then: what is said now
 * rewrites nothing. Candles of which nothing was said are gaps. */
export class DiscountChart {
  private readonly chart: IChartApi;
  private readonly lines: { series: ISeriesApi<'Line'>; tint: string; of: (c: Candle, v: Valuation) => number | undefined }[];
  private readonly last = make('span', { class: 'k-d' });
  private readonly unknown = make('span');
  /** The newest relative error: what the axis says has no more digits than it allows. */
  private uncertainty: number | undefined;

  constructor(box: HTMLElement) {
    this.chart = chartIn(
      box,
      v => this.written(v),
      'Discount d of each close at the face value that was said then, beside its time factor, the model with its error and ' +
        'a full-pay-per-share pool; the table beside it lists what is said now',
    );
    const model = (v: Valuation): number => v.modelPrice / v.faceValue;
    this.lines = [
      this.line('--muted', 1, LineStyle.Dotted, (_, v) => v.dTime),
      this.line('--accent', 1, LineStyle.SparseDotted, (_, v) => model(v) * (1 + v.uncertainty)),
      this.line('--accent', 1, LineStyle.SparseDotted, (_, v) => model(v) * (1 - v.uncertainty)),
      this.line('--accent', 1, LineStyle.Solid, (_, v) => model(v)),
      this.line('--sell', 1, LineStyle.Dashed, (_, v) =>
        v.fppsWorth === undefined ? undefined : (v.fppsWorth * (1 - FPPS_FEE)) / v.faceValue,
      ),
      this.line('--text', 2, LineStyle.Solid, c => c.d),
    ];
    box.append(
      make(
        'p',
        { class: 'legend' },
        this.last,
        key('k-time', 'time factor'),
        key('k-model', 'model \u00b1 standard error'),
        key('k-fpps', 'full-pay-per-share pool'),
        this.unknown,
      ),
    );
  }

  reset(candles: readonly Candle[]): void {
    for (const { series, tint, of } of this.lines) {
      series.applyOptions({ color: colour(tint) });
      series.setData(
        candles.map(c => {
          const value = c.valuation === undefined || c.valuation.faceValue <= 0 ? undefined : of(c, c.valuation);
          return value === undefined ? { time: seconds(c.start) } : { time: seconds(c.start), value };
        }),
      );
    }
    const close = candles.at(-1);
    this.uncertainty = candles.filter(c => c.valuation !== undefined).at(-1)?.valuation?.uncertainty;
    const error = close?.d === undefined ? undefined : close.d * (close.valuation?.uncertainty ?? 0);
    this.last.replaceChildren(
      make('i'),
      `d of each close at the face value said then, the last ${factorText(close?.d, error)} ${errorText(error)}`.trimEnd(),
    );
    const gaps = candles.filter(c => c.d === undefined).length;
    this.unknown.textContent = gaps === 0 ? '' : `${whole(gaps)} of ${whole(candles.length)} candles: face value unknown`;
    this.chart.timeScale().scrollToRealTime();
  }

  private written(d: number): string {
    return factorText(d, this.uncertainty === undefined ? undefined : Math.abs(d) * this.uncertainty);
  }

  private line(
    tint: string,
    lineWidth: 1 | 2,
    lineStyle: LineStyle,
    of: (c: Candle, v: Valuation) => number | undefined,
  ): (typeof this.lines)[number] {
    const series = this.chart.addSeries(LineSeries, {
      lineWidth,
      lineStyle,
      priceLineVisible: false,
      lastValueVisible: lineWidth === 2,
      priceFormat: { type: 'custom', formatter: (v: number) => this.written(v), minMove: 0.001 },
    });
    series.priceScale().applyOptions({ scaleMargins: { top: 0.2, bottom: 0.1 } });
    return { series, tint, of };
  }
}

const key = (name: string, text: string): HTMLElement => make('span', { class: name }, make('i'), text);
