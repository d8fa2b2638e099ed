using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Market.Bitcoin;

namespace Market.Sharechain.Tests;

/// <summary>
/// Nodes that have heard the same shares stand on the same chain, whatever the order and whoever lied in between; and it
/// is the chain that a naive reading of the rules gives.
/// </summary>
public sealed class AgreementTests
{
    private const int MostSteps = 24;
    private const int Nodes = 3;
    private static readonly string Usual = SharechainProfiles.P2ShareDevnet.Name;

    public static TheoryData<string> EveryRow => Rows.Names;

    public static TheoryData<string, int> RowsAndSeeds => Rows.WithSeeds(4);

    [Theory]
    [MemberData(nameof(EveryRow))]
    public void Nodes_that_have_heard_all_agree_with_each_other_and_with_the_naive_ledger(string row) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(row == Usual ? 40 : 15).WithStartSize(20).WithEndSize(3 * MostSteps),
        Prop.ForAll<byte[]>(choices =>
        {
            Run(Rows.Of(row), choices);
            return true;
        }));

    // Long runs of few kinds of step, which a generator of bytes seldom makes.
    [Theory]
    [MemberData(nameof(RowsAndSeeds))]
    public void Nodes_agree_after_long_rivalries(string row, int seed)
    {
        var choices = new byte[3 * MostSteps];
        new Random(seed).NextBytes(choices);
        for (var i = 0; i < choices.Length; i += 3)
        {
            choices[i] %= 3;
            choices[i + 1] %= (byte)(seed % 2 == 0 ? 10 : 4);
        }

        Run(Rows.Of(row), choices);
    }

    private static void Run(SharechainProfile profile, byte[] choices)
    {
        var world = new World(profile);
        for (var i = 0; i + 2 < choices.Length && i < 3 * MostSteps; i += 3)
        {
            world.Step(choices[i], choices[i + 1], choices[i + 2]);
        }

        var nodes = Enumerable.Range(0, Nodes).Select(_ => new Lab(profile, world.Main)).ToArray();
        var ledger = new NaiveLedger(profile, world.Main);
        var best = ledger.Best(world.Shares);
        for (var i = 0; i < nodes.Length; i++)
        {
            HearAll(nodes[i], world, new Random(choices.Length + i));
            Compare(nodes[i], ledger, best);
        }

        // A tie is broken by one more share on any of the best.
        var last = nodes[0].Next(Lab.Owner(9));
        var after = ledger.Best([.. world.Shares, last]);
        foreach (var node in nodes)
        {
            node.Now = nodes[0].Now;
            node.Submit(last);
            Compare(node, ledger, after);
            Assert.Equal(last.Id, node.Chain.TipNode.Id);
            Assert.Equal(nodes[0].State.StateHash(), node.State.StateHash());
        }
    }

    // In random order, some of it twice; what has to wait is offered again until nothing moves. At first the clock lags.
    private static void HearAll(Lab node, World world, Random random)
    {
        var waiting = world.Sent.Concat(world.Sent.Where(_ => random.Next(4) == 0)).ToArray();
        random.Shuffle(waiting);
        node.Now = world.Latest - 200;
        foreach (var clock in new[] { node.Now, world.Latest })
        {
            node.Now = clock;
            for (var moved = true; moved;)
            {
                var still = waiting.Where(share => node.Submit(share).Outcome == ShareOutcome.Deferred).ToArray();
                moved = still.Length < waiting.Length;
                waiting = still;
            }
        }
    }

    private static void Compare(Lab node, NaiveLedger ledger, HashSet<ShareId> best)
    {
        Assert.Contains(node.Chain.TipNode.Id, best);
        var state = ledger.At(node.Chain.TipNode.Id);
        Assert.Equal(state.Height, node.State.Height);
        Assert.Equal(
            state.Outputs.Select(output => (output.OutPoint, output.Value, output.Payout)),
            node.State.Coins.OrderBy(coin => coin.Place).Select(coin => (coin.OutPoint, coin.Value.Sats, coin.Payout)));
        Assert.Equal(ledger.Units(state), node.State.MatureUnits);
        Assert.Equal(state.WindowStart, node.State.WindowStart);
        if (node.Profile.Window is not null)
        {
            Assert.Equal(
                state.Outputs.Select(output => output.Root),
                node.State.Coins.OrderBy(coin => coin.Place).Select(node.State.RootOf));
        }

        const long sum = 50 * Amount.Coin + 7;
        Assert.Equal(
            ledger.Due(node.Chain.TipNode.Id, sum), node.State.Payees?.Outputs(new Amount(sum)).ToList());
    }

    /// <summary>Shares that honest, mistaken and lying miners made.</summary>
    private sealed class World(SharechainProfile profile)
    {
        private readonly List<NamedShare> _weak = [];
        private readonly Dictionary<ShareId, ShareBlock> _byId = [];

        public PlainMainchain Main { get; } = new();

        /// <summary>Blocks that are what their id says, in the order they were made.</summary>
        public List<ShareBlock> Shares { get; } = [];

        /// <summary>All that travels: those, and others under their ids.</summary>
        public List<ShareBlock> Sent { get; } = [];

        public long Latest => profile.Genesis.Time + 600;

        public void Step(byte below, byte kind, byte detail)
        {
            var lab = new Lab(profile, Main);
            var onGood = Climb(lab, below);
            if (!onGood)
            {
                // A child of something invalid, as a node would make that does not check.
                var parent = Newest(below);
                Keep(lab.Forge(parent, header: header => header with
                {
                    Parent = parent.Id,
                    Height = parent.Header.Height + 1,
                    Time = parent.Header.Time + 2,
                }));
                return;
            }

            if (profile.Weak is not null)
            {
                _weak.AddRange(Enumerable.Range(0, kind % 4).Select(each => lab.MineWeak(Lab.Owner(each))));
                lab.Weak.AddRange(_weak);
            }

            if (profile.Payout is PayoutDesign.Redeemed && kind % 3 == 0)
            {
                Main.Grow(Shares.Count > 0 && detail % 2 == 0 ? Newest(below).Proof.MainHeader.Id : null);
            }

            var share = lab.Next(lab.State.MatureUnits == 0 ? Lab.Owner(detail % 5) : Miner(detail), Spends(lab, detail));
            switch (kind % 12)
            {
                case 4:
                    Keep(lab.Forge(share, outputs: (_, made) =>
                        made.SetItem(0, made[0] with { ScriptPubKey = Lab.Owner(66) })));
                    break;
                case 5:
                    Keep(lab.Forge(share, transactions: share.Transactions.SetItem(0, Minting(share, 1 + detail))));
                    break;
                case 6:
                    Keep(lab.Forge(share, transactions: share.Transactions.Add(
                        Lab.Spend(new OutPoint(new TxId(Hash256.DoubleSha256([detail])), 0), [new TxOut(Amount.Zero, Miner(1))]))));
                    break;
                case 7:
                    // Two proofs of one header: two shares, both good.
                    Keep(share);
                    Keep(lab.Forge(share, coinbase: made => new Transaction(
                        made.Version, made.Inputs, made.Outputs.Add(new TxOut(Amount.Zero, Lab.Bytes([0x6a, detail]))), 0)));
                    break;
                case 8:
                    // Another body under the id of a good share.
                    Keep(share);
                    Sent.Add(share with { Transactions = share.Transactions.SetItem(0, Minting(share, 0, 7)) });
                    Sent.Add(share with { Proof = share.Proof with { Branch = [Hash256.Zero] } });
                    break;
                case 9:
                    Main.Grow();
                    Keep(share);
                    break;
                case 10:
                    Keep(lab.Forge(share, header: header => header with { Height = header.Height + 1 }));
                    break;
                case 11:
                    Keep(lab.Forge(share, header: header => header with { Time = (uint)Latest + detail % 100u }));
                    break;
                default:
                    Keep(share);
                    break;
            }
        }

        private ShareBlock Newest(byte below) => Shares[^(1 + (below % Math.Min(4, Shares.Count)))];

        private void Keep(ShareBlock share)
        {
            if (_byId.TryAdd(share.Id, share))
            {
                Shares.Add(share);
                Sent.Add(share);
            }
        }

        // Puts a node on one of the newest shares; false where that one is not valid.
        private bool Climb(Lab lab, byte below)
        {
            if (Shares.Count == 0)
            {
                return true;
            }

            var path = new Stack<ShareBlock>();
            for (var at = Newest(below); at is not null;
                at = _byId.GetValueOrDefault(at.Header.Parent))
            {
                path.Push(at);
            }

            lab.Now = Latest;
            while (path.TryPop(out var share))
            {
                if (lab.Submit(share).Outcome != ShareOutcome.NewTip)
                {
                    return false;
                }
            }

            // Of those beside it some are heard too, and may be named.
            var tip = lab.Chain.TipNode;
            foreach (var share in Shares.Where(each => profile.Uncles is not null && each.Header.Height <= tip.Height))
            {
                if (lab.Chain.Find(share.Header.Parent) is { } parent && ReferenceEquals(tip.Ancestor(parent.Height), parent))
                {
                    lab.Submit(share);
                }
            }

            lab.Now = lab.Chain.TipNode.Item.Header.Time;
            return ReferenceEquals(lab.Chain.TipNode, tip);
        }

        private Transaction[] Spends(Lab lab, byte detail)
        {
            var coins = lab.State.Coins.Where(lab.State.IsMature).Where(coin => coin.OutPoint != lab.State.DrawnToRedeem)
                .OrderBy(coin => coin.Place).Take(detail % 3).ToArray();
            return profile.WholeOutput is not null
                ? [.. coins.Select(coin => Lab.Spend(coin, Lab.Owner(detail % 5)))]
                :
            [
                .. coins.Select((coin, i) => Lab.Spend(
                    coin.OutPoint,
                    [
                        new TxOut(new Amount(coin.Value.Sats / 2), Miner((byte)(detail + i))),
                        new TxOut(new Amount(coin.Value.Sats / 3), Miner((byte)(detail + 3 + i))),
                        PayoutAnnotation.Output((byte)(detail % 2), Lab.Owner(100 + (detail % 5))),
                    ])),
            ];
        }

        // One in five has no payout script of its own.
        private static Script Miner(byte detail) => detail % 5 == 4
            ? Lab.Bytes([.. Enumerable.Repeat((byte)0x51, 50)])
            : Lab.Owner(detail % 5);

        private static Transaction Minting(ShareBlock share, long more, int owner = 1)
        {
            var old = share.Transactions[0];
            return new Transaction(
                2, old.Inputs, [new TxOut(old.Outputs[0].Value + new Amount(more), Lab.Owner(owner))], 0);
        }
    }
}
