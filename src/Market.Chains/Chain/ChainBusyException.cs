namespace Market.Chains;

/// <summary>The chain is here, and so much waits for it that it takes no more of this kind for the moment. Says what to do.
/// </summary>
public sealed class ChainBusyException(string message) : ChainUnavailableException(message);
