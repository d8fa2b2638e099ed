// Candles and the discount of their closes, drawn by lightweight-charts in the page's colours.
import {
  CandlestickSeries,
  ColorType,
  createChart,
  CrosshairMode,
  HistogramSeries,
  LineSeries,
  LineStyle,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type UTCTimestamp,
} from 'lightweight-charts';
import { make } from './dom';
import { whole } from './units';
import type { Candle, Discount } from './wire';

const seconds = (iso: string): UTCTimestamp => Math.floor(Date.parse(iso) / 1000) as UTCTimestamp;
const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const price = (value: number): string => whole(Math.round(value));

function chartIn(box: HTMLElement, format: (value: number) => string, label: string): IChartApi {
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
      'Candles of the price in satoshis a share; the trades below list the same as numbers',
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
      priceFormat: { type: 'custom', formatter: (v: number) => `${v.toFixed(2)}`, minMove: 0.01 },
    });
    this.chart.priceScale('volume').applyOptions({ scaleMargins: { top: 0.85, bottom: 0 } });
    this.series.priceScale().applyOptions({ scaleMargins: { top: 0.1, bottom: 0.2 } });
  }

  reset(candles: readonly Candle[], withSeconds: boolean): void {
    this.chart.timeScale().applyOptions({ secondsVisible: withSeconds });
    this.series.setData(candles.map(bar));
    this.volume.setData(candles.map(volumeBar));
    this.last = candles.length > 0 ? seconds(candles[candles.length - 1]!.start) : 0;
    this.chart.timeScale().scrollToRealTime();
  }

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

export class DiscountChart {
  private readonly chart: IChartApi;
  private readonly series: ISeriesApi<'Line'>;
  private lines: IPriceLine[] = [];

  constructor(box: HTMLElement) {
    this.chart = chartIn(
      box,
      v => v.toFixed(3),
      'Discount d of each close at the face value of now, beside its time factor, the model and a ' +
        'full-pay-per-share pool',
    );
    this.series = this.chart.addSeries(LineSeries, {
      lineWidth: 2,
      priceFormat: { type: 'custom', formatter: (v: number) => v.toFixed(3), minMove: 0.001 },
      autoscaleInfoProvider: (
        original: () => { priceRange: { minValue: number; maxValue: number } | null } | null,
      ) => {
        const info = original();
        if (info === null || info.priceRange === null) return info;
        const marks = this.lines.map(l => l.options().price);
        return {
          ...info,
          priceRange: {
            minValue: Math.min(info.priceRange.minValue, ...marks),
            maxValue: Math.max(info.priceRange.maxValue, ...marks),
          },
        };
      },
    });
    this.series.priceScale().applyOptions({ scaleMargins: { top: 0.2, bottom: 0.1 } });
    box.append(
      make(
        'p',
        { class: 'legend', 'aria-hidden': 'true' },
        key('k-d', 'd of each close, at the face value of now'),
        key('k-time', 'time factor'),
        key('k-model', 'model ± standard error'),
        key('k-fpps', 'full-pay-per-share pool'),
      ),
    );
  }

  reset(candles: readonly Candle[], discount: Discount | undefined): void {
    if (discount === undefined || discount.faceValue <= 0) {
      this.series.setData([]);
      return;
    }
    const face = discount.faceValue;
    this.series.applyOptions({ color: colour('--text') });
    for (const line of this.lines) this.series.removePriceLine(line);
    const model = discount.modelPrice / face;
    const mark = (value: number, tint: string, style: LineStyle, title: string): IPriceLine =>
      this.series.createPriceLine({
        price: value,
        color: colour(tint),
        lineWidth: 1,
        lineStyle: style,
        axisLabelVisible: title !== '',
        title,
      });
    this.lines = [
      mark(discount.dTime, '--muted', LineStyle.Dotted, 'time'),
      mark(model, '--accent', LineStyle.Solid, 'model'),
      mark(model * (1 + discount.uncertainty), '--accent', LineStyle.SparseDotted, ''),
      mark(model * (1 - discount.uncertainty), '--accent', LineStyle.SparseDotted, ''),
      ...(discount.fppsPrice === undefined
        ? []
        : [mark(discount.fppsPrice / face, '--sell', LineStyle.Dashed, 'FPPS')]),
    ];
    this.series.setData(candles.map(c => ({ time: seconds(c.start), value: Number(c.close) / face })));
    this.chart.timeScale().scrollToRealTime();
  }
}

const key = (name: string, text: string): HTMLElement => make('span', { class: name }, make('i'), text);
