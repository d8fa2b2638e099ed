namespace Market.Bitcoin.Wallet.Tests.Miniscripts;

/// <summary>
/// BIP379's grammar: what may be written, each beside what comes near it and may not. Bitcoin Core refuses the same, other
/// than numbers with leading noughts, which would give one expression several texts and so several checksums.
/// </summary>
public sealed class MiniscriptGrammarTests
{
    // All wrappers stand before one colon.
    [Theory]
    [InlineData("tv:pk(A)", "t:v:pk(A)")]
    [InlineData("t:or_c(pk(A),v:pk(B))", "t::or_c(pk(A),v:pk(B))")]
    [InlineData("and_v(vc:pk_k(A),pk(B))", "and_v(v:c:pk_k(A),pk(B))")]
    [InlineData("thresh(1,pk(A),sln:older(5))", "thresh(1,pk(A),s:ln:older(5))")]
    [InlineData("thresh(1,pk(A),altv:after(100))", "thresh(1,pk(A),a:l:t:v:after(100))")]
    [InlineData("nnn:pk(A)", "nn:n:pk(A)")]

    // A colon has wrappers before it and an expression behind it.
    [InlineData("pk(A)", ":pk(A)")]
    [InlineData("n:pk(A)", "n:")]
    [InlineData("or_i(n:0,pk(A))", "or_i(n:,pk(A))")]
    [InlineData("n:0", "n:0:")]

    // Wrappers are BIP379's letters, in lower case.
    [InlineData("n:pk(A)", "N:pk(A)")]
    [InlineData("tv:pk(A)", "tx:pk(A)")]
    [InlineData("nn:pk(A)", "n n:pk(A)")]
    [InlineData("n:pk(A)", "1:pk(A)")]
    [InlineData("n:1", "n:n")]

    // So are names, which have no other forms and no space about them.
    [InlineData("pk(A)", "PK(A)")]
    [InlineData("pk(A)", "pk (A)")]
    [InlineData("pk(A)", " pk(A)")]
    [InlineData("pk(A)", "pk(A) ")]
    [InlineData("pk(A)", "pk( A )")]
    [InlineData("pk(A)", "\tpk(A)")]
    [InlineData("older(5)", "Older(5)")]
    [InlineData("or_i(pk(A),pk(B))", "or_I(pk(A),pk(B))")]
    [InlineData("or_i(pk(A),pk(B))", "or_i(pk(A), pk(B))")]
    [InlineData("or_i(pk(A),pk(B))", "or(pk(A),pk(B))")]
    [InlineData("and_v(v:pk(A),pk(B))", "and(v:pk(A),pk(B))")]
    [InlineData("thresh(1,pk(A))", "threshold(1,pk(A))")]

    // 0 and 1 are whole expressions.
    [InlineData("1", "01")]
    [InlineData("0", "00")]
    [InlineData("0", "0()")]
    [InlineData("1", "1(pk(A))")]
    [InlineData("1", "2")]

    // Every fragment has as many arguments as it has, and none is empty.
    [InlineData("pk(A)", "pk()")]
    [InlineData("pk(A)", "pk(A,B)")]
    [InlineData("pk(A)", "pk(A,)")]
    [InlineData("older(5)", "older()")]
    [InlineData("older(5)", "older(5,)")]
    [InlineData("older(5)", "older(5,6)")]
    [InlineData("sha256(H32)", "sha256()")]
    [InlineData("sha256(H32)", "sha256(H32,H32)")]
    [InlineData("or_i(pk(A),pk(B))", "or_i(pk(A))")]
    [InlineData("or_i(pk(A),pk(B))", "or_i(pk(A),)")]
    [InlineData("or_i(pk(A),pk(B))", "or_i(,pk(B))")]
    [InlineData("or_i(pk(A),pk(B))", "or_i(pk(A),pk(B),pk(C))")]
    [InlineData("and_n(pk(A),pk(B))", "and_n(pk(A),pk(B),0)")]
    [InlineData("andor(pk(A),pk(B),pk(C))", "andor(pk(A),pk(B))")]
    [InlineData("andor(pk(A),pk(B),pk(C))", "andor(pk(A),pk(B),pk(C),pk(D))")]
    [InlineData("thresh(1,pk(A))", "thresh(1,pk(A),)")]
    [InlineData("thresh(1,pk(A))", "thresh(pk(A))")]
    [InlineData("thresh(1,pk(A))", "thresh()")]
    [InlineData("multi(1,A)", "multi(1,A,)")]
    [InlineData("multi(1,A)", "multi(1,)")]
    [InlineData("multi(1,A)", "multi(1)")]
    [InlineData("multi(1,A)", "multi(,A)")]
    [InlineData("multi(1,A)", "multi(1,pk(A))")]
    [InlineData("multi(1,A)", "sortedmulti(1,A)")]

    // Brackets close, and nothing stands behind the last one.
    [InlineData("pk(A)", "pk(A")]
    [InlineData("pk(A)", "pk(A))")]
    [InlineData("pk(A)", "(pk(A))")]
    [InlineData("pk(A)", "pk((A))")]
    [InlineData("pk(A)", "pk(A)pk(B)")]
    [InlineData("pk(A)", "pk(A),pk(B)")]
    [InlineData("pk(A)", "pk{A}")]
    public void What_comes_near_an_expression_is_refused(string right, string wrong) => Check(right, wrong);

    // A number is decimal digits, the first of them no nought, within what the fragment allows.
    [Theory]
    [InlineData("older(1)", "older(0)")]
    [InlineData("older(1)", "older(01)")]
    [InlineData("older(1)", "older(+1)")]
    [InlineData("older(1)", "older(-1)")]
    [InlineData("older(1)", "older( 1)")]
    [InlineData("older(1)", "older(1 )")]
    [InlineData("older(1)", "older(1.0)")]
    [InlineData("older(10)", "older(0x10)")]
    [InlineData("older(10)", "older(1e1)")]
    [InlineData("older(1000)", "older(1_000)")]
    [InlineData("older(1)", "older(\u0661)")]
    [InlineData("older(2147483647)", "older(2147483648)")]
    [InlineData("after(2147483647)", "after(2147483648)")]
    [InlineData("after(1)", "after(4294967297)")]
    [InlineData("after(1)", "after(18446744073709551617)")]
    [InlineData("after(1)", "after(1h)")]
    [InlineData("thresh(1,pk(A),s:pk(B))", "thresh(01,pk(A),s:pk(B))")]
    [InlineData("thresh(2,pk(A),s:pk(B))", "thresh(4294967298,pk(A),s:pk(B))")]
    [InlineData("thresh(2,pk(A),s:pk(B))", "thresh(3,pk(A),s:pk(B))")]
    [InlineData("multi(1,A,B)", "multi(01,A,B)")]
    [InlineData("multi(2,A,B)", "multi(3,A,B)")]
    [InlineData("multi(1,A,B)", "multi(0,A,B)")]
    [InlineData("multi(1,A,B)", "multi(-1,A,B)")]
    public void What_comes_near_a_number_is_refused(string right, string wrong) => Check(right, wrong);

    // Hashes and keys are hexadecimal digits of either case, as many as the fragment asks for.
    [Theory]
    [InlineData("sha256(H32)", "sha256(H20)")]
    [InlineData("hash256(H32)", "hash256(H20)")]
    [InlineData("hash160(H20)", "hash160(H32)")]
    [InlineData("ripemd160(H20)", "ripemd160(H32)")]
    [InlineData("hash160(H20)", "hash160(0xH20)")]
    [InlineData("hash160(H20)", "hash160(H20 )")]
    [InlineData("hash160(H20)", "hash160(H200)")]
    [InlineData("hash160(2020202020202020202020202020202020202020)", "hash160(202020202020202020202020202020202020202g)")]
    [InlineData("hash160(ABABABABABABABABABABABABABABABABABABABAB)", "HASH160(ABABABABABABABABABABABABABABABABABABABAB)")]
    [InlineData("pk_h(A)", "pk_h(H20)", "c:")]
    [InlineData("pk_k(A)", "pk_k(H32)", "c:")]
    public void What_comes_near_a_hash_or_a_key_is_refused(string right, string wrong, string before = "") =>
        Check(before + right, before + wrong);

    [Theory]
    [InlineData(20, true)]
    [InlineData(21, false)]
    public void A_multi_has_twenty_keys_at_most(int keys, bool isRead)
    {
        var list = string.Join(',', Enumerable.Range(1, keys).Select(number => Key(number).ToString()));

        Assert.Equal(isRead, Miniscript.TryParse($"multi(1,{list})", false, out _));
    }

    [Fact]
    public void Each_way_of_checking_several_keys_belongs_to_its_kind_of_script()
    {
        var (full, xOnly) = (Key(1).ToString(), Key(1).XOnly.ToString());

        Assert.True(Miniscript.TryParse($"multi(1,{full})", false, out _));
        Assert.False(Miniscript.TryParse($"multi(1,{xOnly})", true, out _));
        Assert.True(Miniscript.TryParse($"multi_a(1,{xOnly})", true, out _));
        Assert.False(Miniscript.TryParse($"multi_a(1,{full})", false, out _));
    }

    [Fact]
    public void A_descriptor_reads_scripts_by_the_same_grammar()
    {
        var (a, b) = (Key(1), Key(2));

        Assert.True(Descriptor.TryParse($"wsh(t:or_c(pk({a}),v:pk({b})))", Network.Mainnet, out _, out _));
        Assert.False(Descriptor.TryParse($"wsh(n:t:or_c(pk({a}),v:pk({b})))", Network.Mainnet, out _, out var error));
        Assert.Equal(DescriptorError.Script, error);
        Assert.True(Descriptor.TryParse($"wsh(nt:or_c(pk({a}),v:pk({b})))", Network.Mainnet, out _, out _));
        Assert.True(Descriptor.TryParse($"tr({a},{{pk({a}),nn:pk({b})}})", Network.Mainnet, out _, out _));
        Assert.False(Descriptor.TryParse($"tr({a},{{pk({a}),n:n:pk({b})}})", Network.Mainnet, out _, out error));
        Assert.Equal(DescriptorError.Script, error);
    }

    private static void Check(string right, string wrong)
    {
        Assert.True(Miniscript.TryParse(MiniscriptTests.Fill(right), false, out _), right);
        Assert.False(Miniscript.TryParse(MiniscriptTests.Fill(wrong), false, out _), wrong);
    }

    private static PublicKey Key(int number)
    {
        using var key = Spender.Key(number);
        return key.PublicKey;
    }
}
