namespace Market.Contracts;

/// <summary>What an API key may do for its account. None of them gives another: a bot that trades and looks on has two.</summary>
public enum ApiKeyScope
{
    /// <summary>Sees what is the account's: orders, fills, swaps, standing, refusals, and the private streams.</summary>
    Read,

    /// <summary>Places, amends and cancels orders, and sets the dead man's switch.</summary>
    Trade,

    /// <summary>Gives keys for swaps, and declines them.</summary>
    Swap,
}
