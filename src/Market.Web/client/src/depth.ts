// Depth: how much stands between the best price and each further one, as two stepped areas.
import type { Book, Held } from './book';
import { coalesced, drawn } from './dom';
import { money, unitName } from './money';
import { column } from './units';

const BOTTOM = 24;

interface Point {
  price: number;
  units: bigint;
}

export class DepthChart {
  readonly draw = coalesced(() => this.render());
  private pointer: number | null = null;

  constructor(
    private readonly box: HTMLElement,
    private readonly book: Book,
  ) {
    new ResizeObserver(this.draw).observe(box);
    addEventListener('unitschange', this.draw);
    box.addEventListener('pointermove', event => {
      this.pointer = event.offsetX;
      this.draw();
    });
    box.addEventListener('pointerleave', () => {
      this.pointer = null;
      this.draw();
    });
  }

  private render(): void {
    const width = this.box.clientWidth;
    const height = this.box.clientHeight;
    if (width < 50 || height < 50) return;
    const bids = sums(this.book.bids);
    const asks = sums(this.book.asks);
    const svg = drawn('svg', {
      class: 'depth-svg',
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-label': label(bids, asks),
    });
    const best = [bids[0]?.price, asks[0]?.price].filter(p => p !== undefined);
    if (best.length === 0) {
      svg.append(
        drawn(
          'text',
          { x: width / 2, y: height / 2, 'text-anchor': 'middle', class: 'lab' },
          'No orders yet: there is no depth to draw.',
        ),
      );
      this.box.replaceChildren(svg);
      return;
    }
    const middle = best.reduce((a, b) => a + b, 0) / best.length;
    const reach =
      Math.max(1, middle - (bids.at(-1)?.price ?? middle), (asks.at(-1)?.price ?? middle) - middle) * 1.04;
    const most = [bids.at(-1)?.units ?? 0n, asks.at(-1)?.units ?? 0n].reduce((a, b) => (a > b ? a : b));
    const x = (price: number): number => ((price - middle + reach) / (2 * reach)) * width;
    const y = (units: bigint): number =>
      height - BOTTOM - (Number((units * 1000n) / (most || 1n)) / 1000) * (height - BOTTOM - 40);
    for (let i = 1; i <= 4; i++) {
      const part = (most * BigInt(i)) / 4n;
      svg.append(
        drawn('line', { class: 'axis', x1: 0, x2: width, y1: y(part), y2: y(part) }),
        drawn('text', { x: width - 6, y: y(part) - 4, 'text-anchor': 'end' }, column(part)),
      );
    }
    const steps = Math.max(2, Math.floor(width / 130));
    for (let i = 1; i < steps; i++) {
      const at = middle - reach + (2 * reach * i) / steps;
      svg.append(drawn('text', { x: x(at), y: height - 7, 'text-anchor': 'middle' }, money(Math.round(at))));
    }
    svg.append(
      drawn('path', { class: 'area-bid', d: area(bids, x, y, 0, height - BOTTOM) }),
      drawn('path', { class: 'area-ask', d: area(asks, x, y, width, height - BOTTOM) }),
      drawn('line', { class: 'mid', x1: x(middle), x2: x(middle), y1: 28, y2: height - BOTTOM }),
      drawn('text', { x: 8, y: 18, class: 'lab lab-bid' }, '■ buy orders'),
      drawn(
        'text',
        { x: width - 8, y: 18, 'text-anchor': 'end', class: 'lab lab-ask' },
        'sell orders ■ (shares in sum)',
      ),
    );
    if (this.pointer !== null) this.read(svg, this.pointer, width, height, middle, reach, bids, asks);
    this.box.replaceChildren(svg);
  }

  private read(
    svg: SVGElement,
    at: number,
    width: number,
    height: number,
    middle: number,
    reach: number,
    bids: Point[],
    asks: Point[],
  ): void {
    const price = middle - reach + (at / width) * 2 * reach;
    const side = price < middle ? bids.filter(p => p.price >= price) : asks.filter(p => p.price <= price);
    const units = side.at(-1)?.units ?? 0n;
    svg.append(
      drawn('line', { class: 'cross', x1: at, x2: at, y1: 28, y2: height - BOTTOM }),
      drawn(
        'text',
        { class: 'read', x: Math.min(Math.max(at, 120), width - 120), y: 36, 'text-anchor': 'middle' },
        `${column(units)} shares to ${money(Math.round(price))} ${unitName()}`,
      ),
    );
  }
}

function sums(levels: readonly Held[]): Point[] {
  let units = 0n;
  return levels.slice(0, 200).map(l => ({ price: Number(l.price), units: (units += l.units) }));
}

function area(
  points: Point[],
  x: (p: number) => number,
  y: (u: bigint) => number,
  edge: number,
  floor: number,
): string {
  if (points.length === 0) return '';
  let d = `M${x(points[0]!.price).toFixed(1)} ${floor}`;
  for (const [i, p] of points.entries()) {
    d += `V${y(p.units).toFixed(1)}`;
    const next = points[i + 1];
    d += `H${(next === undefined ? edge : x(next.price)).toFixed(1)}`;
  }
  return `${d}V${floor}Z`;
}

function label(bids: Point[], asks: Point[]): string {
  const sum = (points: Point[]): string => column(points.at(-1)?.units ?? 0n);
  return `Depth of the book: ${sum(bids)} shares bid for, ${sum(asks)} shares offered`;
}
