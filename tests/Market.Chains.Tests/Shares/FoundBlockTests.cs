using System.Collections.Concurrent;
using Market.Bitcoin;
using Market.Chains.Mainchain;
using Market.Chains.Shares;
using Market.Chains.Storage;
using Market.Testing.Chains;

namespace Market.Chains.Tests.Shares;

/// <summary>What becomes of the mainchain blocks that shares find is told: at once, late, after a reorganisation, after a restart.
/// </summary>
public sealed class FoundBlockTests
{
    private static readonly Script Miner = Coins.Owner(20);
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task A_block_is_accepted_orphaned_by_a_longer_branch_and_told_both_times()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        using var stop = new CancellationTokenSource();
        var told = Listen(node, stop.Token);
        var height = (await main.GetTipAsync()).Height + 1;
        var share = (await ShareLab.MineAsync(node, _clock, 1, Miner)).Single();
        var found = (await node.GetFoundAsync()).Single();
        Assert.Equal(
            (share.Proof.MainHeader.Id, height, share.Id, 1, false, FoundFate.Accepted),
            (found.Id, found.Height, found.Share, found.ShareHeight, found.IsWeak, found.Fate));

        await FateAsync(node, FoundFate.Accepted);
        await main.MineForkAsync(height - 1, 2, cancellation: TestContext.Current.CancellationToken);
        await FateAsync(node, FoundFate.Orphaned);
        await Eventually.TrueAsync(() => told.Count >= 3, "three events");
        Assert.Equal([FoundFate.Waiting, FoundFate.Accepted, FoundFate.Orphaned], told.Select(each => each.Fate));
        await stop.CancelAsync();
    }

    [Fact]
    public async Task What_happened_before_it_listened_is_looked_at_though_nothing_tells_of_it()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        var height = (await main.GetTipAsync()).Height;
        var id = (await main.GetHeaderAsync(height))!.Header.Id;
        var failures = new ConcurrentQueue<SupervisedFailure>();
        byte[]? kept = null;
        await using (var before = new FoundBlocks(main, null, bytes => kept = bytes, _clock, _ => { }, failures.Enqueue))
        {
            before.Add(id, height, default, 1, isWeak: false, new Block((await main.GetHeaderAsync(height))!.Header, []));
            before.Answer(new SubmitResult(id.Value, SubmitCode.Accepted));
        }

        // Accepted already, so that its first look changes nothing and calls for no other.
        var late = new LateListening(main, () => main.MineForkAsync(height - 1, 2));
        await using var found = new FoundBlocks(late, kept, _ => { }, _clock, _ => { }, failures.Enqueue);
        await Eventually.TrueAsync(() => found.All.Single().Fate == FoundFate.Orphaned, "the fork to be seen");
        Assert.Empty(failures);
    }

    [Fact]
    public async Task A_block_whose_answer_comes_late_is_told_when_it_comes()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        var answers = new Answering(main) { Next = _ => throw new ChainUnavailableException("away") };
        await using var node = await ShareLab.NodeAsync(answers, _clock);
        await ShareLab.MineAsync(node, _clock, 1, Miner);
        var found = (await node.GetFoundAsync()).Single();
        Assert.Equal((FoundFate.Waiting, "away"), (found.Fate, found.Words));

        answers.Next = null;
        await FateAsync(node, FoundFate.Accepted);
    }

    [Fact]
    public async Task A_refusal_is_told_with_the_node_s_word_and_a_side_chain_is_stale()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        var answers = new Answering(main)
        {
            Next = block => new SubmitResult(block.Id.Value, SubmitCode.Refused, "bad-txns: a transaction in it breaks a rule"),
        };
        var store = new MemoryBlockStore();
        await using (var node = await ShareLab.NodeAsync(answers, _clock, store))
        {
            await ShareLab.MineAsync(node, _clock, 1, Miner);
            answers.Next = block => new SubmitResult(block.Id.Value, SubmitCode.SideChain);
            await ShareLab.MineAsync(node, _clock, 1, Miner);
            Assert.Equal(
                [(FoundFate.Stale, ""), (FoundFate.Refused, "bad-txns: a transaction in it breaks a rule")],
                (await node.GetFoundAsync()).Select(each => (each.Fate, each.Words)));
        }

        await using var again = await ShareLab.NodeAsync(answers, _clock, store);
        Assert.Equal([FoundFate.Stale, FoundFate.Refused], (await again.GetFoundAsync()).Select(each => each.Fate));
        Assert.EndsWith("breaks a rule", (await again.GetFoundAsync())[1].Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_block_that_nobody_answered_for_is_offered_again_after_a_restart()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        var height = (await main.GetTipAsync()).Height;
        var answers = new Answering(main) { Next = _ => throw new ChainUnavailableException("away") };
        var store = new MemoryBlockStore();
        ReadOnlyMemory<byte> killed;
        await using (var node = await ShareLab.NodeAsync(answers, _clock, store))
        {
            await ShareLab.MineAsync(node, _clock, 1, Miner);
            Assert.Equal(FoundFate.Waiting, (await node.GetFoundAsync()).Single().Fate);

            // Kept by the time the share is answered for: a process that is killed then loses nothing.
            killed = store.GetFound()!.Value;
        }

        store.WriteFound(killed);
        await using (var again = await ShareLab.NodeAsync(answers, _clock, store))
        {
            Assert.Equal(FoundFate.Waiting, (await again.GetFoundAsync()).Single().Fate);
            Assert.Equal(height, (await main.GetTipAsync()).Height);
            answers.Next = null;
            await FateAsync(again, FoundFate.Accepted);
            Assert.Equal(height + 1, (await main.GetTipAsync()).Height);
        }

        // What was answered for is not kept whole, nor offered any more.
        var book = new FoundBook();
        book.Read(store.GetFound()!.Value);
        Assert.Empty(book.Whole);
    }

    [Fact]
    public async Task A_block_that_lost_its_race_while_nobody_answered_is_stale_after_a_restart()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        var answers = new Answering(main) { Next = _ => throw new ChainUnavailableException("away") };
        var store = new MemoryBlockStore();
        await using (var node = await ShareLab.NodeAsync(answers, _clock, store))
        {
            await ShareLab.MineAsync(node, _clock, 1, Miner);
        }

        await main.MineForkAsync((await main.GetTipAsync()).Height, 1, cancellation: TestContext.Current.CancellationToken);
        await using var again = await ShareLab.NodeAsync(main, _clock, store);
        await FateAsync(again, FoundFate.Stale);
    }

    [Fact]
    public void Blocks_that_wait_are_kept_whole_up_to_a_bound_until_they_are_answered_for_or_given_up()
    {
        var book = new FoundBook();
        for (var i = 0; i < FoundBook.MostWhole + 2; i++)
        {
            book.Add(Waiting(i), Whole(i));
        }

        Assert.Equal(FoundBook.MostWhole, book.Whole.Length);
        Assert.Equal(Whole(2).Id, book.Whole[0].Id);
        book.Change(Whole(2).Id, block => block with { Fate = FoundFate.Refused });
        book.Forget(Whole(3).Id);
        var again = new FoundBook();
        again.Read(book.ToArray());
        Assert.Equal(FoundBook.MostWhole - 2, again.Whole.Length);
        Assert.Equal(Whole(4).ToArray(), again.Whole[0].ToArray());

        // Newest first: those with their block wait on, of those without one nobody knows.
        Assert.Equal(
            [.. Enumerable.Repeat(FoundFate.Waiting, FoundBook.MostWhole - 2), FoundFate.Unknown, FoundFate.Refused,
                FoundFate.Unknown, FoundFate.Unknown],
            again.All.Select(each => each.Fate));

        static Block Whole(int i) => new(
            new BlockHeader(1, default, Hash256.DoubleSha256(BitConverter.GetBytes(i)), 0, new CompactTarget(0x207fffff), 0),
            [new Transaction(2, [new TxIn(default, Miner, 0)], [new TxOut(new Amount(i), Miner)], 0)]);

        static FoundBlock Waiting(int i) => new(Whole(i).Id, i, default, i, false, 1, FoundFate.Waiting, 2, "away");
    }

    [Fact]
    public async Task No_more_blocks_than_a_bound_are_offered_in_the_background()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        var answers = new Answering(main) { Next = _ => throw new ChainUnavailableException("away") };
        using var stop = new CancellationTokenSource();
        await using var found = new FoundBlocks(answers, null, _ => { }, _clock, _ => { }, _ => { });
        var offers = new MainBlockOffers(answers, _clock, found, _ => { }, stop.Token);
        for (var i = 0; i <= MainBlockOffers.MostWaiting; i++)
        {
            var root = Hash256.DoubleSha256(BitConverter.GetBytes(i));
            var block = new Block(new BlockHeader(1, default, root, 0, new CompactTarget(0x207fffff), 0), []);
            found.Add(block.Id, i, default, i, isWeak: false, block);
            offers.Insist(block);
        }

        Assert.Equal(
            [FoundFate.Unknown, .. Enumerable.Repeat(FoundFate.Waiting, MainBlockOffers.MostWaiting)],
            found.All.Select(each => each.Fate));
        await stop.CancelAsync();
        await offers.Ended;
    }

    [Fact]
    public async Task A_block_that_another_node_s_miner_found_is_told_by_the_mainchain_here()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        await using var finder = await ShareLab.NodeAsync(main, _clock);
        await using var other = await ShareLab.NodeAsync(main, _clock);
        var share = (await ShareLab.MineAsync(finder, _clock, 1, Miner)).Single();
        await other.SubmitShareAsync(share, TestContext.Current.CancellationToken);
        await FateAsync(other, FoundFate.Accepted);
    }

    [Fact]
    public async Task Blocks_of_shares_stored_before_are_found_again_without_what_was_kept()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        var store = new MemoryBlockStore();
        await using (var node = await ShareLab.NodeAsync(main, _clock, store))
        {
            await ShareLab.MineAsync(node, _clock, 2, Miner);
        }

        store.WriteFound(new byte[] { 9, 9 });
        await using var again = await ShareLab.NodeAsync(main, _clock, store);
        await Eventually.TrueAsync(
            async () => (await again.GetFoundAsync()) is [{ Fate: FoundFate.Accepted }, { Fate: FoundFate.Accepted }],
            "their fate");
    }

    [Fact]
    public void Only_the_newest_are_remembered()
    {
        var book = new FoundBook();
        for (var i = 0; i < FoundBlock.Most + 5; i++)
        {
            var id = Hash256.DoubleSha256(BitConverter.GetBytes(i));
            Assert.True(book.Add(new FoundBlock(new BlockId(id), i, default, i, false, 1, FoundFate.Stale, 2, "words")));
        }

        Assert.Equal(FoundBlock.Most, book.All.Length);
        Assert.Equal(FoundBlock.Most + 4, book.All[0].Height);
        var again = new FoundBook();
        again.Read(book.ToArray());
        Assert.Equal(book.All, again.All);
    }

    [Fact]
    public async Task A_block_that_the_mainchain_has_off_its_best_chain_is_no_duplicate()
    {
        await using var main = await Lab.MainchainAsync(_clock, premine: 3);
        await using var node = await ShareLab.NodeAsync(main, _clock);
        _clock.Advance(TimeSpan.FromSeconds(2));
        var template = await node.GetTemplateAsync(Miner);
        var share = ShareLab.Solve(template);
        var result = await node.SubmitShareAsync(share, TestContext.Current.CancellationToken);
        Assert.True(result.IsMainBlock);
        Assert.True((await node.SubmitShareAsync(share, TestContext.Current.CancellationToken)).IsMainBlock);

        await main.MineForkAsync((await main.GetTipAsync()).Height - 1, 2, cancellation: TestContext.Current.CancellationToken);
        var again = await node.SubmitShareAsync(share, TestContext.Current.CancellationToken);
        Assert.Equal((SubmitCode.Duplicate, SubmitCode.SideChain), (again.Code, again.MainResult!.Code));
        Assert.False(again.IsMainBlock);
    }

    private static Task FateAsync(ShareNode node, FoundFate fate) => Eventually.TrueAsync(
        async () => (await node.GetFoundAsync())[0].Fate == fate, $"a block to be {fate}");

    private static ConcurrentQueue<FoundBlock> Listen(ShareNode node, CancellationToken stop)
    {
        var told = new ConcurrentQueue<FoundBlock>();
        var events = node.SubscribeAsync(stop);
        _ = Task.Run(
            async () =>
            {
                await foreach (var happened in events)
                {
                    if (happened is ChainEvent.FateChanged changed)
                    {
                        told.Enqueue(changed.Block);
                    }
                }
            },
            CancellationToken.None);
        return told;
    }

    /// <summary>Answers to blocks as the test says.</summary>
    private sealed class Answering(EmbeddedMainchain inner) : PassingMainchain(inner)
    {
        public Func<Block, SubmitResult>? Next { get; set; }

        public override async ValueTask<SubmitResult> SubmitBlockAsync(Block block, CancellationToken cancellation = default)
        {
            await Task.Yield();
            return Next is { } answer ? answer(block) : await inner.SubmitBlockAsync(block, cancellation);
        }
    }

    /// <summary>A mainchain that changes between the first look at it and the listening to it.</summary>
    private sealed class LateListening(IMainchain inner, Func<Task> change) : PassingMainchain(inner)
    {
        private readonly IMainchain _inner = inner;
        private readonly TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async ValueTask<MainHeader?> GetHeaderAsync(BlockId id, CancellationToken cancellation = default)
        {
            var header = await _inner.GetHeaderAsync(id, cancellation);
            _looked.TrySetResult();
            return header;
        }

        public override IAsyncEnumerable<ChainEvent> SubscribeAsync(CancellationToken cancellation = default)
        {
            // Whoever listens is heard from here on, and from no sooner: so all that goes before is waited for.
            _looked.Task.WaitAsync(Eventually.Patience, CancellationToken.None).GetAwaiter().GetResult();
            change().GetAwaiter().GetResult();
            return _inner.SubscribeAsync(cancellation);
        }
    }
}
