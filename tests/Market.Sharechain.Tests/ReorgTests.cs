using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Sharechain.Tests;

public sealed class ReorgTests
{
    [Fact]
    public void More_work_wins_and_a_tie_stays_with_the_first_seen()
    {
        var (left, right) = Forked(6);
        left.Add(Lab.Owner(1));
        right.Now += 1;
        right.Add(Lab.Owner(2));
        right.Add(Lab.Owner(2));
        left.Now = right.Now;
        var tip = left.Chain.TipNode.Id;
        var (first, second) = (Block(right, 7), Block(right, 8));

        Assert.Equal(ShareOutcome.SideChain, left.Submit(first).Outcome);
        Assert.Equal(tip, left.Chain.TipNode.Id);
        var submission = left.Submit(second);

        Assert.Equal(ShareOutcome.NewTip, submission.Outcome);
        Assert.Equal([tip], submission.Change!.Disconnected.Select(block => block.Id));
        Assert.Equal([first.Id, second.Id], submission.Change.Connected.Select(one => one.Block.Id));
        Assert.Equal(right.State.StateHash(), left.State.StateHash());
    }

    public static TheoryData<string, int> RowsAndSeeds => Rows.WithSeeds(3);

    public static TheoryData<string> EveryRow => Rows.Names;

    [Theory]
    [MemberData(nameof(RowsAndSeeds))]
    public void Reorganisations_of_random_depth_restore_the_state_exactly(string row, int seed)
    {
        var random = new Random(seed);
        var (left, right) = Forked(8, Rows.Of(row));
        for (var round = 0; round < 6; round++)
        {
            var hashes = new Dictionary<int, Hash256> { [left.State.Height] = left.State.StateHash() };
            var depth = random.Next(1, 12);
            for (var i = 0; i < depth; i++)
            {
                AddRandom(left, random);
                hashes[left.State.Height] = left.State.StateHash();
            }

            // Uncles weigh too.
            while (right.Chain.TipNode.ChainWork <= left.Chain.TipNode.ChainWork)
            {
                AddRandom(right, random);
            }

            left.Now = right.Now = Math.Max(left.Now, right.Now);
            var atFork = left.State.Height - depth;
            Retreat(left, hashes, atFork);
            for (var height = atFork + 1; height <= right.State.Height; height++)
            {
                Assert.True(left.Submit(Block(right, height)).Outcome
                    is ShareOutcome.NewTip or ShareOutcome.SideChain or ShareOutcome.Known);
            }

            Assert.Equal(right.State.StateHash(), left.State.StateHash());
            Assert.Equal(right.State.MatureUnits, left.State.MatureUnits);
            Assert.Equal(
                left.State.Coins.Where(coin => left.Profile.Window is not null || left.State.IsMature(coin))
                    .Sum(coin => coin.Weight),
                left.State.MatureUnits);
            Assert.Equal(left.State.Coins.Sum(coin => coin.Value.Sats), left.State.Supply.Sats);
        }
    }

    [Fact]
    public void A_branch_that_proves_invalid_is_left_and_the_old_tip_restored()
    {
        var (left, right) = Forked(6);
        left.Add(Lab.Owner(1));
        var before = left.State.StateHash();
        var tip = left.Chain.TipNode.Id;

        // The first of the branch pays the wrong script; off the best chain that cannot be seen yet.
        right.Now += 1;
        var bad = right.Forge(right.Next(Lab.Owner(2)), outputs: (_, made) =>
            made.SetItem(0, made[0] with { ScriptPubKey = Lab.Owner(66) }));
        Assert.Equal(ShareOutcome.SideChain, left.Submit(bad).Outcome);
        left.Now = right.Now += 2;
        var child = ChildOf(bad, right);
        var submission = left.Submit(child);

        Assert.Equal(ShareOutcome.Refused, submission.Outcome);
        Assert.Equal(ShareRefusal.PayoutScript, submission.Verdict.Refusal);
        Assert.Equal([bad.Id, child.Id], submission.Change!.Invalid);
        Assert.False(submission.Change.MovesTip);
        Assert.Equal(tip, left.Chain.TipNode.Id);
        Assert.Equal(before, left.State.StateHash());
        Assert.Equal(ShareRefusal.ParentInvalid, left.Submit(child).Verdict.Refusal);
        Assert.Equal(ShareRefusal.PayoutScript, left.Submit(bad).Verdict.Refusal);

        // Reopened, the rule that it broke is forgotten, and that it broke one is not.
        var stored = left.Store.Shares.Where(share => !submission.Change.Invalid.Contains(share.Block.Id))
            .Select(share => ShareIndexEntry.Of(share.Block, share.MainHeight, ShareFacts.Parse(share.Facts.ToArray())!));
        var again = ShareChain.Open(
            new SharechainState(left.Profile, left.Scripts), left.Store, stored, tip, submission.Change.Invalid);
        Assert.Equal(before, again.State.StateHash());
        Assert.Equal(ShareRefusal.ParentInvalid, again.Submit(bad, left.Mainchain, left.Now).Verdict.Refusal);
        left.Add(Lab.Owner(1));
    }

    [Theory]
    [MemberData(nameof(EveryRow))]
    public void A_chain_reopened_from_its_store_and_any_snapshot_is_the_same(string row)
    {
        var random = new Random(11);
        var (left, right) = Forked(8, Rows.Of(row));
        var snapshots = new List<byte[]> { new SharechainState(left.Profile, left.Scripts).ToSnapshot() };
        for (var i = 0; i < 5; i++)
        {
            AddRandom(left, random);
            snapshots.Add(left.State.ToSnapshot());
        }

        for (var i = 0; i < 9 || right.Chain.TipNode.ChainWork <= left.Chain.TipNode.ChainWork; i++)
        {
            AddRandom(right, random);
        }

        left.Now = right.Now = Math.Max(left.Now, right.Now);
        for (var height = 9; height <= right.State.Height; height++)
        {
            left.Submit(Block(right, height));
        }

        Assert.Equal(right.Chain.TipNode.Id, left.Chain.TipNode.Id);
        foreach (var snapshot in snapshots)
        {
            Assert.True(SharechainState.TryRestore(snapshot, left.Profile, left.Scripts, out var state));
            var index = left.Store.Shares
                .Select(share => ShareIndexEntry.Of(share.Block, share.MainHeight, share.Facts));
            var again = ShareChain.Open(state, left.Store, index, left.Store.Tip);

            Assert.Equal(left.State.StateHash(), again.State.StateHash());
            Assert.Equal(left.Chain.TipNode.Item.Pending, again.TipNode.Item.Pending.AsEnumerable());
            Assert.Equal(
                left.Chain.TipNode.Item with { Pending = [], Facts = ShareFacts.None },
                again.TipNode.Item with { Pending = [], Facts = ShareFacts.None });
            Assert.Equal(left.Chain.MedianTimePast, again.MedianTimePast);
            Assert.Equal(left.Chain.TipNode.ChainWork, again.TipNode.ChainWork);
        }
    }

    [Fact]
    public void A_snapshot_that_is_damaged_cut_or_of_another_chain_is_not_read()
    {
        var lab = new Lab();
        lab.AddMany(7);
        var bytes = lab.State.ToSnapshot();

        Assert.True(SharechainState.TryRestore(bytes, lab.Profile, lab.Scripts, out var state));
        Assert.Equal(lab.State.StateHash(), state.StateHash());
        Assert.Equal(lab.State.Draw().OutPoint, state.Draw().OutPoint);
        Assert.False(SharechainState.TryRestore(bytes, SharechainProfiles.P2Share, lab.Scripts, out _));
        for (var i = 0; i < bytes.Length; i += 7)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[i] ^= 1;
            Assert.False(SharechainState.TryRestore(damaged, lab.Profile, lab.Scripts, out _));
            Assert.False(SharechainState.TryRestore(bytes.AsMemory(0, i), lab.Profile, lab.Scripts, out _));
        }
    }

    [Fact]
    public void A_chain_whose_store_failed_refuses_further_work()
    {
        var lab = new Lab();
        var chain = ShareChain.Create(lab.Profile, lab.Scripts, new FailingStore());
        lab.Now += 2;
        var block = lab.Next();

        Assert.Throws<IOException>(() => chain.Submit(block, lab.Mainchain, lab.Now));
        Assert.Throws<InvalidOperationException>(() => chain.Submit(block, lab.Mainchain, lab.Now));
    }

    internal static ShareBlock Block(Lab lab, int height) =>
        lab.Chain.GetBlock(lab.Chain.AtHeight(height)!.Id)!;

    private static (Lab Left, Lab Right) Forked(int height, SharechainProfile? profile = null)
    {
        var left = new Lab(profile);
        for (var i = 0; i < height; i++)
        {
            left.Add(Lab.Owner(i % 3));
        }

        return (left, left.Twin());
    }

    // Takes blocks back one by one, checks every state against what it was, and puts them on again.
    private static void Retreat(Lab lab, Dictionary<int, Hash256> hashes, int to)
    {
        var bytes = lab.State.ToSnapshot();
        Assert.True(SharechainState.TryRestore(bytes, lab.Profile, lab.Scripts, out var state));
        for (var height = lab.State.Height; height > to; height--)
        {
            Assert.Equal(hashes[height], state.StateHash());
            var block = Block(lab, height);
            state.Undo(block, ShareUndo.Parse(lab.Store.GetUndo(block.Id)!.ToArray())!);
        }

        Assert.Equal(hashes[to], state.StateHash());
    }

    private static void AddRandom(Lab lab, Random random)
    {
        var coins = lab.State.Coins.Where(lab.State.IsMature).OrderBy(coin => coin.Place).ToList();
        var transactions = new List<Transaction>();
        for (var i = random.Next(4); i > 0 && coins.Count > 0; i--)
        {
            var coin = coins[random.Next(coins.Count)];
            coins.Remove(coin);
            if (coin.OutPoint == lab.State.DrawnToRedeem)
            {
                continue;
            }

            var least = lab.Profile.LeastOutput.Sats;
            if (lab.Profile.WholeOutput is not null || coin.Value.Sats < 2 * least + 200)
            {
                transactions.Add(Lab.Spend(coin, Lab.Owner(random.Next(5))));
                continue;
            }

            var part = new Amount(random.NextInt64(least, coin.Value.Sats / 2));
            TxOut[] outputs =
            [
                new TxOut(part, Lab.Owner(random.Next(5))),
                new TxOut(coin.Value - part - new Amount(Math.Min(100, part.Sats)), Lab.Owner(random.Next(5))),
                PayoutAnnotation.Output((byte)random.Next(3), Lab.Owner(100 + random.Next(5))),
            ];
            var spend = Lab.Spend(coin.OutPoint, [.. outputs]);
            transactions.Add(spend);
            if (random.Next(3) == 0)
            {
                transactions.Add(Lab.Spend(
                    new OutPoint(spend.Id, 0), [new TxOut(part, Lab.Owner(random.Next(5)))]));
            }
        }

        if (lab.Profile.Weak is not null)
        {
            lab.Weak.AddRange(Enumerable.Range(0, random.Next(3)).Select(_ => lab.MineWeak(Lab.Owner(random.Next(5)))));
        }

        lab.Now += random.Next(3) - 1;
        var block = lab.Add(Lab.Owner(random.Next(5)), [.. transactions]);
        if (lab.Profile.Payout is PayoutDesign.Redeemed && random.Next(2) == 0)
        {
            lab.Mainchain.Grow(random.Next(2) == 0 ? block.Proof.MainHeader.Id : null);
        }
    }

    private static ShareBlock ChildOf(ShareBlock parent, Lab lab)
    {
        var height = parent.Header.Height + 1;
        var old = parent.Transactions[0];
        var script = Lab.Bytes([.. CoinbaseHeight.Push((int)height), 0]);
        var sharebase = new Transaction(2, [old.Inputs[0] with { ScriptSig = script }], old.Outputs, 0);
        return lab.Forge(parent, transactions: [sharebase], header: header => header with
        {
            Parent = parent.Id,
            Height = height,
            Time = (uint)lab.Now,
            Bits = lab.Profile.Genesis.Bits,
        });
    }

    private sealed class FailingStore : IShareStore
    {
        public ShareBlock? GetBlock(ShareId id) => null;

        public ShareUndo? GetUndo(ShareId id) => null;

        public void Commit(ShareChange change) => throw new IOException("The disk is full.");
    }
}
