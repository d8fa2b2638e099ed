using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Swaps;

namespace Market.Simulation;

/// <summary>A party's process ends here, and starts again from what it had written down.</summary>
public sealed class CrashException : Exception;

/// <summary>A transaction that a party wrote down before it sent it.</summary>
internal sealed record Written(
    SpendKind? Kind, Role Leg, OutPoint OutPoint, Transaction Transaction, int Attempt, int Height);

/// <summary>What survives a crash: the swap as JSON, and the transactions.</summary>
internal sealed record Notebook(string Swap, bool Refused, ImmutableArray<Written> Transactions);

/// <summary>
/// A party that runs the machine: it watches both chains, folds what it sees, and does what is owed. It keeps to the
/// rules; <see cref="SimDeviant"/> does not.
/// </summary>
internal class SimParty
{
    private readonly Random _random;
    private readonly double _crashes;

    public SimParty(World world, Role role, Swap swap, Random random, double crashes)
    {
        (World, Role, _random, _crashes) = (world, role, random, crashes);
        Claim = Key(role, 1);
        Refund = Key(role, 2);
        Wallet = Key(role, 3);
        Home = Script.P2wpkh(Wallet.PublicKey);
        Secret = Preimage.Create([.. Enumerable.Repeat((byte)(99 + (int)role), Preimage.Length)]);
        Keys = new PartyKeys(
            Claim.PublicKey, Refund.PublicKey, role == Role.Initiator ? Secret.Hash : null,
            role == Role.Initiator ? Home : null);
        Book = new Notebook(SwapJson.Write(swap), false, []);
    }

    public Role Role { get; }

    public PartyKeys Keys { get; }

    /// <summary>Where everything goes that is its own.</summary>
    public Script Home { get; }

    public Notebook Book { get; private set; }

    public Swap Swap => SwapJson.ReadSwap(Book.Swap);

    /// <summary>Until when it is down, by the world's clock.</summary>
    public long DownUntil { get; set; }

    /// <summary>Seconds by which its clock is off.</summary>
    public int Skew { get; init; }

    public int Crashes { get; private set; }

    public virtual bool IsHonest => true;

    protected World World { get; }

    protected Random Random => _random;

    protected PrivateKey Claim { get; }

    protected PrivateKey Refund { get; }

    protected PrivateKey Wallet { get; }

    protected Preimage Secret { get; }

    public static PrivateKey Key(Role role, byte number) =>
        PrivateKey.Create([(byte)(role + 1), number, .. Enumerable.Repeat((byte)5, 30)]);

    public static Script HomeOf(Role role) => Script.P2wpkh(Key(role, 3).PublicKey);

    /// <summary>The market states terms; what does not hold is refused, and nothing is ever locked.</summary>
    public void Receive(AgreedTerms terms)
    {
        var swap = Swap;
        var known = Role == Role.Initiator
            ? swap with { InitiatorKeys = Keys }
            : swap with { ParticipantKeys = Keys };
        var tips = World.Tips(Skew);
        if (TermsCheck.Check(known, Role, terms, tips) is not null)
        {
            Book = Book with { Refused = true };
            return;
        }

        Keep(SwapMachine.Decide(swap, new SwapEvent.TermsFixed(terms), tips).Swap);
    }

    /// <summary>One turn: look, fold, write down, act. A crash at any point is caught and costs some seconds.</summary>
    public void Turn()
    {
        if (World.Now < DownUntil || Swap.Terms is null)
        {
            return;
        }

        try
        {
            Look();
        }
        catch (CrashException)
        {
            Crashes++;
            DownUntil = World.Now + _random.Next(1, 4);
        }
    }

    protected virtual bool Does(SwapEffect effect) => true;

    protected virtual void More(Swap swap)
    {
    }

    private void Look()
    {
        var tips = World.Tips(Skew);
        var swap = Swap;
        KeepFundings(swap);
        foreach (var leg in new[] { Role.Initiator, Role.Participant })
        {
            foreach (var happened in World.Events(swap, leg))
            {
                swap = SwapMachine.Decide(swap, happened, tips).Swap;
            }
        }

        var decision = SwapMachine.Decide(swap, new SwapEvent.Tick(), tips);
        MayCrash();
        Keep(decision.Swap);
        MayCrash();
        foreach (var effect in decision.For(Role).Where(Does))
        {
            Do(decision.Swap, effect);
        }

        More(decision.Swap);
    }

    private void Do(Swap swap, SwapEffect effect)
    {
        switch (effect.Kind)
        {
            case SwapEffectKind.Lock when !Book.Refused:
                Lock(swap);
                break;
            case SwapEffectKind.RelayFunding when effect.Leg is { } leg && swap.FundingOf(leg) is null:
                foreach (var funding in Book.Transactions.Where(one => one.Kind is null && one.Leg == leg))
                {
                    Send(swap, leg, funding.Transaction);
                }

                break;
            case SwapEffectKind.Reveal when !Book.Refused:
            case SwapEffectKind.Claim:
                Spend(swap, effect, SpendKind.Claim);
                break;
            case SwapEffectKind.Refund:
                Spend(swap, effect, SpendKind.Refund);
                break;
        }
    }

    private void Lock(Swap swap)
    {
        var before = Book.Transactions.LastOrDefault(one => one.Kind is null && one.Leg == Role);
        if (before is null)
        {
            var built = BuildFunding(swap, swap.AmountOf(Role));
            before = new Written(
                null, Role, new OutPoint(built.Id, 0), built, 0, World.Chain(swap.ChainOf(Role)).Tip.Height);
            Book = Book with { Transactions = Book.Transactions.Add(before) };
            MayCrash();
        }

        Send(swap, Role, before.Transaction);
    }

    /// <summary>Spends a coin of the wallet to the contract, with what is left back home.</summary>
    protected Transaction BuildFunding(Swap swap, Amount amount, bool toContract = true)
    {
        const long fee = 600;
        var chain = World.Chain(swap.ChainOf(Role));
        var coin = chain.Coins.Where(one => one.Value.Output.ScriptPubKey == Home).MaxBy(one => one.Value.Output.Value);
        var output = toContract ? swap.Terms!.HtlcOf(Role).FundingOutput(amount) : new TxOut(amount, Home);
        ImmutableArray<TxOut> outputs =
            [output, new TxOut(coin.Value.Output.Value - amount - new Amount(toContract ? fee : 4 * fee), Home)];
        if (Keys.PayoutScript is { } payout)
        {
            outputs = outputs.Add(PayoutAnnotation.For(0, payout));
        }

        var unsigned = new Transaction(
            2, [new TxIn(coin.Key, Script.Empty, TxIn.ReplaceableSequence)], outputs, 0);
        return TransactionSigner.Sign(unsigned, [coin.Value.Output], _ => Key(Role, 3));
    }

    private void Spend(Swap swap, SwapEffect effect, SpendKind kind)
    {
        var (leg, outPoint) = (effect.Leg!.Value, effect.OutPoint!.Value);
        var height = World.Chain(swap.ChainOf(leg)).Tip.Height;
        var payment = swap.PaymentsOf(leg).First(known => known.OutPoint == outPoint);
        var before = Book.Transactions.LastOrDefault(one => one.Kind == kind && one.OutPoint == outPoint);
        if (payment.Spend is { Height: not null } spend
            && Book.Transactions.Any(one => one.Transaction.Id == spend.TxId))
        {
            return;
        }

        if (before is null || height > before.Height)
        {
            var attempt = before is null ? 0 : before.Attempt + 1;
            if (BuildSpend(swap, leg, payment, kind, attempt) is not { } built)
            {
                return;
            }

            before = new Written(kind, leg, outPoint, built, attempt, height);
            Book = Book with { Transactions = Book.Transactions.Add(before) };
            MayCrash();
        }

        Send(swap, leg, before.Transaction);
    }

    protected Transaction? BuildSpend(Swap swap, Role leg, Payment payment, SpendKind kind, int attempt)
    {
        var htlc = swap.Terms!.HtlcOf(leg);
        var size = kind == SpendKind.Claim ? SwapFees.ClaimVirtualSize : SwapFees.RefundVirtualSize;
        var rate = SwapFees.Bumped(FeeRate.PerVByte(2), attempt, payment.Amount, size);
        return kind == SpendKind.Refund
            ? HtlcSigning.Refund(htlc, payment.OutPoint, payment.Amount, Refund, Home, rate)
            : HtlcSigning.Claim(
                htlc, payment.OutPoint, payment.Amount, Claim, swap.Preimage ?? Secret.Reveal(), Home, rate);
    }

    protected void Send(Swap swap, Role leg, Transaction transaction)
    {
        if (!World.LosesMessage(_random))
        {
            World.Chain(swap.ChainOf(leg)).Broadcast(transaction);
        }

        MayCrash();
    }

    // Whoever sees a lock keeps it, to broadcast it again after a reorganisation.
    private void KeepFundings(Swap swap)
    {
        foreach (var leg in new[] { Role.Initiator, Role.Participant })
        {
            var output = swap.Terms!.HtlcOf(leg).FundingOutput(swap.AmountOf(leg));
            foreach (var (transaction, height) in World.Chain(swap.ChainOf(leg)).Transactions)
            {
                var at = transaction.Outputs.IndexOf(output);
                if (at >= 0 && Book.Transactions.All(one => one.Transaction.Id != transaction.Id))
                {
                    Book = Book with
                    {
                        Transactions = Book.Transactions.Add(new Written(
                            null, leg, new OutPoint(transaction.Id, (uint)at), transaction, 0, height ?? 0)),
                    };
                }
            }
        }
    }

    private void Keep(Swap swap) => Book = Book with { Swap = SwapJson.Write(swap) };

    private void MayCrash()
    {
        if (!World.IsCalm && _random.NextDouble() < _crashes)
        {
            throw new CrashException();
        }
    }
}
