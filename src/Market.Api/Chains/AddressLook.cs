using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Api.Chains;

/// <summary>A block or transaction whose id was looked for.</summary>
/// <param name="Id">Its id, as it is shown.</param>
/// <param name="Height">The block's height.</param>
/// <param name="IsBlock">Whether it is the block itself.</param>
public readonly record struct FoundId(string Id, int Height, bool IsBlock);

/// <summary>Looks up what an address has and was paid, and what begins with some digits.</summary>
/// <param name="chains">The chains.</param>
/// <param name="indexes">What their newest blocks hold.</param>
internal sealed class AddressLook(ChainPair chains, ChainIndexes indexes)
{
    private const int MostPayments = 50;
    private const int MostCandidates = 64;

    // A Bitcoin node goes through all unspent outputs for one address, for a minute, and for one at a time: whoever comes meanwhile
    // must not wait for it in a place that other reads need.
    private static readonly SemaphoreSlim Scan = new(1);

    private readonly TransactionLook _transactions = new(chains, indexes);

    /// <summary>What an address has and was paid.</summary>
    public async Task<AddressDetail> OfAsync(ChainName name, BitcoinAddress address, CancellationToken cancel)
    {
        var chain = chains.Of(name);
        var script = address.ScriptPubKey;
        var coins = await CoinsAsync(name, chain, script, cancel);
        var (minted, from) = MintedTo(name, script);
        return new AddressDetail
        {
            Chain = name,
            Address = address.ToString(),
            Script = script.ToString(),
            Spendable = Sum(coins.Where(coin => coin.Confirmations > 0 && coin.IsSpendable(chain.CoinbaseMaturity))),
            Maturing = Sum(coins.Where(coin => !coin.IsSpendable(chain.CoinbaseMaturity))),
            Unconfirmed = Sum(coins.Where(coin => coin.Confirmations == 0)),
            Chance = name == ChainName.Sharechain ? await ChanceAsync(script, cancel) : null,
            Minted = new Sats(minted),
            From = from,
            Payments = await PaymentsAsync(name, script, MostPayments, cancel),
        };
    }

    private static async Task<IReadOnlyList<UnspentOutput>> CoinsAsync(
        ChainName name, IChain chain, Script script, CancellationToken cancel)
    {
        if (name == ChainName.Sharechain) return await chain.GetCoinsAsync(script, cancel);
        if (!await Scan.WaitAsync(0, cancel))
        {
            throw new ChainUnavailableException("Coins of another address are being looked for: ask again in a minute.");
        }
        try
        {
            return await chain.GetCoinsAsync(script, cancel);
        }
        finally
        {
            Scan.Release();
        }
    }

    /// <summary>What sharebases or coinbases of indexed blocks minted to a script, and the lowest of those blocks.</summary>
    public (long Minted, int? From) MintedTo(ChainName name, Script script)
    {
        var index = indexes.Of(chains.Of(name));
        return (index.Paying(script, int.MaxValue).Sum(place => place.Minted), index.From);
    }

    /// <summary>The newest outputs that pay a script, the newest first.</summary>
    public async Task<IReadOnlyList<AddressPayment>> PaymentsAsync(
        ChainName name, Script script, int most, CancellationToken cancel)
    {
        var chain = chains.Of(name);
        var payments = new List<AddressPayment>();
        foreach (var place in indexes.Of(chain).Paying(script, most))
        {
            if (await chain.GetBlockIdAsync(place.Height, cancel) is not { } id
                || await indexes.Blocks.GetAsync(chain, id, cancel) is not { } block
                || block.Transactions.ElementAtOrDefault(place.Index) is not { } transaction) continue;
            for (var i = 0; i < transaction.Outputs.Length && payments.Count < most; i++)
            {
                var output = transaction.Outputs[i];
                if (output.ScriptPubKey != script) continue;
                var outPoint = new OutPoint(transaction.Id, (uint)i);
                var (state, spender) = await _transactions.FateAsync(name, outPoint, script, cancel);
                payments.Add(new AddressPayment
                {
                    Outpoint = outPoint.ToString(),
                    Value = new Sats(output.Value.Sats),
                    Height = block.Height,
                    Time = DateTimeOffset.FromUnixTimeSeconds(block.Time),
                    Minted = place.Index == 0,
                    State = state,
                    Spender = spender,
                });
            }
        }
        return payments;
    }

    /// <summary>Blocks and transactions whose ids begin with some digits, the newest first.</summary>
    public async Task<IReadOnlyList<FoundId>> BeginningAsync(ChainName name, string digits, CancellationToken cancel)
    {
        var chain = chains.Of(name);
        var found = new List<FoundId>();
        foreach (var place in indexes.Of(chain).Beginning(digits, MostCandidates))
        {
            var id = place.Index < 0
                ? (await chain.GetBlockIdAsync(place.Height, cancel))?.ToString()
                : (await _transactions.AtAsync(chain, place, cancel))?.Id.ToString();
            if (id is not null && id.StartsWith(digits, StringComparison.Ordinal))
                found.Add(new FoundId(id, place.Height, place.Index < 0));
        }
        return found;
    }

    private async Task<HolderChance?> ChanceAsync(Script script, CancellationToken cancel)
    {
        var holders = await chains.Shares.GetHoldersAsync(cancel);
        var at = holders.Largest.Select((holder, rank) => (holder, rank)).FirstOrDefault(one => one.holder.Script == script);
        return at.holder.Weight > 0 ? Chances.Of(at.holder.Weight, at.rank, holders.TotalUnits, chains.Shares.Profile) : null;
    }

    private static CoinSum Sum(IEnumerable<UnspentOutput> coins)
    {
        var all = coins.ToList();
        return new CoinSum { Count = all.Count, Value = new Sats(all.Sum(coin => coin.Output.Value.Sats)) };
    }
}

/// <summary>A holder's chance in the next payout. Pure.</summary>
internal static class Chances
{
    /// <summary>The chance of a holder.</summary>
    /// <param name="weight">Base units with which it takes part.</param>
    /// <param name="rank">How many are larger.</param>
    /// <param name="total">Base units that take part in all; above 0.</param>
    /// <param name="profile">The chain's row.</param>
    public static HolderChance Of(long weight, int rank, long total, SharechainProfile profile)
    {
        var part = weight / (double)total;
        return new HolderChance
        {
            Weight = new Quantity(weight),
            Part = part,
            // Dust is not seen from here: how much a block pays is not known before it is found.
            Chance = profile.Window is { } window
                ? window.Holders is { } most && rank >= most ? 0 : 1
                : 1 - Math.Pow(1 - part, profile.Winners),
        };
    }
}
