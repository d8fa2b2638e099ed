using Market.Bitcoin;
using Market.Chains;

namespace Market.Api.Trading;

/// <summary>Where the market looks coins up: the chains it sees itself.</summary>
public interface IOutpointSource
{
    /// <summary>The coin, if nothing on the chain or in its mempool spends it; null where unknown or spent.</summary>
    /// <exception cref="ChainUnavailableException">The chain does not answer.</exception>
    ValueTask<UnspentOutput?> FindAsync(ChainKind chain, OutPoint outPoint, CancellationToken cancel);

    /// <summary>Blocks after which the chain's coinbase outputs may be spent.</summary>
    int CoinbaseMaturity(ChainKind chain);
}

/// <summary>The chains on which coins behind orders are looked up and watched.</summary>
/// <param name="All">One of each kind.</param>
public sealed record BackingChains(IReadOnlyCollection<IChain> All);

/// <summary>Looks coins up in the nodes of both chains.</summary>
public sealed class ChainOutpointSource(BackingChains chains) : IOutpointSource
{
    private readonly Dictionary<ChainKind, IChain> _chains = chains.All.ToDictionary(c => c.Kind);

    /// <inheritdoc/>
    public ValueTask<UnspentOutput?> FindAsync(ChainKind chain, OutPoint outPoint, CancellationToken cancel) =>
        _chains[chain].FindUnspentAsync(outPoint, withMempool: true, cancel);

    /// <inheritdoc/>
    public int CoinbaseMaturity(ChainKind chain) => _chains[chain].CoinbaseMaturity;
}
