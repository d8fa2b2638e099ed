// What the wire says in names, in words: the twin of Views/SwapText.cs.
const states: Record<string, string> = {
  matched: 'matched',
  initiatorLocking: 'locking shares',
  initiatorLocked: 'shares locked',
  participantLocking: 'locking BTC',
  participantLocked: 'both locked',
  revealed: 'BTC claimed',
  claimed: 'both claimed',
  settled: 'settled',
  expired: 'expired',
  initiatorRefunded: 'shares refunded',
  participantRefunded: 'BTC refunded',
  refunded: 'both refunded',
  cooperativelyRefunded: 'refunded by agreement',
  faulted: 'faulted',
};

export const stateWord = (state: string): string => states[state] ?? state;
