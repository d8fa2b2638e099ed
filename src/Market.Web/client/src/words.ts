// What stands still, in words, by the parts of the server's status alone: the twin of Views/StatusText.cs.
import type { ComponentStatus } from './wire';

const CHAINS = ['sharechain', 'mainchain'];
const WORDS = { live: 'live', lagging: 'behind', down: 'down' };

/** What stands still for those who trade the instrument; null while all is live. */
export function trouble(parts: readonly ComponentStatus[], instrument: string): string | null {
  const wrong = parts.filter(p => p.health !== 'live' && (p.instrument === undefined || p.instrument === instrument));
  if (wrong.length === 0) return null;
  const chains = wrong.filter(p => CHAINS.includes(p.name));
  // Where a chain stands still, matching does because of it.
  const named = chains.length > 0 ? wrong.filter(p => p.name !== 'matching') : wrong;
  const stops = chains.length > 0 || wrong.some(p => p.name === 'matching');
  return named.map(p => `${p.name} ${WORDS[p.health]}`).join(', ') + (stops ? ': nothing new is matched' : '');
}
