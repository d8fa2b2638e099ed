using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Fuzzing;
using Market.Swaps;

namespace Market.Chains.Tests.Relay;

/// <summary>
/// This library's relay policy against the mempools of bcoin, and of Bitcoin Core where it is installed: they take what
/// it calls standard and refuse what it refuses. Where bcoin's rules are others (no witness version but 0, no version 3,
/// no least size, a weight limit one unit lower) its opposite verdict is asserted. Bitcoin Core 30 and newer are held to
/// the policy of their own, older ones take at least what the strictest lets pass.
/// </summary>
public sealed class RelayPolicyTests(RelayLabs labs) : IClassFixture<RelayLabs>
{
    private const int RandomCases = 80;
    private const string Bcoin = "bcoin";

    // As getnetworkinfo writes it.
    private const int Core30 = 300_000;

    public static TheoryData<string> Nodes => [Bcoin, "bitcoind"];

    [Theory, MemberData(nameof(Nodes))]
    public async Task Nodes_take_what_the_policy_takes_and_refuse_what_it_refuses(string kind)
    {
        var lab = await labs.OfAsync(kind);
        RelayCase[] cases = [.. RelayCases.All, .. RandomOnes(kind)];
        var coins = await lab.FundAsync(
            [.. cases.Select(each => new TxOut(each.Amount, each.Spends)), new TxOut(Spending.Plenty, Spending.Own)]);
        var built = cases.Zip(coins, (each, coin) => each.Build(coin)).ToArray();
        var last = Spending.Pay(coins[^1], Spending.Kinds[1], [Spending.Rest(coins[^1])]);
        var (taken, reasons) = await lab.OfferAsync(built, last);

        var nodes = lab.CoreVersion >= Core30 ? RelayPolicy.Core30 : RelayPolicy.Default;
        var wrong = new List<string>();
        for (var i = 0; i < cases.Length; i++)
        {
            var each = cases[i];
            var precomputed = new PrecomputedTransaction(built[i], [coins[i].Output]);
            var verdict = RelayPolicy.Default.Check(precomputed);
            if (each.Expected is { } expected && verdict != expected)
            {
                wrong.Add($"{each.Name}: expected {expected}, found {verdict}");
            }

            var isTaken = taken.Contains(built[i].Id);
            var differs = kind == Bcoin && each.DiffersOnBcoin is not null;
            var policys = nodes.Check(precomputed);
            var isFree = lab.CoreVersion is > 0 and < Core30 && policys != RelayError.None;
            if ((!isFree && isTaken != (policys == RelayError.None != differs))
                || (verdict == RelayError.None && policys != RelayError.None))
            {
                var reason = reasons.GetValueOrDefault(built[i].Id, "no reason given");
                wrong.Add($"{each.Name}: {policys} here, {kind} {(isTaken ? "takes" : "refuses")} it: {reason}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.InRange(taken.Count, cases.Length / 4, cases.Length * 3 / 4);
        Assert.Equal(cases.Length, cases.Select(each => each.Name).Distinct().Count());
    }

    [Theory, MemberData(nameof(Nodes))]
    public async Task Nodes_take_what_a_swap_broadcasts(string kind)
    {
        var lab = await labs.OfAsync(kind);
        using var claimKey = Spending.Key(11);
        using var refundKey = Spending.Key(12);
        using var preimage = Preimage.Create(new RandomValues(1).Bytes(32));
        var (past, future) = (Locktime.At(1_000_000_000), Locktime.At(int.MaxValue));
        var (claimed, refunded, early) = (
            new Htlc(claimKey.PublicKey, refundKey.PublicKey, preimage.Hash, future),
            new Htlc(claimKey.PublicKey, refundKey.PublicKey, preimage.Hash, past),
            new Htlc(claimKey.PublicKey, refundKey.PublicKey, preimage.Hash, future));
        var coins = await lab.FundAsync([.. Enumerable.Repeat(new TxOut(new Amount(300_000), Spending.Own), 3)]);
        var amount = new Amount(200_000);
        var destination = Spending.ScriptOf(Spending.Kinds[1]);
        var rate = FeeRate.PerVByte(2);

        var fundings = new List<Transaction>();
        foreach (var (htlc, coin) in new[] { claimed, refunded, early }.Zip(coins))
        {
            var funding = new TransactionBuilder(rate).Pay(htlc.ScriptPubKey, amount)
                .Fund([new SpendableCoin(coin.OutPoint, coin.Output)], Spending.Own)!.Sign(_ => Spending.Key(1));
            await TakesAsync(lab, funding, coin.Output);
            fundings.Add(funding);
        }

        var claim = claimed.Claim(
            new OutPoint(fundings[0].Id, 0), amount, claimKey, preimage.Reveal(), destination, FeeRate.MinimumRelay)!;
        await TakesAsync(lab, claim, fundings[0].Outputs[0]);
        var refund = refunded.Refund(new OutPoint(fundings[1].Id, 0), amount, refundKey, destination, FeeRate.MinimumRelay)!;
        await TakesAsync(lab, refund, fundings[1].Outputs[0]);

        var tooEarly = early.Refund(new OutPoint(fundings[2].Id, 0), amount, refundKey, destination, FeeRate.MinimumRelay)!;
        var refused = await lab.Chain.BroadcastAsync(tooEarly);
        Assert.Equal(kind == Bcoin ? BroadcastCode.Invalid : BroadcastCode.NotFinal, refused.Code);
    }

    [Theory, MemberData(nameof(Nodes))]
    public async Task Nodes_count_signature_operations_over_all_inputs(string kind)
    {
        // As many at fifteen each, the most of one input, and one that makes the sum.
        const int most = 15;
        var lab = await labs.OfAsync(kind);
        Assert.SkipWhen(lab.CoreVersion is > 0 and < Core30, "This rule is of Bitcoin Core 30.");
        foreach (var count in new[] { SigOps.MaxRelayedLegacy, SigOps.MaxRelayedLegacy + 1 })
        {
            Script[] redeems = [.. Enumerable.Repeat(RelayCases.Idle(most), count / most), RelayCases.Idle(count % most)];
            var coins = await lab.FundAsync([.. redeems.Select(redeem => new TxOut(new Amount(2_000), Script.P2sh(redeem)))]);
            var spending = new Transaction(
                2,
                [.. coins.Zip(redeems, (coin, redeem) => new TxIn(
                    coin.OutPoint, new ScriptBuilder().PushBytes(redeem.Span).Build(), TxIn.FinalSequence))],
                [new TxOut(new Amount(100_000), Spending.Own)],
                0);

            var isTaken = (await lab.Chain.BroadcastAsync(spending)).IsSuccess;
            var verdict = RelayPolicy.Default.Check(
                new PrecomputedTransaction(spending, [.. coins.Select(coin => coin.Output)]));
            Assert.Equal(count > SigOps.MaxRelayedLegacy ? RelayError.NonStandardInput : RelayError.None, verdict);

            // bcoin is older than the rule.
            Assert.Equal(kind == Bcoin || verdict == RelayError.None, isTaken);
        }
    }

    private static async Task TakesAsync(RelayLab lab, Transaction transaction, TxOut spent)
    {
        Assert.Equal(RelayError.None, RelayPolicy.Default.Check(new PrecomputedTransaction(transaction, [spent])));
        var result = await lab.Chain.BroadcastAsync(transaction);
        Assert.True(result.IsSuccess, $"{result.Code}: {result.Detail}");
    }

    // Payments of any kind of coin to any kind of output, with amounts and fees about the limits.
    private static IEnumerable<RelayCase> RandomOnes(string kind)
    {
        var values = new RandomValues(kind.Length);
        for (var i = 0; i < RandomCases; i++)
        {
            var descriptor = values.OneOf(Spending.Kinds);
            var outputs = Enumerable.Range(0, 1 + values.Below(3)).Select(_ => RandomOutput(values)).ToImmutableArray();
            var feeDifference = values.OneOf(-1, 0, 0, 0, 1, 500);
            var isTaproot = outputs.Any(output =>
                output.ScriptPubKey.Kind is ScriptKind.P2tr or ScriptKind.WitnessUnknown or ScriptKind.Anchor);
            yield return new RelayCase(
                $"random {i}", Spending.ScriptOf(descriptor), Spending.Plenty,
                coin => Build(coin, descriptor, outputs, feeDifference), null)
            {
                DiffersOnBcoin = isTaproot && IsRelayed(outputs, feeDifference) ? "no witness version but 0" : null,
            };
        }
    }

    private static bool IsRelayed(ImmutableArray<TxOut> outputs, int feeDifference) => feeDifference >= 0
        && RelayPolicy.Default.CheckShape(new Transaction(
            2, [new TxIn(default, new Script(new byte[40]), 0)], outputs, 0)) == RelayError.None;

    private static TxOut RandomOutput(RandomValues values)
    {
        var script = values.Script();
        var least = Dust.Threshold(script).Sats;
        return new TxOut(new Amount(Math.Max(0, least + values.OneOf(-1, 0, 0, 0, 1, 5_000))), script);
    }

    private static Transaction Build(RelayCoin coin, string descriptor, ImmutableArray<TxOut> outputs, int feeDifference)
    {
        var paid = outputs.Sum(output => output.Value.Sats);
        var first = Spending.Pay(coin, descriptor, [.. outputs, Spending.Rest(coin, paid + Spending.Fee)]);
        var least = FeeRate.MinimumRelay.FeeFor(RelayPolicy.VirtualSize(first, [coin.Output])).Sats;
        return Spending.Pay(coin, descriptor, [.. outputs, Spending.Rest(coin, paid + least + feeDifference)]);
    }
}
