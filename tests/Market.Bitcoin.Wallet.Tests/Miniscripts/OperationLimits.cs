using System.Collections.Immutable;

namespace Market.Bitcoin.Wallet.Tests.Miniscripts;

/// <summary>
/// Consensus runs 201 operations of a script at most: those that stand in it, taken or not, and the keys of every
/// OP_CHECKMULTISIG that runs.
/// </summary>
public sealed class OperationLimits
{
    private const int Limit = 201;
    private const int KeysEach = 20;

    /// <summary>Two multisigs joined so that one of them runs, or both; what fills up to the limit: keys' hashes (4
    /// operations each) and n: (1).</summary>
    private static ImmutableArray<(string Joined, int Hashes, int Wrappers)> Bounds { get; } =
    [
        ("or_i(A,B)", 40, 16), // 160 + 16 + 5 + 20
        ("or_d(A,B)", 38, 4), // 152 + 4 + 5 + 40
        ("thresh(1,A,a:B)", 38, 3), // 152 + 3 + 6 + 40
        ("andor(A,pk(Z),B)", 38, 3), // 152 + 3 + 6 + 40
        ("or_b(A,a:B)", 38, 4), // 152 + 4 + 5 + 40
        ("t:or_c(A,v:B)", 38, 5), // 152 + 5 + 4 + 40
        ("or_i(and_b(A,a:B),pk(Z))", 37, 4), // 148 + 4 + 9 + 40
    ];

    public static TheoryData<int> Each => [.. Enumerable.Range(0, Bounds.Length)];

    [Theory]
    [MemberData(nameof(Each))]
    public void The_dearest_way_may_run_201_operations_and_no_more(int which)
    {
        Assert.True(Miniscript.TryParse(Text(Bounds[which], 0), false, out var just));
        Assert.True(Miniscript.TryParse(Text(Bounds[which], 1), false, out var over));

        Assert.Equal((Limit, Limit + 1), (just.MostOperations, over.MostOperations));
        Assert.Equal((true, false), (just.IsSane, over.IsSane));
        Assert.Equal(ScriptError.OK, Spend(just));
        Assert.Equal(ScriptError.OP_COUNT, Spend(over));
    }

    [Fact]
    public void Keys_count_on_ways_that_can_be_gone_only()
    {
        Assert.True(Miniscript.TryParse($"or_i({Multisig(1)},and_v(v:{Multisig(100)},0))", false, out var script));

        Assert.Equal(5 + KeysEach, script.MostOperations);
        Assert.True(script.IsValidTopLevel);
    }

    private static string Text((string Joined, int Hashes, int Wrappers) bound, int more)
    {
        var text = bound.Joined.Replace("A", Multisig(100)).Replace("B", Multisig(150)).Replace("Z", Key(200));
        var colon = text.StartsWith("t:", StringComparison.Ordinal) ? string.Empty : ":";
        text = new string('n', bound.Wrappers + more) + colon + text;
        for (var i = 1; i <= bound.Hashes; i++)
        {
            text = $"and_v(v:pkh({Key(i)}),{text})";
        }

        return text;
    }

    // With no key of the first multisig, so that it fails before the second one runs; with both where both must hold.
    private static ScriptError Spend(Miniscript miniscript)
    {
        var script = miniscript.ToScript();
        var spend = Spender.Spend(Script.P2wsh(script));
        var hash = spend.WitnessV0Sighash(0, script.Span, (uint)SighashType.All);
        var needsBoth = miniscript.ToString().Contains("and_b", StringComparison.Ordinal);
        var first = Enumerable.Range(100, KeysEach).Append(200).Select(Key).ToHashSet();
        var assets = new MiniscriptAssets
        {
            Signature = key => !first.Contains(key.Text) || (needsBoth && key.Text != Key(200)) ? Sign(key) : null,
        };
        Assert.True(miniscript.TrySatisfy(assets, out var items));
        return ScriptVerifier.Verify(
            Spender.Spend(Script.P2wsh(script), witness: new Witness(items.Add(script.Memory))), 0, ScriptFlags.Standard);

        ReadOnlyMemory<byte>? Sign(MiniscriptKey key)
        {
            using var secret = Spender.Key(Enumerable.Range(1, 200).First(number => Key(number) == key.Text));
            return secret.SignEcdsa(hash).ToScriptItem();
        }
    }

    private static string Multisig(int from) => $"multi(1,{string.Join(',', Enumerable.Range(from, KeysEach).Select(Key))})";

    private static string Key(int number)
    {
        using var key = Spender.Key(number);
        return key.PublicKey.ToString();
    }
}
