namespace Market.Api.Data;

/// <summary>How a coin stands behind an order.</summary>
public enum CoinHold : short
{
    /// <summary>All of it, by a proof that came with the order: it stands behind no other.</summary>
    Whole = 0,

    /// <summary>A part of a proved coin that the order named, or of change that took such a coin's place.</summary>
    Named = 1,

    /// <summary>A part of a proved coin that the market chose: the order draws on any of its account's.</summary>
    Pooled = 2,
}
