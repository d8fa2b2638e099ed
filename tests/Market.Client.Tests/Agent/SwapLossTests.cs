using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains;
using Market.Client.Wallets;
using Market.Contracts;
using Market.Sharechain;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Tests.Agent;

/// <summary>
/// Ways in which an agent once lost its whole leg, with everything real but the market: each ends with the honest party's leg back
/// or the other's claimed.
/// </summary>
public sealed class SwapLossTests : IAsyncLifetime
{
    private static readonly PrivateKey Thief = PrivateKey.Create([.. Enumerable.Repeat((byte)55, 32)]);
    private static readonly Script ThiefScript = Script.P2wpkh(Thief.PublicKey);
    private static readonly FeeRate Spike = new(4_500_000);

    private Arena _arena = null!;

    private Party Seller => _arena.Seller;

    private Party Buyer => _arena.Buyer;

    private static Amount Leg => new(Sats.Notional(Arena.Price, Arena.Quantity).Value);

    public async ValueTask InitializeAsync() => _arena = await Arena.StartAsync();

    public ValueTask DisposeAsync() => _arena.DisposeAsync();

    /// <summary>A lock that never confirmed in time, while something keeps the agent from conflicting it; then whoever kept
    /// the lock mines it together with its claim.</summary>
    [Theory]
    [InlineData("control")]
    [InlineData("decoy")]
    [InlineData("built on")]
    [InlineData("blind")]
    [InlineData("answer lost")]
    [InlineData("fee too low")]
    [InlineData("unpayable")]
    public async Task A_late_lock_cannot_be_mined_with_its_claim(string how)
    {
        var coin = await ThiefCoinAsync();
        _arena.Match();
        Transaction? kept = null;
        if (how is "answer lost" or "fee too low")
        {
            Buyer.Fate.Intercept = (chain, transaction) =>
            {
                if (chain.Kind != ChainKind.Mainchain || (kept is not null && kept.Id != transaction.Id))
                {
                    return ValueTask.FromResult<BroadcastResult?>(null);
                }

                kept ??= transaction;
                return how == "answer lost"
                    ? throw new ChainUnavailableException("the answer was lost")
                    : ValueTask.FromResult<BroadcastResult?>(new BroadcastResult(transaction.Id, BroadcastCode.FeeTooLow, "no"));
            };
        }

        Buyer.Fate.Blind = kind => how == "blind" && kind == ChainKind.Mainchain;
        _arena.LeastCoinRate = new FeeRate(1_000_000_000);
        await _arena.UntilAsync(() => Locks(Buyer).Count > 0 && (how != "fee too low" || kept is not null), Seller, Buyer);
        var first = kept ?? Locks(Buyer)[0].Transaction;
        if (how == "decoy")
        {
            await DecoyAsync(coin);
        }

        if (how == "built on")
        {
            var change = new SpendableChange(Locks(Buyer)[0]);
            Assert.True((await _arena.Main.BroadcastAsync(change.SpendAll(Buyer, 10_000))).IsSuccess);
        }

        await _arena.UntilAsync(() => Phase(Buyer) == SwapPhase.Refunding, Seller, Buyer);
        if (how == "unpayable")
        {
            await _arena.UntilAsync(() => Phase(Seller) == SwapPhase.InitiatorRefunded, Seller, Buyer);
            Assert.False(Buyer.Swap.IsOver);
        }

        _arena.LeastCoinRate = FeeRate.MinimumRelay;
        await _arena.UntilAsync(() => Buyer.Swap.IsOver && Phase(Seller) == SwapPhase.InitiatorRefunded, Seller, Buyer);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _arena.Main.MineForkAsync(
            (await _arena.Main.GetTipAsync()).Height, 1, null, [first, ClaimOf(first)]));
        await AssertNothingMovedAsync();
    }

    [Fact]
    public async Task Nothing_is_revealed_at_a_fee_that_takes_most_of_the_leg()
    {
        _arena.Match();
        await _arena.UntilAsync(() => BothLocked(1), Seller, Buyer);
        _arena.Estimate = Spike;
        await _arena.UntilAsync(() => Phase(Seller) == SwapPhase.Refunding, Seller, Buyer);

        Assert.Null(Seller.Swap.Newest(OwnTransactionKind.Claim, Role.Participant));
        Assert.Null(Seller.Swap.Swap.Preimage);
        Assert.Contains(Seller.Notices, notice => notice.Contains("more than half", StringComparison.Ordinal));
        _arena.Estimate = null;
        await _arena.ToTheEndAsync();
        await AssertNothingMovedAsync();
    }

    /// <summary>A claim was handed out, and the agent does not know whether anybody has it.</summary>
    [Theory]
    [InlineData("answer lost")]
    [InlineData("killed")]
    [InlineData("refused")]
    public async Task A_claim_that_was_handed_out_is_claimed_to_the_end(string how)
    {
        _arena.Match();
        await _arena.UntilAsync(() => Phase(Seller) == SwapPhase.ParticipantLocked, Seller, Buyer);
        Transaction? leaked = null;
        Seller.Fate.Intercept = (chain, transaction) =>
        {
            if (chain.Kind != ChainKind.Mainchain)
            {
                return ValueTask.FromResult<BroadcastResult?>(null);
            }

            leaked = transaction;
            return how switch
            {
                "answer lost" => throw new ChainUnavailableException("the answer was lost"),
                "killed" => throw new KilledException(),
                _ => ValueTask.FromResult<BroadcastResult?>(new BroadcastResult(transaction.Id, BroadcastCode.NotStandard, "no")),
            };
        };
        await _arena.UntilAsync(() => leaked is not null, Seller, Buyer);
        await _arena.UntilAsync(() => _arena.Tips().Latest > Buyer.Swap.Swap.Deadlines!.Value.RevealBy, how == "killed"
            ? [Buyer] : [Seller, Buyer]);
        await Seller.StepAsync();
        Assert.Equal(SwapPhase.Revealed, Phase(Seller));

        Seller.Fate.Intercept = null;
        await _arena.ToTheEndAsync();
        Assert.Equal(SwapPhase.Settled, Phase(Seller));
        Assert.Equal(SwapPhase.Settled, Phase(Buyer));
        await _arena.AccountAsync(moved: true);
    }

    [Fact]
    public async Task A_buyer_locks_against_no_sharechain_that_stands_still()
    {
        _arena.Match();
        await _arena.UntilAsync(() => Phase(Buyer) is SwapPhase.InitiatorLocked or SwapPhase.ParticipantLocking, Seller, Buyer);
        Buyer.Fate.Frozen[ChainKind.Mainchain] = await _arena.Main.GetTipAsync();
        await _arena.PassAsync(400);
        Assert.Empty(Locks(Buyer));
        await Buyer.StepAsync();
        Assert.Empty(Locks(Buyer));
    }

    [Fact]
    public async Task Times_that_a_miner_pushes_ahead_open_no_locktime_early()
    {
        _arena.Match();
        await _arena.UntilAsync(() => Phase(Buyer) == SwapPhase.ParticipantLocked, Seller, Buyer);
        var swap = Buyer.Swap.Swap;
        var deadlines = swap.Deadlines!.Value;
        await _arena.UntilAsync(() => _arena.Clock.Seconds >= deadlines.Short + 20, Buyer);
        _arena.Clock.Advance(TimeSpan.FromSeconds(119));
        await _arena.MineSharesAsync(6, ThiefScript);
        _arena.Clock.Advance(TimeSpan.FromSeconds(-119));
        using var key = Seller.Keys.SwapRefundKey(Seller.Swap.KeyIndex);
        var refund = swap.Terms!.ContractOf(Role.Initiator).Refund(
            swap.FundingOf(Role.Initiator)!.OutPoint, swap.InitiatorAmount, key,
            Seller.ScriptOn(ChainKind.Sharechain), FeeRate.MinimumRelay)!;
        Assert.Equal(BroadcastCode.NotFinal, (await _arena.Shares.BroadcastAsync(refund)).Code);
        await _arena.ToTheEndAsync();
        await AssertNothingMovedAsync();
    }

    [Fact]
    public async Task A_refund_that_displaces_the_claim_past_T_short_is_outbid_at_once()
    {
        _arena.Match();
        await _arena.UntilAsync(() => BothLocked(1), Seller, Buyer);
        _arena.LeastCoinRate = new FeeRate(1_000_000_000);
        await _arena.UntilAsync(() => Buyer.Swap.Swap.FundingOf(Role.Initiator)?.SpentAs == SpendKind.Claim, Seller, Buyer);

        // The seller is away until the buyer, its shares claimed, can take the second leg back as well.
        await _arena.UntilAsync(() => Buyer.Swap.Swap.Terms!.Short.IsPassed(_arena.Tips().Coin.MedianTimePast));
        var swap = Buyer.Swap.Swap;
        var outbid = 0;
        for (var bid = 0; bid < 2; bid++)
        {
            var claim = Seller.Swap.Newest(OwnTransactionKind.Claim, Role.Participant)!;
            using var key = Buyer.Keys.SwapRefundKey(Buyer.Swap.KeyIndex);
            var refund = swap.Terms!.ContractOf(Role.Participant).Refund(
                swap.FundingOf(Role.Participant)!.OutPoint, swap.ParticipantAmount, key,
                Buyer.ScriptOn(ChainKind.Mainchain), new FeeRate(claim.SatsPerKvB * 12 / 10 + 2_000));
            if (refund is null)
            {
                // The claim pays so much that a refund above it would leave nothing.
                break;
            }

            var answer = await _arena.Main.BroadcastAsync(refund);
            Assert.True(answer.IsSuccess, $"{answer.Code} {answer.Detail} {claim.SatsPerKvB}");
            outbid++;
            await Seller.StepAsync();
            Assert.DoesNotContain(await _arena.Main.GetMempoolAsync(), entry => entry.Transaction.Id == refund.Id);
        }

        Assert.True(outbid > 0, string.Join(", ", Seller.Swap.Transactions.Select(t =>
            $"{t.Kind} {t.SatsPerKvB} {t.MadeAt} {t.TooCheap}")));
        _arena.LeastCoinRate = FeeRate.MinimumRelay;
        await _arena.ToTheEndAsync();
        Assert.Equal(SwapPhase.Settled, Phase(Seller));
        await _arena.AccountAsync(moved: true);
    }

    [Fact]
    public async Task A_known_preimage_is_used_on_the_healthy_chain_while_the_other_is_away()
    {
        _arena.Match();
        var troubled = false;
        Buyer.Fate.Intercept = (chain, _) =>
        {
            if (chain.Kind == ChainKind.Sharechain && !troubled)
            {
                troubled = true;
                throw new ChainUnavailableException("a moment's trouble");
            }

            return ValueTask.FromResult<BroadcastResult?>(null);
        };
        await _arena.UntilAsync(() => Phase(Buyer) == SwapPhase.Revealed, Seller, Buyer);
        Buyer.Fate.Down = kind => kind == ChainKind.Mainchain;
        await _arena.UntilAsync(
            () => Seller.Swap.Swap.FundingOf(Role.Initiator)?.SpentAs == SpendKind.Claim, Seller, Buyer);

        Buyer.Fate.Down = _ => false;
        await _arena.ToTheEndAsync();
        await _arena.AccountAsync(moved: true);
    }

    [Fact]
    public async Task A_payment_that_no_node_relays_is_not_signed_and_the_least_that_is_relayed_is()
    {
        var script = Buyer.Wallet.PrimaryScript(ChainKind.Mainchain);
        var least = Dust.Threshold(script);
        var dust = await Assert.ThrowsAsync<DustException>(() => Buyer.Wallet.BuildAsync(
            ChainKind.Mainchain, [new TxOut(least - new Amount(1), script)], FeeRate.MinimumRelay));
        Assert.Contains($"{least.Sats}", dust.Message, StringComparison.Ordinal);
        var paid = await Buyer.Wallet.BuildAsync(ChainKind.Mainchain, [new TxOut(least, script)], FeeRate.MinimumRelay);
        Assert.True((await _arena.Main.BroadcastAsync(paid.Transaction)).IsSuccess);
    }

    // Such a program may be paid 240 sat on Bitcoin.
    [Fact]
    public async Task A_payment_of_less_shares_than_the_row_allows_is_not_signed_either()
    {
        var anchor = new Script(new byte[] { 0x51, 0x02, 0x4e, 0x73 });
        var least = SharechainProfiles.P2ShareDevnet.LeastOutput;
        Assert.True(Dust.Threshold(anchor) < least);
        var wallet = new Wallet(Seller.Wallet.Keys, WalletFile.Open(null, Devnet.Chains), _arena.Main, _arena.Shares);
        var dust = await Assert.ThrowsAsync<DustException>(() => wallet.BuildAsync(
            ChainKind.Sharechain, [new TxOut(least - new Amount(1), anchor)], FeeRate.MinimumRelay));
        Assert.Contains($"{least.Sats}", dust.Message, StringComparison.Ordinal);
        var paid = await wallet.BuildAsync(ChainKind.Sharechain, [new TxOut(least, anchor)], FeeRate.MinimumRelay);
        Assert.True((await _arena.Shares.BroadcastAsync(paid.Transaction)).IsSuccess);
    }

    [Fact]
    public async Task A_payment_to_a_contract_after_its_swap_is_over_comes_back()
    {
        _arena.Match();
        await _arena.ToTheEndAsync();
        var swap = Buyer.Swap.Swap;
        var stray = swap.Terms!.ContractOf(Role.Participant).FundingOutput(new Amount(500_000));
        var paid = await Buyer.Wallet.BuildAsync(ChainKind.Mainchain, [stray], FeeRate.MinimumRelay);
        Assert.True((await _arena.Main.BroadcastAsync(paid.Transaction)).IsSuccess);
        await _arena.PassAsync(Arena.CoinSpacing);
        await Buyer.StepAsync();
        Assert.False(Buyer.Swap.IsOver);
        await _arena.UntilAsync(() => Buyer.Swap.IsOver, Buyer);

        var spent = Assert.Single(Buyer.Swap.Swap.ParticipantPayments, payment => payment.Amount.Sats == 500_000);
        Assert.Equal(SpendKind.Refund, spent.SpentAs);
        Assert.Equal(SwapPhase.Settled, Phase(Buyer));
    }

    [Fact]
    public async Task One_trouble_is_said_once()
    {
        _arena.Match();
        await _arena.UntilAsync(() => Phase(Buyer) == SwapPhase.ParticipantLocked, Seller, Buyer);
        Buyer.Fate.Down = kind => kind == ChainKind.Mainchain;
        _arena.Exchange.Gone = true;
        var before = Buyer.Notices.Count;
        for (var i = 0; i < 10; i++)
        {
            await Buyer.StepAsync();
        }

        Assert.Single(Buyer.Notices.Skip(before), notice => notice.Contains("down", StringComparison.Ordinal));
        Assert.InRange(Buyer.Notices.Count - before, 1, 2);
    }

    private static SwapPhase Phase(Party party) =>
        party.Agent.Swaps.Count == 0 ? SwapPhase.Matched : party.Swap.Swap.Phase;

    private static List<OwnTransaction> Locks(Party party) =>
        party.Agent.Swaps.Count == 0 ? [] : [.. party.Swap.Locks()];

    private bool BothLocked(int confirmations) => Phase(Seller) == SwapPhase.ParticipantLocked
        && Seller.Swap.Swap.ConfirmationsOf(Role.Participant, _arena.Tips()) == confirmations;

    private async Task AssertNothingMovedAsync() => await _arena.AccountAsync(moved: false);

    /// <summary>A stranger pays the exact amount to the buyer's contract, and replaces that away.</summary>
    private async Task DecoyAsync(Transaction coin)
    {
        var htlc = Buyer.Swap.Swap.Terms!.ContractOf(Role.Participant);
        var result = await _arena.Main.BroadcastAsync(Spend(coin, 500, htlc.FundingOutput(Leg)));
        Assert.True(result.IsSuccess, result.Detail);
        await Buyer.StepAsync();
        result = await _arena.Main.BroadcastAsync(Spend(coin, 2_000));
        Assert.True(result.IsSuccess, result.Detail);
    }

    private Transaction ClaimOf(Transaction lockOf)
    {
        var swap = Seller.Swap.Swap;
        var htlc = swap.Terms!.ContractOf(Role.Participant);
        var at = lockOf.Outputs.IndexOf(htlc.FundingOutput(swap.ParticipantAmount));
        using var key = Seller.Keys.SwapClaimKey(Seller.Swap.KeyIndex);
        using var preimage = Seller.Keys.SwapPreimage(Seller.Swap.KeyIndex);
        return htlc.Claim(new OutPoint(lockOf.Id, (uint)at), swap.ParticipantAmount, key, preimage.Reveal(), ThiefScript,
            new FeeRate(20_000))!;
    }

    private async Task<Transaction> ThiefCoinAsync()
    {
        var ids = await _arena.Main.MineForkAsync((await _arena.Main.GetTipAsync()).Height, 1, ThiefScript);
        await _arena.Main.MineAsync(100);
        return (await _arena.Main.GetBlockAsync(ids[0].Value))!.Transactions[0];
    }

    private static Transaction Spend(Transaction from, long fee, params TxOut[] outputs)
    {
        var coin = from.Outputs[0];
        var rest = coin.Value.Sats - outputs.Sum(output => output.Value.Sats) - fee;
        var unsigned = new Transaction(
            2, [new TxIn(new OutPoint(from.Id, 0), Script.Empty, TxIn.ReplaceableSequence)],
            [.. outputs, new TxOut(new Amount(rest), ThiefScript)], 0);
        return TransactionSigner.Sign(unsigned, [coin], _ => PrivateKey.Create([.. Enumerable.Repeat((byte)55, 32)]));
    }

    /// <summary>The change of a lock, which its owner may spend by other means while the lock waits.</summary>
    private sealed class SpendableChange(OwnTransaction known)
    {
        public Transaction SpendAll(Party party, long fee)
        {
            var at = known.Transaction.Outputs.Length - 1;
            var change = known.Transaction.Outputs[at];
            var unsigned = new Transaction(
                2, [new TxIn(new OutPoint(known.TxId, (uint)at), Script.Empty, TxIn.ReplaceableSequence)],
                [new TxOut(change.Value - new Amount(fee), party.ScriptOn(ChainKind.Mainchain))], 0);
            for (uint index = 0; ; index++)
            {
                foreach (var isChange in new[] { false, true })
                {
                    if (party.Keys.ScriptOf(ChainKind.Mainchain, isChange, index) == change.ScriptPubKey)
                    {
                        return TransactionSigner.Sign(
                            unsigned, [change], _ => party.Keys.KeyOf(ChainKind.Mainchain, isChange, index));
                    }
                }
            }
        }
    }
}
