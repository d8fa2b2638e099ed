// The few things that every island does with the document.
export function find<T extends Element = HTMLElement>(selector: string, from: ParentNode = document): T | null {
  return from.querySelector<T>(selector);
}

export function need<T extends Element = HTMLElement>(selector: string, from: ParentNode = document): T {
  const element = from.querySelector<T>(selector);
  if (element === null) throw new Error(`the page has no ${selector}`);
  return element;
}

type Child = Node | string;

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function drawn(tag: string, attributes: Record<string, string | number>, text?: string): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

/** Sets the text and, where it changed, flashes once. */
export function say(element: Element | null, text: string, flash = false): void {
  if (element === null || element.textContent === text) return;
  element.textContent = text;
  if (flash) blink(element);
}

export function blink(element: Element): void {
  element.classList.remove('flash');
  requestAnimationFrame(() => element.classList.add('flash'));
}

/** Tells screen readers, politely. */
export function announce(text: string): void {
  say(find('[data-announce]'), text);
}

/** Runs `work` once in the next frame however often it is asked for before. */
export function coalesced(work: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}

/** Storage that may be switched off. */
export const kept = {
  get(key: string): string | null {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  set(key: string, value: string | null): void {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch {
      /* the choice lasts for this page only */
    }
  },
};
