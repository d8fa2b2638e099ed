using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains;
using Market.Testing.Chains;

namespace Market.Client.Tests.Agent;

/// <summary>The agent's process died here.</summary>
public sealed class KilledException() : Exception("killed");

/// <summary>When an agent dies: at its n-th broadcast, before or after the network has taken the transaction.</summary>
internal sealed class Fate
{
    private int _broadcasts;

    public int? DieBefore { get; set; }

    public int? DieAfter { get; set; }

    /// <summary>Happens right before the next broadcast.</summary>
    public Func<Task>? BeforeNext { get; set; }

    public int Broadcasts => _broadcasts;

    /// <summary>Answers a broadcast in the node's place; null lets it pass.</summary>
    public Func<IChain, Transaction, ValueTask<BroadcastResult?>>? Intercept { get; set; }

    /// <summary>The node shows nothing of its mempool.</summary>
    public Func<ChainKind, bool> Blind { get; set; } = _ => false;

    /// <summary>The node does not answer.</summary>
    public Func<ChainKind, bool> Down { get; set; } = _ => false;

    /// <summary>The node leaves questions for coins without an answer.</summary>
    public Func<ChainKind, bool> Hangs { get; set; } = _ => false;

    /// <summary>What the node does when it is asked for a fee; null: it answers.</summary>
    public Func<CancellationToken, Task>? AskedForFee { get; set; }

    /// <summary>What happens when it is asked whether a chain is up to date; null: nothing speaks against it.</summary>
    public Func<CancellationToken, Task>? AskedForSources { get; set; }

    /// <summary>Questions for coins that were left so.</summary>
    public int Unanswered { get; set; }

    /// <summary>The node shows no block after this one.</summary>
    public Dictionary<ChainKind, ChainHead> Frozen { get; } = [];

    public async ValueTask<BroadcastResult> PassAsync(Func<ValueTask<BroadcastResult>> broadcast)
    {
        var n = ++_broadcasts;
        if (BeforeNext is { } happens)
        {
            BeforeNext = null;
            await happens();
        }

        if (n == DieBefore)
        {
            throw new KilledException();
        }

        var result = await broadcast();
        return n == DieAfter ? throw new KilledException() : result;
    }
}

/// <summary>
/// A chain as an agent sees it that may die at a broadcast, and whose node may keep what it has instead of replacing it.
/// </summary>
internal sealed class CrashingChain(IChain inner, Fate fate, Func<bool> replaces, Func<FeeRate?> estimate) : PassingChain(inner)
{
    public override async ValueTask<BroadcastResult> BroadcastAsync(
        Transaction transaction, CancellationToken cancellation = default) =>
        fate.Intercept is { } hook && await hook(Inner, transaction) is { } answer ? answer : await
        fate.PassAsync(async () => replaces() || !await IsRivalAsync(transaction, cancellation)
            ? await Inner.BroadcastAsync(transaction, cancellation)
            : new BroadcastResult(transaction.Id, BroadcastCode.Conflict, "txn-mempool-conflict"));

    public override ValueTask<ImmutableArray<Transaction>> FindUnconfirmedAsync(
        MempoolQuery query, CancellationToken cancellation = default) => fate.Blind(Kind)
            ? ValueTask.FromResult(ImmutableArray<Transaction>.Empty)
            : Inner.FindUnconfirmedAsync(query, cancellation);

    public override async ValueTask<ImmutableArray<UnspentOutput>> GetCoinsAsync(
        Script script, CancellationToken cancellation = default)
    {
        if (fate.Hangs(Kind))
        {
            fate.Unanswered++;
            await Task.Delay(Timeout.Infinite, cancellation);
        }

        return await Inner.GetCoinsAsync(script, cancellation);
    }

    public override ValueTask<ChainHead> GetTipAsync(CancellationToken cancellation = default) =>
        fate.Down(Kind) ? throw new ChainUnavailableException("down")
        : fate.Frozen.TryGetValue(Kind, out var head) ? ValueTask.FromResult(head) : Inner.GetTipAsync(cancellation);

    public override async ValueTask<FeeRate> EstimateFeeAsync(int targetBlocks, CancellationToken cancellation = default)
    {
        await (fate.AskedForFee?.Invoke(cancellation) ?? Task.CompletedTask);
        return estimate() ?? await Inner.EstimateFeeAsync(targetBlocks, cancellation);
    }

    private async ValueTask<bool> IsRivalAsync(Transaction transaction, CancellationToken cancellation)
    {
        var spent = transaction.Inputs.Select(input => input.PreviousOutput).ToHashSet();
        return (await Inner.GetMempoolAsync(cancellation)).Any(entry => entry.Transaction.Id != transaction.Id
            && entry.Transaction.Inputs.Any(input => spent.Contains(input.PreviousOutput)));
    }
}
