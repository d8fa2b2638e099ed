// What the wire says in names, in words: the twin of Views/SwapText.cs.
const states: Record<string, string> = {
  matched: 'matched',
  initiatorLocking: 'seller locks',
  initiatorLocked: 'shares confirming',
  participantLocking: 'buyer locks',
  participantLocked: 'BTC confirming',
  revealed: 'BTC claimed',
  claimed: 'both claimed',
  settled: 'settled',
  refunding: 'refunding',
  initiatorRefunded: 'shares refunded',
  participantRefunded: 'BTC refunded',
  refunded: 'both refunded',
  expired: 'expired',
  faulted: 'faulted',
};

export const stateWord = (state: string): string => states[state] ?? state;
