using Market.Bitcoin;
using Market.Swaps;

namespace Market.Simulation;

/// <summary>
/// A party that deviates anywhere: of what it owes it does some, some late, some never; and at any time it locks wrong
/// amounts, locks twice, spends its own lock's coin elsewhere, claims or takes back whatever its keys open.
/// </summary>
internal sealed class SimDeviant : SimParty
{
    private readonly Dictionary<SwapEffectKind, long> _from = [];
    private readonly Dictionary<string, long> _tricks = [];

    public SimDeviant(World world, Role role, Swap swap, Random random, long until)
        : base(world, role, swap, random, 0)
    {
        foreach (var kind in new[]
            { SwapEffectKind.Lock, SwapEffectKind.Reveal, SwapEffectKind.Claim, SwapEffectKind.Refund })
        {
            // At once, late, or never: locks come soon enough, often enough, that there is something to cheat about.
            _from[kind] = random.Next(kind == SwapEffectKind.Lock ? 8 : 3) switch
            {
                0 => long.MaxValue,
                1 => world.Now + random.NextInt64(until - world.Now),
                _ => 0,
            };
        }

        foreach (var trick in new[] { "claim", "refund", "wrong", "twice", "elsewhere" })
        {
            _tricks[trick] = random.Next(2) == 0 ? long.MaxValue : world.Now + random.NextInt64(until - world.Now);
        }
    }

    public override bool IsHonest => false;

    /// <summary>Transactions that its friends among the miners prefer.</summary>
    public List<Transaction> Favoured { get; } = [];

    protected override bool Does(SwapEffect effect) =>
        !_from.TryGetValue(effect.Kind, out var from) || World.Now >= from;

    protected override void More(Swap swap)
    {
        foreach (var trick in _tricks.Where(one => World.Now >= one.Value).Select(one => one.Key).ToList())
        {
            switch (trick)
            {
                case "claim" when Role == Role.Initiator || swap.Preimage is not null:
                    Take(swap, Role.Other(), SpendKind.Claim);
                    break;
                case "refund":
                    Take(swap, Role, SpendKind.Refund);
                    break;
                case "wrong":
                    Send(swap, Role, BuildFunding(swap, new Amount(swap.AmountOf(Role).Sats - 1)));
                    _tricks.Remove(trick);
                    break;
                case "twice":
                    Send(swap, Role, BuildFunding(swap, swap.AmountOf(Role)));
                    _tricks.Remove(trick);
                    break;
                case "elsewhere":
                    Elsewhere(swap);
                    break;
            }
        }
    }

    // Every payment that a key of its opens, with a fee that only rises.
    private void Take(Swap swap, Role leg, SpendKind kind)
    {
        foreach (var payment in swap.PaymentsOf(leg).Where(one => !one.Missing && one.SpentAs is null))
        {
            if (BuildSpend(swap, leg, payment, kind, Random.Next(6)) is { } built)
            {
                Send(swap, leg, built);
                Favoured.Add(built);
            }
        }
    }

    /// <summary>The coin that its lock spends, spent to itself: in the mempool, and by the miners of a reorganisation.
    /// </summary>
    private void Elsewhere(Swap swap)
    {
        foreach (var lockOf in Book.Transactions.Where(one => one.Kind is null && one.Leg == Role).ToList())
        {
            var chain = World.Chain(swap.ChainOf(Role));
            var input = lockOf.Transaction.Inputs[0];
            var change = lockOf.Transaction.Outputs[1];
            var total = lockOf.Transaction.Outputs.Sum(output => output.Value.Sats);
            var unsigned = new Transaction(
                2,
                [input with { Witness = Witness.Empty }],
                [new TxOut(new Amount(total - 5_000), change.ScriptPubKey)],
                0);
            var spent = new TxOut(new Amount(total + 600), Home);
            var rival = TransactionSigner.Sign(unsigned, [spent], _ => Key(Role, 3));
            Favoured.Add(rival);
            chain.Broadcast(rival);
        }
    }
}
