using System.Collections.Immutable;
using Market.Swaps.Agent;

namespace Market.Simulation;

/// <summary>
/// A party's coins on one chain. It signs nothing: nobody here looks at a plain spend's signature, only at whose key it names.
/// </summary>
internal sealed class SimWallet(SimChain chain, Role owner)
{
    private const int SignatureLength = 71;
    private const long LeastChange = 1_000;
    private readonly List<OutPoint> _coins = [];

    /// <summary>Where everything of the owner's goes.</summary>
    public Script Home { get; } = SimKeys.Home(owner);

    /// <summary>Puts coins into it.</summary>
    public void Allocate(byte name, int count, long each, int? lasts = null, int? root = null)
    {
        var outputs = ImmutableArray.CreateBuilder<TxOut>(count);
        for (var i = 0; i < count; i++)
        {
            outputs.Add(new TxOut(new Amount(each), Home));
        }

        var id = chain.Allocate(new Transaction(1, [], outputs.MoveToImmutable(), name), lasts, root);
        for (var i = 0; i < count; i++)
        {
            _coins.Add(new OutPoint(id, (uint)i));
        }
    }

    /// <summary>Pays outputs from a coin that nothing else spends; the rest comes back.</summary>
    /// <returns>Null where no coin holds enough, or the fee is above the most.</returns>
    public MadeTransaction? Pay(ImmutableArray<TxOut> outputs, FeeRate rate, long most, Predicate<OutPoint> isPromised)
    {
        var sum = Sum(outputs);
        foreach (var coin in _coins)
        {
            if (chain.HasCoin(coin) && !isPromised(coin) && chain.WaitingSpendOf(coin) is null
                && chain.OutputOf(coin) is { } held && held.Value.Sats >= sum)
            {
                ImmutableArray<SpentCoin> spent = [new SpentCoin(coin, held.Value, held.ScriptPubKey)];
                return Build(spent, outputs, size => rate.FeeFor(size).Sats, most);
            }
        }

        return null;
    }

    /// <summary>Spends the very coins of another transaction, for a fee that outbids all before.</summary>
    public MadeTransaction? Respend(
        ImmutableArray<SpentCoin> coins, ImmutableArray<TxOut> outputs, FeeRate rate, long least, long most) =>
        Build(coins, outputs, size => Math.Max(rate.FeeFor(size).Sats, least + size), most);

    /// <summary>Spends the change of a transaction at a fee that pays for both.</summary>
    public MadeTransaction? PayFor(OwnTransaction parent, FeeRate rate, long least, long most)
    {
        var at = parent.Transaction.Outputs.Length - 1;
        var change = parent.Transaction.Outputs[at];
        if (change.ScriptPubKey != Home)
        {
            return null;
        }

        var coin = new SpentCoin(new OutPoint(parent.TxId, (uint)at), change.Value, change.ScriptPubKey);
        return Build(
            [coin], [], size => Math.Max(
                Math.Max(size, least == 0 ? 0 : least + size),
                rate.FeeFor(size + parent.Transaction.VirtualSize).Sats - parent.Fee.Sats),
            most);
    }

    /// <summary>Spends an output to the wallet, whatever the coins are promised to.</summary>
    public Transaction? Sweep(OutPoint coin, TxOut held, long fee) =>
        Build([new SpentCoin(coin, held.Value, held.ScriptPubKey)], [], _ => fee, long.MaxValue)?.Transaction;

    private MadeTransaction? Build(
        ImmutableArray<SpentCoin> coins, ImmutableArray<TxOut> outputs, Func<int, long> feeFor, long most)
    {
        var inputs = ImmutableArray.CreateBuilder<TxIn>(coins.Length);
        var held = 0L;
        foreach (var coin in coins)
        {
            held += coin.Value.Sats;
            inputs.Add(new TxIn(coin.OutPoint, Script.Empty, TxIn.ReplaceableSequence, new Witness(
                new byte[SignatureLength], SimKeys.Wallet(owner).Span.ToArray())));
        }

        var all = inputs.MoveToImmutable();
        var rest = held - Sum(outputs);
        var size = new Transaction(2, all, outputs.Add(new TxOut(new Amount(Math.Max(0, rest)), Home)), 0).VirtualSize;
        var fee = feeFor(size);
        if (fee > most || rest - fee < 0)
        {
            return null;
        }

        var change = rest - fee;
        if (change >= LeastChange)
        {
            outputs = outputs.Add(new TxOut(new Amount(change), Home));
        }
        else if (outputs.Length == 0)
        {
            return null;
        }

        return new MadeTransaction(new Transaction(2, all, outputs, 0), coins);
    }

    private static long Sum(ImmutableArray<TxOut> outputs)
    {
        var sum = 0L;
        foreach (var output in outputs)
        {
            sum += output.Value.Sats;
        }

        return sum;
    }
}
