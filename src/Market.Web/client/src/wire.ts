// The wire as Market.Contracts writes it: prices, quantities and sats are decimal strings, times RFC 3339.
export type Side = 'buy' | 'sell';
export type ChainName = 'sharechain' | 'mainchain';
export type Interval = 'tenSeconds' | 'minute' | 'fiveMinutes' | 'hour' | 'day';
export type Outcome = 'moving' | 'settled' | 'refunded' | 'expired' | 'faulted';

export interface Level {
  price: string;
  quantity: string;
  orders: number;
}
export interface BookMessage {
  instrument: string;
  sequence: number;
  time: string;
  bids: Level[];
  asks: Level[];
  checksum: number;
}
/** What was said of a share's worth when a trade was made; never rewritten. */
export interface Valuation {
  id: string;
  time: string;
  faceValue: number;
  dTime: number;
  modelPrice: number;
  fppsWorth?: number;
  horizonYears: number;
  rate: number;
  uncertainty: number;
}
export interface Trade {
  id: string;
  instrument: string;
  price: string;
  quantity: string;
  notional: string;
  takerSide: Side;
  swapId: string;
  time: string;
  /** Only final trades count in price, candles and volume. */
  status: 'pending' | 'final' | 'withdrawn';
  statusAt?: string;
  valuation?: Valuation;
  overFpps?: number;
  d?: number;
}
export interface Candle {
  instrument: string;
  interval: Interval;
  start: string;
  open: string;
  high: string;
  low: string;
  close: string;
  volume: string;
  quoteVolume: string;
  trades: number;
  valuation?: Valuation;
  overFpps?: number;
  d?: number;
}
export interface Ticker {
  instrument: string;
  time: string;
  last?: string;
  bid?: string;
  ask?: string;
  since?: string;
  change?: number;
  high?: string;
  low?: string;
  volume: string;
  quoteVolume: string;
  trades: number;
  d?: number;
  dTime?: number;
  dParams?: number;
}
export interface Discount {
  instrument: string;
  time: string;
  price?: string;
  overFpps?: number;
  fppsWorth?: number;
  fppsPrice?: number;
  faceValue: number;
  presentValue: number;
  d?: number;
  dError?: number;
  dTime: number;
  dParams?: number;
  riskPremium?: number;
  modelPrice: number;
  ownerPrice?: number;
  impliedYield?: number;
  impliedYieldError?: number;
  impliedHashrate?: number;
  uncertainty: number;
  model: {
    dParams: number;
    fee: number;
    orphan: number;
    latency: number;
    grinding: number;
    grindingMargin?: number;
    variance: number;
    variation?: number;
    topBuyer?: number;
  };
  inputs: {
    rate: number;
    horizonYears: number;
    horizonBlocks: number;
    poolHashrate: number;
    poolPart: number;
    holderPart?: number;
    window?: { aged: number; lifeSeconds: number };
  };
}
/** What the analytics page draws: times in seconds, a value and its error for each. */
export interface ReadingChart {
  kind: 'factor' | 'sats' | 'part' | 'hashrate' | 'count' | 'span';
  label: string;
  times: number[];
  lines: DrawnLine[];
}
export interface DrawnLine {
  name: string;
  line: { tint: string; dash: 'solid' | 'dashed' | 'dotted' | 'long'; width: number };
  values: (number | null)[];
  errors: (number | null)[];
}
export interface ChainTip {
  chain: ChainName;
  height: number;
  id: string;
  time: string;
  hashrate: number;
  targetSpacing: number;
  live: boolean;
  trouble?: string;
  reorganised?: number;
}
export interface ChainTips {
  sharechain: ChainTip;
  mainchain: ChainTip;
}
export interface ComponentStatus {
  name: string;
  instrument?: string;
  health: 'live' | 'lagging' | 'down';
  detail: string;
}
export interface ServerStatus {
  components: ComponentStatus[];
  swapsMoving: number;
}
export interface SwapSummary {
  id: string;
  instrument: string;
  state: string;
  label: string;
  outcome: Outcome;
  price: string;
  quantity: string;
  notional: string;
  createdAt: string;
  updatedAt: string;
  actor: string;
  deadline?: { time: string; chain: ChainName; estimatedHeight: number };
  earliest?: { time: string; chain: ChainName; estimatedHeight: number };
  stepsDone: number;
  stepsTotal: number;
  sentence: string;
  version: number;
}
export interface WatchedOrder {
  id: string;
  side: Side;
  price: string;
  quantity: string;
  remaining: string;
  status: 'open' | 'settling';
  createdAt: string;
}
export interface SwapCounts {
  moving: number;
  settled: number;
  failed: number;
  failedByNobody: number;
  sides: { side: 'seller' | 'buyer'; failedAsMaker: number; failedAsTaker: number }[];
}
export interface WatchedAccount {
  standing: string;
  key: string;
  orders: WatchedOrder[];
  swaps: { role: 'seller' | 'buyer'; swap: SwapSummary }[];
}
/** Memory-hard work as GET /api/v1/standing/ticket gives it. */
export interface TicketTask {
  host: string;
  memory: { seed: string; memoryKiB: number; passes: number; lanes: number };
}
export interface TicketTaken {
  credits: number;
}
export interface Problem {
  code: string;
  title: string;
  detail?: string;
  retryAt?: string;
}
export interface StreamEvent {
  channel: string;
  type: 'snapshot' | 'delta' | 'update' | 'refused';
  sequence: number;
  time: string;
  data?: unknown;
}
export interface TradeState {
  instrument: {
    id: string;
    rules: { tickSize: string; lotSize: string; minQuantity: string };
    series?: { number: number };
  };
  book: BookMessage;
  trades: Trade[];
  interval: Interval;
  candles: Candle[];
  ticker: Ticker;
  discount?: Discount;
  chains: ChainTips;
  swaps: SwapSummary[];
}
