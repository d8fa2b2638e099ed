// What is off with the chains, in words: the twin of Views/TipText.cs.
import type { ChainTips } from './wire';

const QUIET_SPACINGS = 30;

/** What is wrong with the chains; null when both are in sync and growing. */
export function trouble(tips: ChainTips, now: number): string | null {
  const both = [tips.sharechain, tips.mainchain];
  const behind = both.filter(t => !t.live).map(t => t.chain);
  if (behind.length > 0) return `${behind.join(' and ')} behind: nothing new is matched`;
  const quiet = both.find(t => now - Date.parse(t.seenAt) > QUIET_SPACINGS * t.targetSpacing * 1000);
  return quiet === undefined ? null : `no ${quiet.chain} block seen for a while`;
}
