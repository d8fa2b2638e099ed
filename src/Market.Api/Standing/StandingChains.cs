using Market.Api.Chains;
using Market.Bitcoin;
using Market.Chains;
using Market.Standing;

namespace Market.Api.Standing;

/// <summary>All chains of the market by their own names, and what coins of each are worth as a stake.</summary>
/// <param name="pairs">The chains of each instrument; the mainchain is the same in all.</param>
public sealed class StandingChains(IReadOnlyList<ChainPair> pairs)
{
    /// <summary>The mainchain.</summary>
    public IMainchain Main => pairs[0].Main;

    /// <summary>The sharechains.</summary>
    public IEnumerable<ISharechain> Shares => pairs.Select(pair => pair.Shares);

    /// <summary>A chain by its own name; null where the market has none of it.</summary>
    public IChain? Find(string name) =>
        Main.Name == name ? Main : Shares.FirstOrDefault(chain => chain.Name == name);

    /// <summary>What an amount on a chain counts for, in satoshi: shares count for what it costs to mine them at the newest blocks.
    /// </summary>
    /// <exception cref="ChainUnavailableException">A chain does not say what it takes.</exception>
    public async Task<long> SatsAsync(IChain chain, Amount amount, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(chain);
        if (chain is not ISharechain shares) return amount.Sats;
        var figures = await shares.GetFiguresAsync(cancel);
        var next = (await shares.GetTipAsync(cancel)).Height + 1;
        var tip = await Main.GetTipAsync(cancel);
        if (await Main.GetHeaderAsync(new BlockId(tip.Id), cancel) is not { } main)
            throw new ChainUnavailableException("The mainchain's node does not know its own tip.");
        // All that a share's work may mint, whoever names what of it.
        var minted = shares.Profile.Issuance.Of(next, figures.NextBits);
        return BondValue.SatsOfShares(amount.Sats, pairs[0].MainIssuance.At(tip.Height + 1).Sats,
            figures.NextBits.Work().ToBigInteger(), main.Header.Bits.Work().ToBigInteger(), minted.Sats);
    }
}
