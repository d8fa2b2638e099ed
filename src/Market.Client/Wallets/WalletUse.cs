namespace Market.Client.Wallets;

/// <summary>What a transaction of the wallet is for.</summary>
public enum WalletUse
{
    /// <summary>A payment: unconfirmed own change may be spent for it, and its own change at once.</summary>
    Payment,

    /// <summary>A swap's lock: only coins in blocks are spent for it, and its change only once it is in one, since it may be
    /// replaced or conflicted until then.</summary>
    Lock,
}
