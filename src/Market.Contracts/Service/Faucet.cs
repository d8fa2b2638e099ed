namespace Market.Contracts;

/// <summary>Asks a devnet's faucet for coins.</summary>
public sealed record AskFaucet
{
    /// <summary>Bitcoin or shares.</summary>
    public required ChainName Chain { get; init; }

    /// <summary>With shares: of which instrument; it may be left out where one is traded.</summary>
    public string? Instrument { get; init; }

    /// <summary>Whom to pay: a script in hex, of at most 42 bytes and one signature operation.</summary>
    public required string Script { get; init; }
}

/// <summary>What the faucet paid.</summary>
public sealed record FaucetPayment
{
    /// <summary>On which chain.</summary>
    public required ChainName Chain { get; init; }

    /// <summary>The output, "txid:index".</summary>
    public required string Outpoint { get; init; }

    /// <summary>How much: satoshis of the mainchain, base units of shares.</summary>
    public required Sats Amount { get; init; }

    /// <summary>Whether a block holds it; else the next one does.</summary>
    public required bool Confirmed { get; init; }
}
