// The standing page: a memory-hard ticket is solved for the account that it shows, in a worker that is loaded when somebody
// asks for it. The page has no key: whoever hands in a solution gives, and takes nothing.
import './site';
import { coalesced, find, make, need, say } from './dom';
import { clock, short, whole } from './units';
import type { Puzzle, Told } from './ticket-worker';
import type { Problem, TicketTaken, TicketTask } from './wire';

const ROUTE = '/api/v1/standing/ticket';
// A seed is good for at least two of these: with a new one the work goes on, and no try is lost by it.
const LOOK_EVERY = 30_000;

interface Solution {
  seed: string;
  difficulty: number;
  nonce: string;
}

class Solver {
  private readonly account: string;
  private readonly script: string;
  private readonly size = need<HTMLSelectElement>('[data-solve-size]');
  private readonly start = need<HTMLButtonElement>('[data-solve-start]');
  private readonly stop = need<HTMLButtonElement>('[data-solve-stop]');
  private readonly again = need<HTMLButtonElement>('[data-solve-again]');
  private readonly progress = need('[data-solve-progress]');
  private readonly bar = need<HTMLProgressElement>('[data-solve-bar]');
  private readonly said = need('[data-solve-said]');
  private readonly draw = coalesced(() => this.show());
  private worker: Worker | null = null;
  private timer = 0;
  private seed = '';
  private difficulty = 0;
  /** Tries of workers before this one, which had an older seed. */
  private before = 0;
  private tries = 0;
  private began = 0;
  private solution: Solution | null = null;
  /** The solution was sent, and what became of it is not known. */
  private isUnsure = false;

  constructor(panel: HTMLElement) {
    this.account = panel.dataset['account'] ?? '';
    this.script = panel.dataset['worker'] ?? '';
    need<HTMLFormElement>('[data-solve-form]').addEventListener('submit', event => {
      event.preventDefault();
      void this.begin();
    });
    this.stop.addEventListener('click', () => {
      const tries = this.tries;
      this.end();
      this.start.focus();
      this.tell(`Stopped after ${counted(tries)}. Nothing is lost by it: each try has the same chance as the one before.`);
    });
    this.again.addEventListener('click', () => void this.handIn());
  }

  private async begin(): Promise<void> {
    if (this.worker !== null || this.start.disabled) return;
    this.difficulty = Number(this.size.value);
    this.before = 0;
    this.tries = 0;
    this.solution = null;
    this.isUnsure = false;
    this.again.hidden = true;
    this.start.disabled = this.size.disabled = true;
    this.tell('Asking for a ticket.');
    const task = await this.ask();
    if (task === null) {
      this.end();
      return;
    }
    this.began = performance.now();
    this.stop.hidden = this.progress.hidden = false;
    this.tell('Solving it. You may use other pages meanwhile; leave this one open.');
    this.work(task);
    this.timer = window.setInterval(() => void this.look(), LOOK_EVERY);
    this.draw();
  }

  private work(task: TicketTask): void {
    this.worker?.terminate();
    this.before = this.tries;
    this.seed = task.memory.seed;
    const worker = new Worker(this.script);
    worker.addEventListener('message', (event: MessageEvent<Told>) => {
      if (this.worker === worker) this.hear(event.data);
    });
    worker.addEventListener('error', event => {
      if (this.worker === worker) this.fail(event.message);
    });
    this.worker = worker;
    const { memoryKiB, passes, lanes } = task.memory;
    const puzzle: Puzzle = {
      account: this.account,
      host: task.host,
      seed: this.seed,
      difficulty: this.difficulty,
      memoryKiB,
      passes,
      lanes,
    };
    worker.postMessage(puzzle);
  }

  private hear(told: Told): void {
    if ('failed' in told) {
      this.fail(told.failed);
      return;
    }
    this.tries = this.before + told.tries;
    this.draw();
    if (told.nonce === undefined) return;
    this.solution = { seed: this.seed, difficulty: this.difficulty, nonce: told.nonce };
    void this.handIn();
  }

  private fail(why: string): void {
    this.end();
    this.tell(`This browser could not go on: ${why}. The program does the same: see below.`);
  }

  /** Goes on with the newest seed, where there is another. */
  private async look(): Promise<void> {
    const worker = this.worker;
    const task = await this.ask(true);
    if (task !== null && worker !== null && this.worker === worker && task.memory.seed !== this.seed) this.work(task);
  }

  private async ask(quietly = false): Promise<TicketTask | null> {
    try {
      const answer = await fetch(`${ROUTE}?kind=memory`, { cache: 'no-store' });
      if (answer.ok) return (await answer.json()) as TicketTask;
      if (!quietly) this.refuse('There is no ticket', (await answer.json()) as Problem);
    } catch {
      if (!quietly) this.tell('There is no ticket: the market does not answer. Try again in a while.');
    }
    return null;
  }

  private async handIn(): Promise<void> {
    const solution = this.solution;
    if (solution === null) return;
    const tries = this.tries;
    const seconds = (performance.now() - this.began) / 1000;
    this.end();
    this.again.hidden = true;
    this.start.disabled = true;
    this.tell(`Solved after ${counted(tries)}. Handing it in.`);
    try {
      const answer = await fetch(ROUTE, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ kind: 'memory', account: this.account, memory: solution }),
      });
      if (answer.ok) {
        const taken = (await answer.json()) as TicketTaken;
        this.solution = null;
        this.tell(
          `${whole(taken.credits)} credits earned for ${short(this.account)}, ` +
            `after ${counted(tries)} in ${whole(Math.max(1, Math.round(seconds)))} s.`,
        );
      } else {
        const problem = (await answer.json()) as Problem;
        // The first answer was lost, and said that it was taken.
        if (this.isUnsure && problem.code === 'proofUsed') {
          this.solution = null;
          this.tell(`It had been taken the first time: its credits are with ${short(this.account)}.`);
        } else this.refuse('It was not taken', problem, answer.status);
      }
    } catch {
      this.isUnsure = true;
      this.again.hidden = false;
      this.tell('It is solved, and the market does not answer. It is kept here: hand it in again, which counts once.');
    }
    this.start.disabled = false;
  }

  /** What was refused for now is kept and may be sent again; what is none is forgotten. */
  private refuse(what: string, problem: Problem, status = 0): void {
    const isForNow = status === 429 || status >= 500;
    if (!isForNow) this.solution = null;
    this.again.hidden = this.solution === null;
    const from = problem.retryAt === undefined ? '' : ` From ${clock(problem.retryAt)} on it may be sent again.`;
    this.said.replaceChildren(
      `${what}: `,
      make('a', { href: `/problems/${encodeURIComponent(problem.code)}` }, problem.code),
      `. ${problem.detail ?? problem.title}${from}`,
    );
  }

  private end(): void {
    clearInterval(this.timer);
    this.worker?.terminate();
    this.worker = null;
    this.start.disabled = this.size.disabled = false;
    this.stop.hidden = this.progress.hidden = true;
  }

  private show(): void {
    if (this.worker === null) return;
    this.bar.max = this.difficulty;
    this.bar.value = Math.min(this.tries, this.difficulty);
    const seconds = (performance.now() - this.began) / 1000;
    const pace = this.tries > 2 && seconds > 0.5 ? `, ${(this.tries / seconds).toFixed(1)} a second` : '';
    const late = this.tries > this.difficulty ? '; luck decides, and each has the same chance' : '';
    say(find('[data-solve-tries]'), `${counted(this.tries)} made, ${whole(this.difficulty)} expected${pace}${late}`);
  }

  private tell(text: string): void {
    say(this.said, text);
  }
}

const counted = (tries: number): string => `${whole(tries)} ${tries === 1 ? 'try' : 'tries'}`;

const panel = find('[data-solve]');
if (panel !== null) new Solver(panel);
