using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Watching;
using Market.Bitcoin.Wallet;
using Market.Swaps.Agent;
using Market.Swaps.Tests.Machine;

namespace Market.Swaps.Tests.Agent;

/// <summary>The core of one party over two views that the test writes: what it asks for is made and answered here.</summary>
internal sealed class CoreBench
{
    public const int LeastRoot = 300;
    public static readonly Script Home = Script.P2wpkh(Bench.Key(99));
    private static readonly PrivateKey Wallet = PrivateKey.Create(Bench.Bytes(99));

    private readonly Views _share = new();
    private readonly Views _coin = new();
    private readonly Keys _keys;
    private uint _coins;

    public CoreBench(Role role, AgentPolicy? policy = null, SwapRules? rules = null, Amount worth = default)
    {
        Policy = policy ?? AgentPolicy.Default;
        _keys = new Keys(role == Role.Initiator ? (byte)1 : (byte)11);
        var plan = SwapPlan.Of(rules ?? SwapRules.Devnet, worth);
        var swap = Swap.Open("s1", Bench.Shares, Bench.Sats, Bench.Start, plan);
        var terms = new AgreedTerms(
            PaymentHash.Of(Bench.Bytes(7)), Bench.Seller(), Bench.Buyer(),
            Locktime.At(Bench.Start + plan.ShortSpan), Locktime.At(Bench.Start + plan.LongSpan));
        Own = new AgentSwap
        {
            Swap = SwapMachine.Decide(swap, new SwapEvent.TermsFixed(terms), new SwapTips(default, default, Bench.Start)).Swap,
            Role = role,
            KeyIndex = 0,
            Instrument = "P2SHARE-BTC",
            LeastRoot = plan.ExpiryMargin is null ? null : LeastRoot,
            Price = 98_000,
            ShareHeight = 1_000,
            CoinHeight = 200,
        };
        Now = Bench.Start;
    }

    public AgentPolicy Policy { get; set; }

    public AgentSwap Own { get; set; }

    public long Now { get; set; }

    public int ShareHeight { get; set; } = 1_000;

    public int CoinHeight { get; set; } = 200;

    public FeeRate? Estimate { get; set; } = FeeRate.PerVByte(2);

    /// <summary>What the sharechain shows of the lives of shares.</summary>
    public Dictionary<OutPoint, long> Lives { get; } = [];

    /// <summary>The life of the coins that a lock spends.</summary>
    public long? Lasts { get; set; }

    /// <summary>The root height of all shares whose life is known, and of the coins that a lock spends.</summary>
    public int? Root { get; set; } = LeastRoot;

    /// <summary>The root heights of single outputs, where they differ from <see cref="Root"/>.</summary>
    public Dictionary<OutPoint, int> RootsOf { get; } = [];

    public string? StaleShare { get; set; }

    public string? StaleCoin { get; set; }

    public bool ShareAnswers { get; set; } = true;

    public bool CoinAnswers { get; set; } = true;

    /// <summary>What nodes answer; a lock, claim or refund that is taken is seen in the mempool.</summary>
    public Func<OwnTransaction, SendOutcome> Answer { get; set; } = _ => SendOutcome.Taken;

    /// <summary>The process dies once something is written down, before it is sent.</summary>
    public bool DiesBeforeSending { get; set; }

    public List<OwnTransaction> Sent { get; } = [];

    public List<AgentAct.Make> Made { get; } = [];

    public List<string> Said { get; } = [];

    public Deadlines Deadlines => Own.Swap.Deadlines!.Value;

    public AgentSight Sight => new(
        new ChainSight(new TipView(ShareHeight, Now - 12), ShareAnswers, StaleShare, Estimate, _share)
        {
            Lives = Lives,
            Roots = Root is { } root
                ? Lives.Keys.ToDictionary(known => known, known => RootsOf.GetValueOrDefault(known, root))
                : [],
        },
        new ChainSight(new TipView(CoinHeight, Now - 60), CoinAnswers, StaleCoin, Estimate, _coin),
        Now,
        script => script == Home);

    /// <summary>Steps until the core asks for nothing more, as the driver does.</summary>
    public CoreBench Step()
    {
        for (var round = 0; round < 8; round++)
        {
            var turn = Keep(AgentCore.Step(Own, Sight, Policy));
            foreach (var act in turn.Acts)
            {
                Do(act);
            }

            if (turn.Acts.IsEmpty)
            {
                return this;
            }
        }

        return this;
    }

    public CoreBench After(int seconds, int shares = 0, int coins = 0)
    {
        (Now, ShareHeight, CoinHeight) = (Now + seconds, ShareHeight + shares, CoinHeight + coins);
        return Step();
    }

    public CoreBench At(long unixSeconds, int shares = 0, int coins = 0) => After((int)(unixSeconds - Now), shares, coins);

    /// <summary>Somebody pays a leg's contract; with the terms on the chain where shares are locked.</summary>
    public OutPoint Pay(Role leg, int? height, bool terms = true, Amount? amount = null, bool own = false)
    {
        var htlc = Own.Swap.Terms!.ContractOf(leg);
        ImmutableArray<TxOut> outputs = [htlc.FundingOutput(amount ?? Own.Swap.AmountOf(leg))];
        if (terms && leg == Role.Initiator)
        {
            outputs = outputs.Add(SwapAnnotation.Build(0, Own.Swap.Terms, Own.Swap.ParticipantAmount));
        }

        var transaction = own ? Signed(outputs) : new Transaction(2, [new TxIn(NextCoin(), Script.Empty, 0)], outputs, 0);
        Show(leg, transaction, height);
        return new OutPoint(transaction.Id, 0);
    }

    /// <summary>Shows a transaction in the mempool or a block of a leg's chain.</summary>
    public void Show(Role leg, Transaction transaction, int? height) =>
        ViewOf(leg).Show(transaction, height, Own.Swap.Terms!.ContractOf(leg).ScriptPubKey);

    /// <summary>A transaction is on no chain and in no mempool any more.</summary>
    public void Hide(Role leg, TxId id) => ViewOf(leg).Hide(id);

    public OwnTransaction? Newest(OwnTransactionKind kind, Role leg) => Own.Newest(kind, leg);

    public Transaction RefundOf(Role leg, byte key, FeeRate rate)
    {
        var payment = Own.Swap.FundingOf(leg)!;
        return Own.Swap.Terms!.ContractOf(leg).Refund(
            payment.OutPoint, payment.Amount, PrivateKey.Create(Bench.Bytes(key)), Home, rate)!;
    }

    private Views ViewOf(Role leg) => Own.Swap.ChainOf(leg) == SwapChain.Share ? _share : _coin;

    private AgentTurn Keep(AgentTurn turn)
    {
        Own = turn.Swap;
        Said.AddRange(turn.Sayings.Select(saying => saying.Text));
        return turn;
    }

    private void Do(AgentAct act)
    {
        switch (act)
        {
            case AgentAct.Make make:
                Made.Add(make);
                foreach (var then in Keep(AgentCore.Made(Own, make, Build(make), "not to be had", Sight, Policy)).Acts)
                {
                    Do(then);
                }

                break;
            case AgentAct.Send when DiesBeforeSending:
                break;
            case AgentAct.Send send:
                Sent.Add(send.Transaction);
                var outcome = Answer(send.Transaction);
                if (outcome == SendOutcome.Taken)
                {
                    Show(send.Transaction.Leg, send.Transaction.Transaction, null);
                }

                Keep(AgentCore.Sent(Own, send.Transaction.TxId, outcome, "", Sight, Policy));
                break;
        }
    }

    private MadeTransaction? Build(AgentAct.Make make)
    {
        if (make.Kind is OwnTransactionKind.Claim or OwnTransactionKind.Refund)
        {
            return SwapSpends.Make(Own, make, _keys, Home);
        }

        var coins = make switch
        {
            { Kind: OwnTransactionKind.Child } => [new SpentCoin(
                new OutPoint(make.Replaces!.TxId, (uint)make.Replaces.Transaction.Outputs.Length - 1),
                make.Replaces.Transaction.Outputs[^1].Value, Home)],
            { Replaces: { } before } => before.Spends,
            _ => [new SpentCoin(NextCoin(), new Amount(4 * Own.Swap.AmountOf(make.Leg).Sats), Home)],
        };
        var outputs = make.Kind == OwnTransactionKind.Funding ? make.Outputs : [];
        var fee = Math.Max(make.Rate.FeeFor(200).Sats, make.LeastFee.Sats + 200);
        if (fee > make.MostFee.Sats)
        {
            return null;
        }

        var rest = coins.Sum(coin => coin.Value.Sats) - outputs.Sum(output => output.Value.Sats) - fee;
        return new MadeTransaction(Signed(outputs.Add(new TxOut(new Amount(rest), Home)), coins), coins)
        {
            Lasts = Lasts,
            Root = Root,
        };
    }

    private OutPoint NextCoin() => new(new TxId(Hash256.DoubleSha256(BitConverter.GetBytes(++_coins))), 0);

    private Transaction Signed(ImmutableArray<TxOut> outputs, ImmutableArray<SpentCoin>? coins = null)
    {
        var spent = coins ?? [new SpentCoin(NextCoin(), new Amount(Amount.Coin), Home)];
        return TransactionSigner.Sign(
            new Transaction(2, [.. spent.Select(coin => new TxIn(coin.OutPoint, Script.Empty, TxIn.ReplaceableSequence))],
                outputs, 0),
            [.. spent.Select(coin => new TxOut(coin.Value, coin.Script))],
            _ => PrivateKey.Create(Bench.Bytes(99)));
    }

    private sealed class Keys(byte first) : ISwapKeys
    {
        public PrivateKey ClaimKey(uint index) => PrivateKey.Create(Bench.Bytes(first));

        public PrivateKey RefundKey(uint index) => PrivateKey.Create(Bench.Bytes((byte)(first + 1)));

        public Preimage PreimageOf(uint index) => Preimage.Create(Bench.Bytes(7));
    }

    /// <summary>A view that the test writes: of rivals in the mempool the newest stands.</summary>
    private sealed class Views : IWatchView
    {
        private readonly List<(Transaction Transaction, int? Height, Script Script)> _shown = [];

        public void Show(Transaction transaction, int? height, Script script)
        {
            var spent = transaction.Inputs.Select(input => input.PreviousOutput).ToHashSet();
            _shown.RemoveAll(one => one.Transaction.Id == transaction.Id
                || one.Transaction.Inputs.Any(input => spent.Contains(input.PreviousOutput)));
            _shown.Add((transaction, height, script));
        }

        public void Hide(TxId id) => _shown.RemoveAll(one => one.Transaction.Id == id);

        public IReadOnlyList<WatchedPayment> PaymentsTo(Script script) =>
        [
            .. _shown.SelectMany(one => one.Transaction.Outputs
                .Select((output, index) => (output, OutPoint: new OutPoint(one.Transaction.Id, (uint)index)))
                .Where(pair => pair.output.ScriptPubKey == script)
                .Select(pair => new WatchedPayment(
                    pair.OutPoint, pair.output, one.Transaction, one.Height, SpendOf(pair.OutPoint)))),
        ];

        public WatchedSpend? SpendOf(OutPoint outPoint)
        {
            foreach (var (transaction, height, _) in _shown)
            {
                for (var i = 0; i < transaction.Inputs.Length; i++)
                {
                    if (transaction.Inputs[i].PreviousOutput == outPoint)
                    {
                        return new WatchedSpend(transaction, i, height);
                    }
                }
            }

            return null;
        }
    }
}
