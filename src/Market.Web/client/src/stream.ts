// The live connection: one hub connection a page, channels subscribed again after every reconnect, and a note for the
// reader that says since when the figures are not live and what is being done about it.
import { HubConnection, HubConnectionBuilder, HubConnectionState, LogLevel } from '@microsoft/signalr';
import { announce, find, make, say } from './dom';
import { learn, now } from './time';
import { span } from './units';
import type { StreamEvent } from './wire';

type Handler = (event: StreamEvent) => void;

const LONGEST_WAIT = 30_000;
const NOTE_AFTER = 1_500;

export class Stream {
  private readonly connection: HubConnection;
  private readonly handlers = new Map<string, Handler>();
  private lostAt: number | null = null;
  private nextTry = 0;
  private attempt = 0;
  private timer = 0;
  private connecting = false;

  constructor(private readonly onState: (live: boolean) => void) {
    this.connection = new HubConnectionBuilder().withUrl('/hub/market').configureLogging(LogLevel.None).build();
    this.connection.serverTimeoutInMilliseconds = 30_000;
    this.connection.on('event', (event: StreamEvent) => {
      learn(event.time);
      // It cannot be told now: a snapshot comes as soon as it can be.
      if (event.type === 'refused') return;
      this.handlers.get(event.channel)?.(event);
    });
    this.connection.onclose(() => this.lost());
    addEventListener('online', () => this.tryNow());
  }

  /** Names what to listen to; before or after the start. */
  on(channel: string, handler: Handler): void {
    const fresh = !this.handlers.has(channel);
    this.handlers.set(channel, handler);
    if (fresh && this.connection.state === HubConnectionState.Connected) void this.call('Subscribe', [channel]);
  }

  off(channel: string): void {
    this.handlers.delete(channel);
    if (this.connection.state === HubConnectionState.Connected) void this.call('Unsubscribe', [channel]);
  }

  /** Asks for the channel's snapshot anew. */
  async again(channel: string): Promise<void> {
    await this.call('Unsubscribe', [channel]);
    await this.call('Subscribe', [channel]);
  }

  start(): void {
    void this.connect();
    setInterval(() => this.note(), 500);
  }

  private async connect(): Promise<void> {
    if (this.connecting) return;
    this.connecting = true;
    clearTimeout(this.timer);
    try {
      await this.connection.start();
      await this.connection.invoke('Subscribe', [...this.handlers.keys()]);
      const wasLost = this.lostAt !== null;
      this.lostAt = null;
      this.attempt = 0;
      this.onState(true);
      this.note();
      if (wasLost) announce('Live data is back.');
    } catch {
      if (this.connection.state === HubConnectionState.Connected) await this.connection.stop();
      this.lost();
    } finally {
      this.connecting = false;
    }
  }

  private lost(): void {
    this.lostAt ??= now();
    const wait = Math.min(LONGEST_WAIT, 500 * 2 ** this.attempt) * (0.75 + Math.random() / 2);
    this.attempt = Math.min(this.attempt + 1, 10);
    this.nextTry = now() + wait;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.connect(), wait);
  }

  private tryNow(): void {
    if (this.lostAt !== null) void this.connect();
  }

  private async call(method: string, channels: string[]): Promise<void> {
    try {
      await this.connection.invoke(method, channels);
    } catch {
      // The connection went down in between; reconnecting subscribes to everything again.
    }
  }

  private note(): void {
    const box = find('[data-stream-note]');
    if (box === null) return;
    if (this.lostAt === null) {
      box.hidden = true;
      return;
    }
    if (now() - this.lostAt < NOTE_AFTER) return;
    this.onState(false);
    if (box.hidden) {
      box.hidden = false;
      const retry = make('button', { type: 'button', class: 'button' }, 'Try now');
      retry.addEventListener('click', () => this.tryNow());
      box.replaceChildren(make('span', {}), make('span', { 'aria-hidden': 'true' }), retry);
      const since = new Date(this.lostAt).toISOString().slice(11, 19);
      say(
        box.children[0] ?? null,
        `Live data stopped at ${since} UTC. Figures are as of then. ` +
          'Running swaps are driven by their agents, with or without the market. ',
      );
    }
    const wait = this.nextTry - now();
    say(
      box.children[1] ?? null,
      `${span(now() - this.lostAt)} ago · trying again ` +
        (this.connecting || wait < 0 ? 'now' : `in ${span(wait + 999)}`),
    );
  }
}
