using System.Security.Cryptography;

namespace Market.Bitcoin.Wallet.Tests.Miniscripts;

public sealed class MiniscriptTests
{
    private static readonly string H32 = Spender.Sha256Of(5);

    [Theory]
    [InlineData("pk(A)")]
    [InlineData("pkh(A)")]
    [InlineData("multi(2,A,B,C)")]
    [InlineData("and_v(v:pk(A),older(144))")]
    [InlineData("or_d(pk(A),and_v(v:pkh(B),older(144)))")]
    [InlineData("thresh(2,pk(A),s:pk(B),sln:older(144))")]
    [InlineData("or_i(and_v(v:pk(A),hash160(H20)),and_v(v:pk(B),after(500000)))")]
    [InlineData("t:or_c(pk(A),and_v(v:pk(B),v:sha256(H32)))")]
    [InlineData("and_b(pk(A),a:or_b(pk(B),s:pk(C)))")]
    [InlineData("and_n(pk(A),and_b(pk(B),a:older(10)))")]
    [InlineData("and_v(v:pk(A),j:and_v(v:sha256(H32),pk(B)))", false)]
    public void A_sane_expression_reads_compiles_decodes_and_writes_the_same(string template, bool safe = true)
    {
        var text = Fill(template);
        Assert.True(Miniscript.TryParse(text, false, out var miniscript), text);
        Assert.Equal(text, miniscript.ToString());
        Assert.True(miniscript.IsSane || !safe);
        Assert.True(Miniscript.TryDecode(miniscript.ToScript(), false, out var decoded));
        Assert.Equal(miniscript.ToScript(), decoded.ToScript());
        Assert.Equal(miniscript.Type, decoded.Type);
    }

    [Theory]
    [InlineData("older(144)", "no signature")]
    [InlineData("or_i(pk(A),older(144))", "a way without signature")]
    [InlineData("and_v(v:pk(A),pk(A))", "a key twice")]
    [InlineData("or_b(pk(A),a:sha256(H32))", "others can change it")]
    [InlineData("thresh(2,pk(A),s:pk(B),sln:older(10),sln:older(4194305))", "mixed relative locks")]
    [InlineData("and_v(v:pk(A),and_v(v:after(100),after(500000001)))", "mixed absolute locks")]
    public void An_unsafe_expression_is_valid_and_not_sane(string template, string why)
    {
        Assert.True(Miniscript.TryParse(Fill(template), false, out var miniscript), why);
        Assert.False(miniscript.IsSane, why);
    }

    [Theory]
    [InlineData("")]
    [InlineData("pk_k(A)")]
    [InlineData("v:pk(A)")]
    [InlineData("and_v(pk(A),pk(B))")]
    [InlineData("and_b(pk(A),pk(B))")]
    [InlineData("multi(0,A)")]
    [InlineData("multi(3,A,B)")]
    [InlineData("multi_a(1,A)")]
    [InlineData("older(0)")]
    [InlineData("older(2147483648)")]
    [InlineData("after(01)")]
    [InlineData("sha256(H20)")]
    [InlineData("thresh(1)")]
    [InlineData("pk(A))")]
    [InlineData("pk(A")]
    [InlineData("z:pk(A)")]
    [InlineData("pk(00)")]
    public void An_invalid_expression_is_refused(string template) =>
        Assert.False(Miniscript.TryParse(Fill(template), false, out _));

    [Fact]
    public void Very_deep_text_is_refused_and_not_followed()
    {
        var deep = string.Concat(Enumerable.Repeat("or_i(0,", 2000)) + "1" + new string(')', 2000);

        Assert.False(Miniscript.TryParse(deep, false, out _));
        Assert.False(Miniscript.TryParse(new string('n', 5000) + ":1", false, out _));
        Assert.False(Miniscript.TryDecode(new Script(Enumerable.Repeat((byte)0x92, 9000).ToArray()), false, out _));
    }

    [Fact]
    public void The_smallest_of_several_ways_is_taken()
    {
        Assert.True(Miniscript.TryParse(Fill("or_d(multi(2,A,B,C),and_v(v:pk(D),older(5)))"), false, out var script));
        var all = Assets(script, _ => true, older: true);

        Assert.True(script.TrySatisfy(all, out var witness));
        Assert.Equal(4, witness.Length);
        Assert.True(script.TrySatisfy(Assets(script, _ => true, older: false), out witness));
        Assert.Equal(3, witness.Length);
        Assert.True(script.TrySatisfy(Assets(script, text => text == Name('D'), older: true), out witness));
        Assert.Equal(4, witness.Length);
        Assert.False(script.TrySatisfy(Assets(script, text => text == Name('D'), older: false), out _));
    }

    [Fact]
    public void An_empty_signature_and_a_preimage_of_another_length_are_none()
    {
        Assert.True(Miniscript.TryParse(Fill("or_i(and_v(v:pk(A),sha256(H32)),pk(B))"), false, out var script));

        Assert.False(script.TrySatisfy(With(0, 32), out _));
        Assert.False(script.TrySatisfy(With(71, 31), out _));
        Assert.True(script.TrySatisfy(With(71, 32), out _));

        static MiniscriptAssets With(int signature, int preimage) => new()
        {
            Signature = key => key.Text == Name('A') ? new byte[signature] : ReadOnlyMemory<byte>.Empty,
            Preimage = (_, _) => new byte[preimage],
        };
    }

    [Fact]
    public void Random_expressions_that_are_sane_decode_and_verify_when_satisfied()
    {
        var random = new Random(379);
        var sane = 0;
        for (var i = 0; i < 6000; i++)
        {
            var next = 0;
            var tapscript = i % 3 == 0;
            var text = RandomExpression(random, tapscript, 3, ref next);
            if (!Miniscript.TryParse(text, tapscript, out var miniscript) || !miniscript.IsSane)
            {
                continue;
            }

            sane++;
            Assert.True(Miniscript.TryDecode(miniscript.ToScript(), tapscript, out var decoded), text);
            Assert.Equal(miniscript.ToScript(), decoded.ToScript());
            CheckSpend(miniscript, text);
        }

        Assert.True(sane > 150, $"Only {sane} were sane.");
    }

    private static void CheckSpend(Miniscript miniscript, string text)
    {
        var script = miniscript.ToScript();
        var tree = TapTree.Leaf(script);
        var spent = miniscript.IsTapscript ? Taproot.ToScript(XOnlyPublicKey.Nums, tree.Hash) : Script.P2wsh(script);
        var spend = Spender.Spend(spent, lockTime: 400, sequence: 400);
        var hash = spend.WitnessV0Sighash(0, script.Span, (uint)SighashType.All);
        spend.TryTaprootSighash(0, SighashType.Default, TaprootSpend.ScriptPath(tree.Hash), out var tapHash);
        var assets = new MiniscriptAssets
        {
            Signature = key =>
            {
                using var secret = Spender.Key(Number(key, miniscript.IsTapscript));
                return miniscript.IsTapscript
                    ? secret.SignSchnorr(tapHash, new byte[32]).ToWitnessItem()
                    : secret.SignEcdsa(hash).ToScriptItem();
            },
            Preimage = (_, _) => Spender.Preimage(5),
            Older = _ => true,
            After = _ => true,
        };
        Assert.True(miniscript.TrySatisfy(assets, out var items), text);
        items = miniscript.IsTapscript
            ? items.Add(script.Memory).Add(tree.Leaves[0].ControlBlock(XOnlyPublicKey.Nums))
            : items.Add(script.Memory);
        var signed = Spender.Spend(spent, lockTime: 400, sequence: 400, witness: new Witness(items));
        var error = ScriptVerifier.Verify(signed, 0, ScriptFlags.Standard & ~ScriptFlags.DISCOURAGE_OP_SUCCESS);
        Assert.True(error == ScriptError.OK, $"{error}: {text}");
    }

    private static string RandomExpression(Random random, bool tapscript, int depth, ref int next)
    {
        var leaf = depth == 0 || random.Next(4) == 0;
        var wrappers = random.Next(3) == 0 ? string.Empty : new string(
            [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => "asctdvjnlu"[random.Next(10)])]) + ":";
        if (leaf)
        {
            next++;
            var key = KeyText(next, tapscript);
            return wrappers + random.Next(8) switch
            {
                0 => $"pk({key})",
                1 => $"pkh({key})",
                2 => $"older({random.Next(1, 400)})",
                3 => $"after({random.Next(1, 400)})",
                4 => $"sha256({H32})",
                5 => $"hash256({Convert.ToHexStringLower(SHA256.HashData(SHA256.HashData(Spender.Preimage(5))))})",
                6 => $"hash160({Hash160.Of(Spender.Preimage(5))})",
                _ => $"{(tapscript ? "multi_a" : "multi")}(1,{key},{KeyText(++next, tapscript)})",
            };
        }

        var names = new[] { "andor", "and_v", "and_b", "or_b", "or_c", "or_d", "or_i", "thresh" };
        var name = names[random.Next(names.Length)];
        var count = name switch { "andor" => 3, "thresh" => random.Next(2, 4), _ => 2 };
        var subs = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var sub = RandomExpression(random, tapscript, depth - 1, ref next);
            var needed = (name, i) switch
            {
                ("and_v", 0) => "v",
                ("and_b" or "or_b" or "thresh", > 0) => random.Next(2) == 0 ? "a" : "s",
                _ => string.Empty,
            };
            subs.Add(needed.Length == 0 ? sub : HasWrapper(sub) ? needed + sub : needed + ":" + sub);
        }

        var k = name == "thresh" ? $"{random.Next(1, count + 1)}," : string.Empty;
        return $"{wrappers}{name}({k}{string.Join(',', subs)})";
    }

    private static bool HasWrapper(string text) => text.IndexOf(':') is > 0 and var at && at < text.IndexOf('(');

    private static string KeyText(int number, bool tapscript)
    {
        using var key = Spender.Key(number);
        return tapscript ? key.PublicKey.XOnly.ToString() : key.PublicKey.ToString();
    }

    private static int Number(MiniscriptKey key, bool tapscript) =>
        Enumerable.Range(1, 200).First(number => KeyText(number, tapscript) == key.Text);

    private static MiniscriptAssets Assets(Miniscript script, Func<string, bool> has, bool older) => new()
    {
        Signature = key => has(key.Text) && script.AllKeys().Contains(key)
            ? (ReadOnlyMemory<byte>?)new byte[71]
            : null,
        Older = _ => older,
    };

    private static string Name(char letter) => KeyText(letter - 'A' + 1, false);

    internal static string Fill(string template)
    {
        var text = template.Replace("H32", H32).Replace("H20", Hash160.Of(Spender.Preimage(5)).ToString());
        foreach (var letter in "ABCD")
        {
            text = text.Replace($"({letter})", $"({Name(letter)})").Replace($",{letter}", $",{Name(letter)}");
        }

        return text;
    }
}
