using NB = global::NBitcoin;

namespace Market.Bitcoin.Wallet.Tests.Differential.Oracle;

/// <summary>Compact filters against NBitcoin: made the same, held the same.</summary>
public sealed class FilterOracle
{
    [Fact]
    public void Filters_are_made_the_same_and_hold_the_same() =>
        OracleRun.Each("filters", 300, (values, _) =>
        {
            var id = values.Header().Id;
            List<Script> scripts = [.. Enumerable.Range(0, values.Below(values.Chance(10) ? 3_000 : 60) + 1)
                .Select(_ => new Script(values.Bytes(1 + values.Below(80)))).Where(script => script.Span[0] != 0x6a)];
            var key = id.Value.ToArray()[..16];
            var theirs = new NB.GolombRiceFilterBuilder().SetKey(Theirs.Of(id.Value)).SetP(19).SetM(784_931)
                .AddEntries([.. scripts.Distinct().Select(script => script.ToArray())]).Build();
            if (!CompactFilter.TryParse(id, theirs.ToBytes(), out var mine, out var error))
            {
                return Verdict.Differs(false, $"{error}: {theirs}");
            }

            List<Script> asked = [.. scripts.Take(5), .. Enumerable.Range(0, 20).Select(_ => values.AddressScript())];
            foreach (var script in asked)
            {
                if (mine.MayHold(script) != theirs.MatchAny([script.ToArray()], key))
                {
                    return Verdict.Differs(true, $"{script} in {theirs}: {mine.MayHold(script)} here");
                }
            }

            List<Script> strangers = [.. asked.Skip(5)];
            if (mine.MayHoldAny(strangers) != theirs.MatchAny([.. strangers.Select(script => script.ToArray())], key))
            {
                return Verdict.Differs(true, $"many in {theirs}");
            }

            var previous = values.Hash();
            return Theirs.Back(theirs.GetHeader(Theirs.Of(previous))) == mine.HeaderAfter(previous)
                ? new Verdict(true)
                : Verdict.Differs(true, $"header of {theirs}");
        });

    // Its BuildBasicFilter is an early draft's, which put outpoints in; the set itself is BIP158's.
    [Fact]
    public void A_blocks_filter_is_the_same() =>
        OracleRun.Each("filters of blocks", 200, (values, _) =>
        {
            var block = values.Block();
            List<Script> spent = [.. Enumerable.Range(0, values.Below(30)).Select(_ => values.Script())];
            var paid = block.Transactions.SelectMany(each => each.Outputs).Select(output => output.ScriptPubKey)
                .Where(script => script.Length > 0 && script.Span[0] != (byte)Opcode.OP_RETURN);
            var entries = paid.Concat(spent.Where(script => script.Length > 0)).Select(script => script.ToArray()).ToList();
            var mine = CompactFilter.Of(block, spent);
            var theirs = new NB.GolombRiceFilterBuilder().SetKey(Theirs.Of(block.Id.Value)).SetP(19).SetM(784_931)
                .AddEntries(entries).Build();
            return theirs.ToBytes().AsSpan().SequenceEqual(mine.Bytes.Span)
                ? new Verdict(entries.Count > 0)
                : Verdict.Differs(true, $"{block.Id}: {theirs} there, {Convert.ToHexStringLower(mine.Bytes.Span)} here");
        });
}
