using Market.Bitcoin;

namespace Market.Swaps.Tests.Machine;

/// <summary>Two chains and one swap on a table: tests say what happens, and it decides.</summary>
internal sealed class Bench
{
    public const long Start = 1_800_000_000;
    public static readonly Amount Shares = new(5_000_000_000);
    public static readonly Amount Sats = new(4_900_000);

    private uint _lastOutput;

    public Bench(SwapRules? rules = null)
    {
        Plan = SwapPlan.Of(rules ?? SwapRules.Devnet);
        Swap = Swap.Open("s1", Shares, Sats, Start, Plan);
        Now = Start;
        ShareHeight = 1000;
        CoinHeight = 200;
    }

    public SwapPlan Plan { get; }

    public Swap Swap { get; private set; }

    public long Now { get; set; }

    public int ShareHeight { get; set; }

    public int CoinHeight { get; set; }

    public SwapDecision Last { get; private set; } = null!;

    public Preimage Secret { get; } = Preimage.Create(Bytes(7));

    public SwapTips Tips => new(new TipView(ShareHeight, Now - 12), new TipView(CoinHeight, Now - 60), Now);

    public SwapPhase Phase => Swap.Phase;

    public Deadlines Deadlines => Swap.Deadlines!.Value;

    public static PublicKey Key(byte n) => PrivateKey.Create(Bytes(n)).PublicKey;

    public static PartyKeys Seller(byte n = 1) =>
        new(Key(n), Key((byte)(n + 1)), PaymentHash.Of(Bytes(7)), Script.P2wpkh(Key(99)));

    public static PartyKeys Buyer(byte n = 11) => new(Key(n), Key((byte)(n + 1)), null, null);

    public static byte[] Bytes(byte n)
    {
        var bytes = new byte[32];
        Array.Fill(bytes, n);
        return bytes;
    }

    public OutPoint NewOutPoint() => new(new TxId(Hash256.DoubleSha256(BitConverter.GetBytes(++_lastOutput))), 0);

    public TxId NewTxId() => NewOutPoint().TxId;

    public SwapDecision Decide(SwapEvent happened)
    {
        Last = SwapMachine.Decide(Swap, happened, Tips);
        Swap = Last.Swap;
        return Last;
    }

    public SwapDecision Tick() => Decide(new SwapEvent.Tick());

    public Bench After(long seconds)
    {
        Now += seconds;
        Tick();
        return this;
    }

    public Bench At(long unixSeconds)
    {
        Now = unixSeconds;
        Tick();
        return this;
    }

    public Bench Mine(int shares = 0, int coins = 0)
    {
        ShareHeight += shares;
        CoinHeight += coins;
        Tick();
        return this;
    }

    public Bench WithKeys()
    {
        Decide(new SwapEvent.KeysGiven(Role.Participant, Buyer()));
        Decide(new SwapEvent.KeysGiven(Role.Initiator, Seller()));
        Assert.Equal(SwapPhase.InitiatorLocking, Phase);
        return this;
    }

    public OutPoint Fund(Role leg, bool inBlock = true, OutPoint? again = null, Amount? amount = null)
    {
        var outPoint = again ?? NewOutPoint();
        Decide(new SwapEvent.FundingSeen(leg, outPoint, amount ?? Swap.AmountOf(leg), inBlock ? Height(leg) : null));
        return outPoint;
    }

    public TxId Claim(Role leg, bool inBlock = true, TxId? again = null)
    {
        var id = again ?? NewTxId();
        var outPoint = Swap.FundingOf(leg)!.OutPoint;
        Decide(new SwapEvent.ClaimSeen(leg, outPoint, id, Secret.Reveal(), inBlock ? Height(leg) : null));
        return id;
    }

    public TxId Refund(Role leg, bool inBlock = true)
    {
        var id = NewTxId();
        Decide(new SwapEvent.RefundSeen(leg, Swap.FundingOf(leg)!.OutPoint, id, inBlock ? Height(leg) : null));
        return id;
    }

    public void SpendGone(Role leg, TxId id) =>
        Decide(new SwapEvent.SpendGone(leg, Swap.PaymentsOf(leg).First(p => p.Spend?.TxId == id).OutPoint, id));

    /// <summary>Confirms a leg to the depth the plan wants.</summary>
    public Bench Bury(Role leg) => Swap.ChainOf(leg) == SwapChain.Share
        ? Mine(shares: Plan.ConfirmationsOf(leg))
        : Mine(coins: Plan.ConfirmationsOf(leg));

    public Bench FirstLocked()
    {
        WithKeys();
        Fund(Role.Initiator);
        return Bury(Role.Initiator);
    }

    public Bench BothLocked()
    {
        FirstLocked();
        Fund(Role.Participant);
        return Bury(Role.Participant);
    }

    public bool Owes(SwapEffectKind kind, Role role, Role? leg = null) =>
        Last.For(role).Any(effect => effect.Kind == kind && effect.Actor == role && (leg is null || effect.Leg == leg));

    public bool Alarmed(SwapAlarm alarm) => Last.Effects.Any(effect => effect.Alarm == alarm);

    private int Height(Role leg) => Swap.ChainOf(leg) == SwapChain.Share ? ShareHeight : CoinHeight;
}
