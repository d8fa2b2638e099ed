using System.Collections.Concurrent;
using Market.Api.Results;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Standing;

namespace Market.Api.Standing;

/// <summary>
/// Coins at stake: looks at a claim on its chain and keeps it, and looks again whenever a chain has moved. A bond is named by its
/// chain and coin, and counts for the first account that proved it, until it is spent, reorganised away or over. What may count
/// again is kept with value 0 and counts for nothing meanwhile: one that gave way to greater ones, or whose chain this market has
/// no node of.
/// </summary>
public sealed class BondDesk(
    StandingBook book, StandingChains chains, StandingVerdicts verdicts, TimeProvider clock) : IDisposable
{
    /// <summary>Blocks that a coin is below, its own included, before it counts.</summary>
    public const int LeastConfirmations = 6;

    /// <summary>Bonds that count, of all accounts: each is looked up in its chain at every block. Beyond it the one of the least
    /// value gives way to a greater one, and counts again by itself once there is room.</summary>
    public const int MostBonds = 2_000;

    /// <summary>Bonds kept that do not count now. Beyond it those whose time ends first are forgotten, and may be proved again.
    /// </summary>
    public const int MostAside = 2 * MostBonds;

    // Of those that may count again so many are looked at at once, where there is room.
    private const int MostLookedAt = 100;

    /// <summary>What a bond must be worth to be kept: a point of a tier.</summary>
    public const long LeastValue = TierTable.BondValuePerPoint;

    // An entry is written anew where its value has changed by a part in so many.
    private const long Grain = 200;

    // Where burned coins were seen: while that block is on the chain they need no look into it.
    private readonly ConcurrentDictionary<string, BurnPlace> _burns = new(StringComparer.Ordinal);

    // Who claims first is found out one after another.
    private readonly SemaphoreSlim _turn = new(1);

    private static readonly StandingSource[] Sources = [StandingSource.FidelityBond, StandingSource.BurnedCoins];

    /// <summary>Looks at a claim and keeps it.</summary>
    /// <param name="host">The market as its Host header names it.</param>
    /// <param name="account">Who claims: hex of the x-only key.</param>
    /// <param name="chainName">The chain's own name.</param>
    /// <param name="claim">The claim, its shape checked.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async Task<Result<Bond>> ProveAsync(
        string host, string account, string chainName, ProveBond claim, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(claim);
        if (chains.Find(chainName) is not { } chain) return Refusal.Invalid("chain", "must be a chain of this market");
        if (chain is ISharechain { Profile.Window: not null })
            return new Refusal(
                ProblemCodes.BadProof, "Shares that expire are no bond: they would be worth nothing before it ends.");
        if (!OutPoint.TryParse(claim.Coin, out var coin)) return Refusal.Invalid("coin", "must be txid:index");
        var source = claim.Kind == BondKind.Locked ? StandingSource.FidelityBond : StandingSource.BurnedCoins;
        // What counts already is looked at with every block: the same again costs no node anything.
        if (book.FindHold(source, NameOf(chain, coin)) is { } counted && counted.Key == account && Counts(counted))
            return WireOf(counted);
        var sight = claim.Kind == BondKind.Locked
            ? await LockedAsync(host, account, chain, coin, claim, cancel)
            : await BurnedAsync(account, chain, coin, cancel);
        if (sight.Refusal is { } refusal) return refusal;
        var tip = await chain.GetTipAsync(cancel);
        var value = await ValueAsync(chain, tip, sight.Value, cancel);
        if (value < LeastValue)
        {
            return new Refusal(ProblemCodes.BadProof,
                $"Its value is {value} and must be at least {LeastValue}: lock more coins, or for longer.");
        }
        verdicts.Saw(chain, tip.Height);
        return await KeepAsync(new StandingHold(source, NameOf(chain, coin), account, value, sight.Value.Until), cancel);
    }

    /// <summary>Those of an account.</summary>
    public IReadOnlyList<Bond> Of(string account) =>
        [.. book.HoldsOf(account).Where(hold => Sources.Contains(hold.Source)).Select(WireOf)];

    /// <summary>Looks at all of them again, as the chains stand now: what is spent, no longer in a block or worth less than a
    /// point counts no more, and what has room counts again.</summary>
    public async Task LookAsync(CancellationToken cancel)
    {
        var all = All();
        foreach (var ofChain in all.Where(Counts).GroupBy(hold => PartsOf(hold.ProofId).Chain))
        {
            if (chains.Find(ofChain.Key) is not { } chain)
            {
                foreach (var unseen in ofChain) await SetAsideAsync(unseen, cancel);
                continue;
            }
            var tip = await chain.GetTipAsync(cancel);
            foreach (var hold in ofChain) await LookAsync(chain, tip, hold, cancel);
            verdicts.Saw(chain, tip.Height);
        }
        await TakeBackAsync(all.Where(hold => !Counts(hold)), cancel);
        foreach (var gone in _burns.Keys.Where(name => book.FindHold(StandingSource.BurnedCoins, name) is null))
            _burns.TryRemove(gone, out _);
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task LookAsync(IChain chain, ChainHead tip, StandingHold hold, CancellationToken cancel)
    {
        var value = await ValueNowAsync(chain, tip, hold, cancel);
        if (value < LeastValue)
        {
            // What a node that is behind does not show may well be there.
            if (verdicts.MayTakeAway(chain, tip.Height)) await book.ReleaseAsync(hold.Source, hold.ProofId, cancel);
        }
        else if (Math.Abs(value - hold.Value) > hold.Value / Grain && book.FindHold(hold.Source, hold.ProofId) is not null)
        {
            await book.HoldAsync(hold with { Value = value }, cancel);
        }
    }

    // Greatest first of those that are looked at, as many as there is room for.
    private async Task TakeBackAsync(IEnumerable<StandingHold> aside, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            var room = MostBonds - All().Count(Counts);
            if (room <= 0) return;
            var found = new List<StandingHold>();
            var seen = aside.OrderByDescending(hold => hold.Until)
                .Select(hold => (Hold: hold, Chain: chains.Find(PartsOf(hold.ProofId).Chain))).Where(one => one.Chain is not null);
            foreach (var (hold, chain) in seen.Take(MostLookedAt).ToList())
            {
                var tip = await chain!.GetTipAsync(cancel);
                var value = await ValueNowAsync(chain, tip, hold, cancel);
                if (value >= LeastValue) found.Add(hold with { Value = value });
                else if (verdicts.MayTakeAway(chain, tip.Height)) await book.ReleaseAsync(hold.Source, hold.ProofId, cancel);
            }
            foreach (var hold in found.OrderByDescending(hold => hold.Value).Take(room)) await book.HoldAsync(hold, cancel);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<long> ValueNowAsync(IChain chain, ChainHead tip, StandingHold hold, CancellationToken cancel)
    {
        var (_, coin) = PartsOf(hold.ProofId);
        var amount = hold.Source == StandingSource.FidelityBond
            ? (await chain.FindUnspentAsync(coin, withMempool: false, cancel))?.Output.Value
            : await BurnedNowAsync(chain, hold.ProofId, coin, cancel);
        return amount is { } there ? await ValueAsync(chain, tip, new Sight(there, hold.Until), cancel) : 0;
    }

    // Nobody spends burned coins: they are there while their block is.
    private async Task<Amount?> BurnedNowAsync(IChain chain, string name, OutPoint coin, CancellationToken cancel)
    {
        if (_burns.TryGetValue(name, out var known)
            && await chain.GetBlockIdAsync(known.Block.Height, cancel) == known.Block.Id) return known.Amount;
        _burns.TryRemove(name, out _);
        if (await FindBurnAsync(chain, coin, cancel) is not { } found) return null;
        _burns[name] = new BurnPlace(found.Block, found.Output.Value);
        return found.Output.Value;
    }

    private async Task SetAsideAsync(StandingHold hold, CancellationToken cancel)
    {
        await book.HoldAsync(hold with { Value = 0 }, cancel);
        foreach (var first in All().Where(one => !Counts(one)).OrderByDescending(one => one.Until).Skip(MostAside))
            await book.ReleaseAsync(first.Source, first.ProofId, cancel);
    }

    private List<StandingHold> All() => [.. Sources.SelectMany(book.HoldsFrom)];

    private static bool Counts(StandingHold hold) => hold.Value > 0;

    private async Task<Result<Bond>> KeepAsync(StandingHold hold, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            var held = book.FindHold(hold.Source, hold.ProofId);
            if (held is not null && held.Key != hold.Key)
                return new Refusal(ProblemCodes.ProofUsed, "The coin counts for another account already.");
            var counted = All().Where(Counts).ToList();
            if (((held is null || !Counts(held)) && counted.Count >= MostBonds && counted.Min(one => one.Value) >= hold.Value)
                || !await book.HoldAsync(hold, cancel))
            {
                return new Refusal(ProblemCodes.RateLimited,
                    "As many bonds are kept as may be, of all accounts or of this one, and none of them is worth less.");
            }
            foreach (var least in All().Where(Counts).OrderByDescending(one => one.Value).Skip(MostBonds))
                await SetAsideAsync(least, cancel);
            return WireOf(hold);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<Result<Sight>> LockedAsync(
        string host, string account, IChain chain, OutPoint coin, ProveBond claim, CancellationToken cancel)
    {
        if (!PublicKey.TryParse(claim.Key, out var key) || BondScript.Create(key, claim.Locktime ?? 0) is not { } script)
            return new Refusal(ProblemCodes.BadProof, "The key is no point of the curve, or the locktime no Unix time.");
        // The signature first: nobody has the node asked without the coin's key.
        var text = BondProof.Text(host, account, chain.Name, coin, script.Locktime);
        if (!BondProof.IsSigned(text, key, claim.Signature))
        {
            return new Refusal(ProblemCodes.BadProof,
                $"The signature is none of the coin's key over this text, its lines joined by line feeds:\n{text}");
        }
        return await chain.FindUnspentAsync(coin, withMempool: false, cancel) is not { } found ? Missing(chain, coin)
            : found.Output.ScriptPubKey != script.ScriptPubKey
                ? new Refusal(ProblemCodes.BadProof, $"{coin} is not locked by wsh(and_v(v:pk({key}),after({script.Locktime}))).")
            : found.Confirmations < LeastConfirmations ? TooNew(coin, found.Confirmations)
            : new Sight(found.Output.Value, script.Locktime);
    }

    private static async Task<Result<Sight>> BurnedAsync(string account, IChain chain, OutPoint coin, CancellationToken cancel)
    {
        if (await FindBurnAsync(chain, coin, cancel) is not { } found) return Missing(chain, coin);
        if (found.Output.ScriptPubKey != Burn.ScriptOf(XOnlyPublicKey.Parse(account)))
        {
            return new Refusal(ProblemCodes.BadProof,
                $"{coin} is not burned for this account: OP_RETURN push(\"burn\", its 32 bytes).");
        }
        if (found.Confirmations < LeastConfirmations) return TooNew(coin, found.Confirmations);
        return await chain.GetBlockAsync(found.Block.Id, cancel) is { } block
            ? new Sight(found.Output.Value, Burn.Until(block.MedianTimePast))
            : Missing(chain, coin);
    }

    // An output that nobody can spend is in no set of coins: its transaction is asked for.
    private static async Task<BurnSight?> FindBurnAsync(IChain chain, OutPoint coin, CancellationToken cancel) =>
        await chain.FindTransactionAsync(coin.TxId, cancel) is { Block: { } block } found
        && coin.Index < found.Transaction.Outputs.Length
            ? new BurnSight(found.Transaction.Outputs[(int)coin.Index], found.Confirmations, block)
            : null;

    private async Task<long> ValueAsync(IChain chain, ChainHead tip, Sight sight, CancellationToken cancel) =>
        BondValue.Of(await chains.SatsAsync(chain, sight.Amount, cancel), sight.Until - tip.MedianTimePast);

    private Bond WireOf(StandingHold hold)
    {
        var (chain, coin) = PartsOf(hold.ProofId);
        return new Bond
        {
            Account = hold.Key,
            Chain = chain,
            Coin = coin.ToString(),
            Kind = hold.Source == StandingSource.FidelityBond ? BondKind.Locked : BondKind.Burned,
            Value = DecimalStrings.Format(hold.Until > clock.GetUtcNow().ToUnixTimeSeconds() ? hold.Value : 0),
            Until = DateTimeOffset.FromUnixTimeSeconds(hold.Until),
        };
    }

    private static string NameOf(IChain chain, OutPoint coin) => $"{chain.Name}:{coin}";

    private static (string Chain, OutPoint Coin) PartsOf(string proof)
    {
        var at = proof.IndexOf(':', StringComparison.Ordinal);
        return OutPoint.TryParse(proof[(at + 1)..], out var coin)
            ? (proof[..at], coin)
            : throw new InvalidOperationException($"The bond {proof} names no coin.");
    }

    private static Refusal Missing(IChain chain, OutPoint coin) =>
        new(ProblemCodes.BadProof, $"{coin} is not there, or spent, on {chain.Name} as this market sees it.");

    private static Refusal TooNew(OutPoint coin, int confirmations) => new(ProblemCodes.BadProof,
        $"{coin} has {confirmations} confirmations and needs {LeastConfirmations}: try again when blocks have come.");

    private readonly record struct Sight(Amount Amount, long Until);

    private sealed record BurnSight(TxOut Output, int Confirmations, BlockRef Block);

    private sealed record BurnPlace(BlockRef Block, Amount Amount);
}
