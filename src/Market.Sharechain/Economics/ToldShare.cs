using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Sharechain;

/// <summary>A share block of a pool of another kind, as a node of it tells it. Nothing of it was checked.</summary>
public sealed record ToldShare
{
    /// <summary>Height on the pool's own chain, from 0.</summary>
    public required int Height { get; init; }

    /// <summary>Its id.</summary>
    public required Hash256 Id { get; init; }

    /// <summary>The id of the one below; nought below the first.</summary>
    public required Hash256 Parent { get; init; }

    /// <summary>Its miner's word for when it was found, Unix seconds.</summary>
    public required long Time { get; init; }

    /// <summary>Expected hashes of its target.</summary>
    public required double Work { get; init; }

    /// <summary>The Bitcoin address that a block of the pool pays for its work.</summary>
    public required string Payee { get; init; }

    /// <summary>Who has the coin that it mints; null where the node does not tell.</summary>
    public string? Owner { get; init; }

    /// <summary>The Bitcoin addresses of the shares beside the chain that it names. Their targets are not told: each counts as this
    /// share's own.</summary>
    public ImmutableArray<string> Uncles { get; init; } = [];

    /// <summary>Expected hashes by which a window fills with it: its own, and those of what it names.</summary>
    public double Weight => Work * (1 + Uncles.Length);
}
