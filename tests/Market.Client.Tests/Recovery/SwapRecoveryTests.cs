using Market.Bitcoin;
using Market.Chains;
using Market.Client.Agent;
using Market.Client.Recovery;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Tests.Recovery;

public sealed class SwapRecoveryTests : IAsyncLifetime
{
    private RecoveryLab _lab = null!;

    public async ValueTask InitializeAsync() => _lab = await RecoveryLab.StartAsync();

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    public static TheoryData<string, bool> States()
    {
        var states = new TheoryData<string, bool>();
        foreach (var state in Steps)
        {
            states.Add(state, true);
            states.Add(state, false);
        }

        return states;
    }

    private static readonly string[] Steps =
        ["first waits", "first locked", "second waits", "second locked", "reveal waits", "revealed", "claim waits", "claimed"];

    [Theory]
    [MemberData(nameof(States))]
    public async Task With_nothing_but_the_seed_a_swap_is_found_at_every_state(string state, bool asSeller)
    {
        await ReachAsync(state);
        var seed = asSeller ? _lab.Seller : _lab.Buyer;
        var wallet = _lab.Restore(seed);

        var recovered = await SwapRecovery.FindAsync(wallet, RecoveryLab.Network);

        var swap = Assert.Single(recovered.Swaps);
        var index = asSeller ? RecoveryLab.SellerIndex : RecoveryLab.BuyerIndex;
        Assert.Equal((index, _lab.RoleOf(seed)), (swap.KeyIndex, swap.Role));
        Assert.Equal(_lab.Terms, swap.Swap.Terms);
        Assert.Equal((RecoveryLab.Shares, RecoveryLab.Sats), (swap.Swap.InitiatorAmount, swap.Swap.ParticipantAmount));
        Assert.Equal(index + 1 + SwapSearch.Jump, recovered.NextIndex);
        Assert.True(swap.Swap.Phase is SwapPhase.InitiatorLocking or SwapPhase.InitiatorLocked, swap.Swap.Phase.ToString());
        Assert.False(swap.IsOver);
        var own = swap.Locks().SingleOrDefault();
        var isThere = asSeller || Array.IndexOf(Steps, state) >= 2;
        Assert.Equal(isThere, own is not null);
        Assert.Equal(isThere, swap.Refused is null);
        Assert.Equal(isThere ? 0 : 1, recovered.Unsure.Length);
        if (own is not null)
        {
            var locked = asSeller ? _lab.FirstLock : _lab.SecondLock;
            Assert.Equal((locked.Id, new OutPoint(locked.Id, 0)), (own.TxId, own.OutPoint));
            Assert.Equal(locked.Inputs.Select(input => input.PreviousOutput), own.Spends.Select(coin => coin.OutPoint));
            Assert.True(own.Fee.Sats > 0);
            Assert.True(wallet.Owns(own.Spends[0].Script));
        }
    }

    [Fact]
    public async Task A_seed_that_took_part_in_nothing_finds_nothing()
    {
        await ReachAsync("claimed");
        using var stranger = Client.Keys.Seed.Create();

        var recovered = await SwapRecovery.FindAsync(_lab.Restore(stranger), RecoveryLab.Network);

        Assert.Empty(recovered.Swaps);
        Assert.Equal((0, SwapSearch.Jump), (recovered.Over, recovered.NextIndex));
    }

    [Fact]
    public async Task What_is_long_over_is_counted_and_never_driven_again()
    {
        await ReachAsync("claimed");
        await PassAsync(_lab.Terms.Long.UnixSeconds + 8 * 24 * 60 * 60);

        var recovered = await SwapRecovery.FindAsync(_lab.Restore(_lab.Buyer), RecoveryLab.Network);

        Assert.Empty(recovered.Swaps);
        Assert.Equal((1, RecoveryLab.BuyerIndex + 1 + SwapSearch.Jump), (recovered.Over, recovered.NextIndex));
    }

    [Fact]
    public async Task What_still_lies_in_a_contract_is_found_however_old_it_is()
    {
        await ReachAsync("second locked");
        await PassAsync(_lab.Terms.Long.UnixSeconds + 8 * 24 * 60 * 60);

        Assert.Single((await SwapRecovery.FindAsync(_lab.Restore(_lab.Buyer), RecoveryLab.Network)).Swaps);
        Assert.Single((await SwapRecovery.FindAsync(_lab.Restore(_lab.Seller), RecoveryLab.Network)).Swaps);
    }

    [Fact]
    public async Task A_known_birthday_spares_the_blocks_before_and_a_wrong_one_hides_nothing()
    {
        await ReachAsync("second locked");
        var now = _lab.Clock.Seconds;

        foreach (var bornAt in new[] { now, now - 60, now + 10_000_000, 1 })
        {
            Assert.Single((await SwapRecovery.FindAsync(_lab.Restore(_lab.Buyer), RecoveryLab.Network, bornAt)).Swaps);
        }
    }

    // Coins behind more emptied addresses than a wallet looks past.
    [Fact]
    public async Task Addresses_behind_a_stretch_of_emptied_ones_are_found_by_their_history()
    {
        var wallet = _lab.SellerWallet;
        for (var i = 0; i < 45; i++)
        {
            var coin = (await wallet.GetCoinsAsync(ChainKind.Sharechain)).First(coin => coin.IsSpendable);
            var all = await wallet.SweepAsync(ChainKind.Sharechain, FeeRate.MinimumRelay, other => other.OutPoint == coin.OutPoint);
            await _lab.SendAsync(_lab.Share, all!.Transaction);
            await _lab.MineAsync();
        }

        var before = (await wallet.GetBalanceAsync(ChainKind.Sharechain)).Total;
        var bare = _lab.Restore(_lab.Seller);
        Assert.True((await bare.GetBalanceAsync(ChainKind.Sharechain)).Total < before);

        var restored = _lab.Restore(_lab.Seller);
        await SwapRecovery.FindAsync(restored, RecoveryLab.Network);

        Assert.Equal(before, (await restored.GetBalanceAsync(ChainKind.Sharechain)).Total);
    }

    // The buyer signed its lock, somebody has it, and nothing of it is on the chain: swept coins make it void for good.
    [Fact]
    public async Task A_forgotten_lock_can_confirm_no_more_once_the_coins_were_moved()
    {
        await ReachAsync("first locked");
        var forgotten = await _lab.BuildSecondAsync();
        var wallet = _lab.Restore(_lab.Buyer);
        Assert.Single((await SwapRecovery.FindAsync(wallet, RecoveryLab.Network)).Unsure);

        var before = (await wallet.GetBalanceAsync(ChainKind.Mainchain)).Total;
        var swept = await wallet.SweepAsync(ChainKind.Mainchain, FeeRate.MinimumRelay, _ => true);
        await _lab.SendAsync(_lab.Main, swept!.Transaction);
        await _lab.MineAsync();

        Assert.Equal(before - swept.Fee, (await wallet.GetBalanceAsync(ChainKind.Mainchain)).Total);
        Assert.Equal(BroadcastCode.MissingInputs, (await _lab.Main.BroadcastAsync(forgotten)).Code);
        Assert.True(wallet.Owns(Assert.Single(swept.Transaction.Outputs).ScriptPubKey));
    }

    // A stranger pays shares into the very contract: its terms are told, and it is not taken for the own lock.
    [Fact]
    public async Task A_strangers_lock_of_the_same_terms_is_not_the_own_one()
    {
        var own = _lab.SellerWallet;
        using var seed = Client.Keys.Seed.Create();
        var stranger = _lab.Restore(seed);
        await _lab.MineSharesAsync(2, stranger.PrimaryScript(ChainKind.Sharechain));
        await _lab.MineSharesAsync(12, own.Keys.ScriptOf(ChainKind.Sharechain, true, 3));
        System.Collections.Immutable.ImmutableArray<TxOut> outputs =
        [
            _lab.Terms.ContractOf(Role.Initiator).FundingOutput(RecoveryLab.Shares),
            PayoutAnnotation.For(0, _lab.Terms.Initiator.PayoutScript!.Value),
            SwapAnnotation.Build(0, _lab.Terms, RecoveryLab.Sats),
        ];
        await _lab.SendAsync(
            _lab.Share, (await stranger.BuildAsync(ChainKind.Sharechain, outputs, FeeRate.MinimumRelay)).Transaction);
        await _lab.MineAsync();

        var swap = Assert.Single((await SwapRecovery.FindAsync(_lab.Restore(_lab.Seller), RecoveryLab.Network)).Swaps);

        Assert.Empty(swap.Locks());
        Assert.Equal(SwapAdoption.NoLockSeen, swap.Refused);
    }

    // Whoever knows the terms may lock a little to them, or to others with the same hash and keys, before the lock that counts.
    [Theory]
    [InlineData("amount", false)]
    [InlineData("amount", true)]
    [InlineData("long", false)]
    [InlineData("long", true)]
    [InlineData("sats", false)]
    [InlineData("short", false)]
    [InlineData("short", true)]
    public async Task A_decoy_of_the_same_hash_and_keys_hides_no_swap_from_its_seed(string decoy, bool asSeller)
    {
        await LockDecoyAsync(decoy);
        await ReachAsync("second locked");
        var (seed, role) = asSeller ? (_lab.Seller, Role.Initiator) : (_lab.Buyer, Role.Participant);
        var wallet = _lab.Restore(seed);
        var recovered = await SwapRecovery.FindAsync(wallet, RecoveryLab.Network);
        var agent = new SwapAgent(
            new AgentOptions { Network = RecoveryLab.Network }, wallet, SwapJournal.Open(null, Devnet.Chains),
            new AgentParts { Time = _lab.Clock });
        await agent.AdoptAsync(recovered.Swaps);

        Assert.Contains(agent.Swaps, swap => swap.Swap.Terms == _lab.Terms && swap.Swap.InitiatorAmount == RecoveryLab.Shares
            && swap.Swap.ParticipantAmount == RecoveryLab.Sats);
        var mine = (asSeller ? ChainKind.Sharechain : ChainKind.Mainchain, asSeller ? RecoveryLab.Shares : RecoveryLab.Sats);
        if (asSeller)
        {
            await PassAsync(_lab.Terms.Long.UnixSeconds + 60);
        }
        else
        {
            await _lab.RevealAsync();
            await _lab.MineAsync();
            mine = (ChainKind.Sharechain, RecoveryLab.Shares);
        }

        var before = (await wallet.GetBalanceAsync(mine.Item1)).Total;
        for (var i = 0; i < 12; i++)
        {
            await agent.StepAsync();
            await _lab.MineAsync();
        }

        var got = (await wallet.GetBalanceAsync(mine.Item1)).Total - before;
        Assert.InRange(got.Sats, mine.Item2.Sats - 1_000, long.MaxValue);
        Assert.Single(agent.Swaps, swap => swap.Role == role && !swap.ClaimsOnly && swap.Locks().Any());
    }

    // What shares the own leg's contract with the swap never takes that leg back beside it, and bids against it.
    [Theory]
    [InlineData("amount")]
    [InlineData("long")]
    public async Task Decoys_cost_no_more_than_one_refund(string decoy)
    {
        await LockDecoyAsync(decoy);
        await ReachAsync("second locked");
        var wallet = _lab.Restore(_lab.Buyer);
        var recovered = await SwapRecovery.FindAsync(wallet, RecoveryLab.Network);
        var agent = new SwapAgent(
            new AgentOptions { Network = RecoveryLab.Network }, wallet, SwapJournal.Open(null, Devnet.Chains),
            new AgentParts { Time = _lab.Clock });
        await agent.AdoptAsync(recovered.Swaps);
        await PassAsync(_lab.Terms.Short.UnixSeconds + 60);
        var before = (await wallet.GetBalanceAsync(ChainKind.Mainchain)).Total;
        for (var i = 0; i < 8; i++)
        {
            await agent.StepAsync();
            await _lab.MineAsync();
        }

        var got = (await wallet.GetBalanceAsync(ChainKind.Mainchain)).Total - before;
        Assert.InRange(got.Sats, RecoveryLab.Sats.Sats - 1_000, RecoveryLab.Sats.Sats);
        Assert.Equal(2, agent.Swaps.Count);
        Assert.Single(agent.Swaps.SelectMany(swap => swap.Transactions), known => known.Kind == OwnTransactionKind.Refund);
    }

    private async Task LockDecoyAsync(string decoy)
    {
        using var seed = Client.Keys.Seed.Create();
        var stranger = _lab.Restore(seed);
        await _lab.MineSharesAsync(2, stranger.PrimaryScript(ChainKind.Sharechain));
        await _lab.MineSharesAsync(12, stranger.Keys.ScriptOf(ChainKind.Sharechain, true, 30));
        var terms = decoy switch
        {
            "long" => _lab.Terms with { Long = Locktime.At(_lab.Terms.Long.UnixSeconds + 3_600) },
            "short" => _lab.Terms with { Short = Locktime.At(_lab.Terms.Short.UnixSeconds - 1) },
            _ => _lab.Terms,
        };
        var amount = decoy == "amount" ? new Amount(20_000) : RecoveryLab.Shares;
        System.Collections.Immutable.ImmutableArray<TxOut> outputs =
        [
            terms.ContractOf(Role.Initiator).FundingOutput(amount),
            PayoutAnnotation.For(0, terms.Initiator.PayoutScript!.Value),
            SwapAnnotation.Build(0, terms, decoy == "sats" ? new Amount(20_000) : RecoveryLab.Sats),
        ];
        await _lab.SendAsync(
            _lab.Share, (await stranger.BuildAsync(ChainKind.Sharechain, outputs, FeeRate.MinimumRelay)).Transaction);
        await _lab.MineAsync();
    }

    private async Task ReachAsync(string state)
    {
        var steps = Array.IndexOf(Steps, state);
        Func<Task>[] acts = [_lab.LockFirstAsync, _lab.LockSecondAsync, _lab.RevealAsync, _lab.ClaimAsync];
        for (var step = 0; step <= steps; step++)
        {
            await (step % 2 == 0 ? acts[step / 2]() : _lab.MineAsync());
        }
    }

    private async Task PassAsync(long until)
    {
        _lab.Clock.Advance(TimeSpan.FromSeconds(until - _lab.Clock.Seconds));
        await _lab.MineAsync(12);
    }
}
