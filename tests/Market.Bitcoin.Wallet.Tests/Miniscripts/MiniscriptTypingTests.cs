namespace Market.Bitcoin.Wallet.Tests.Miniscripts;

/// <summary>BIP379's rules, fragment by fragment: what each asks of its parts, and what the whole then is.</summary>
public sealed class MiniscriptTypingTests
{
    [Theory]
    [InlineData("pk(A)", "B o n d u e s m")]
    [InlineData("pkh(A)", "B n d u e s m")]
    [InlineData("multi(1,A,B)", "B n d u e s m")]
    [InlineData("older(5)", "B z f m")]
    [InlineData("after(5)", "B z f m")]
    [InlineData("sha256(H32)", "B o n d u m")]
    [InlineData("hash160(H20)", "B o n d u m")]
    [InlineData("and_v(v:pk(A),pk(B))", "B n u f s m")]
    [InlineData("and_v(v:pk(A),older(5))", "B o n f s m")]
    [InlineData("and_v(v:sha256(H32),after(5))", "B o n f m")]
    [InlineData("andor(pk(A),older(5),pk(B))", "B d e s m")]
    [InlineData("andor(pk(A),sha256(H32),and_v(v:pk(B),after(5)))", "B f s m")]
    [InlineData("or_i(pk(A),pk(B))", "B d u s m")]
    [InlineData("or_i(pk(A),and_v(v:pk(B),older(5)))", "B d e s m")]
    [InlineData("or_i(older(5),after(5))", "B o f")]
    [InlineData("thresh(1,pk(A),s:pk(B))", "B d u e s m")]
    [InlineData("thresh(2,pk(A),s:pk(B),s:pk(C))", "B d u e s m")]
    [InlineData("thresh(2,pk(A),s:pk(B),a:sha256(H32))", "B d u s")]
    [InlineData("thresh(1,pk(A),a:sha256(H32))", "B d u")]
    public void An_expression_has_the_type_that_the_rules_give(string template, string letters)
    {
        Assert.True(Miniscript.TryParse(MiniscriptTests.Fill(template), false, out var miniscript));

        const MiniscriptType shown = MiniscriptType.B | MiniscriptType.V | MiniscriptType.K | MiniscriptType.W
            | MiniscriptType.Z | MiniscriptType.O | MiniscriptType.N | MiniscriptType.D | MiniscriptType.U
            | MiniscriptType.E | MiniscriptType.F | MiniscriptType.S | MiniscriptType.M;
        var expected = letters.Split(' ').Select(letter => Enum.Parse<MiniscriptType>(letter, ignoreCase: true))
            .Aggregate((all, one) => all | one);
        Assert.Equal(expected, miniscript.Type & shown);
    }

    // X must be V in and_v; B, d and u in andor and or_d; parts of or_i of one kind; those of thresh d and u.
    [Theory]
    [InlineData("and_v(pk(A),pk(B))")]
    [InlineData("and_v(v:pk(A),s:pk(B))")]
    [InlineData("andor(older(5),pk(A),pk(B))")]
    [InlineData("andor(v:pk(A),pk(B),pk(C))")]
    [InlineData("andor(pk(A),v:pk(B),pk(C))")]
    [InlineData("or_i(v:pk(A),pk(B))")]
    [InlineData("or_i(s:pk(A),s:pk(B))")]
    [InlineData("thresh(1,pk(A),pk(B))")]
    [InlineData("thresh(1,s:pk(A),s:pk(B))")]
    [InlineData("thresh(1,pk(A),a:older(5))")]
    [InlineData("thresh(2,older(5),s:pk(A))")]
    [InlineData("thresh(3,pk(A),s:pk(B))")]
    [InlineData("thresh(0,pk(A),s:pk(B))")]
    public void Parts_of_another_type_are_refused(string template) =>
        Assert.False(Miniscript.TryParse(MiniscriptTests.Fill(template), false, out _));

    // A witness of more than 100 items is not relayed for P2WSH; the stack never holds more than 1,000.
    [Theory]
    [InlineData(49, true)]
    [InlineData(50, false)]
    public void A_witness_of_more_items_than_nodes_relay_is_not_sane(int parts, bool isSane)
    {
        var text = string.Concat(Enumerable.Range(1, parts).Select(i => $"and_v(v:multi(1,{KeyText(i)}),"))
            + $"pkh({KeyText(parts + 1)})" + new string(')', parts);

        Assert.True(Miniscript.TryParse(text, false, out var miniscript));
        Assert.Equal(isSane, miniscript.IsSane);
    }

    [Theory]
    [InlineData(990, true)]
    [InlineData(1000, false)]
    public void A_script_whose_stack_grows_too_high_is_not_sane(int parts, bool isSane)
    {
        using var key = Spender.Key(1);
        var text = $"thresh({parts + 1},pk({key.PublicKey.XOnly})"
            + string.Concat(Enumerable.Repeat(",altv:after(100)", parts)) + ")";

        Assert.True(Miniscript.TryParse(text, true, out var miniscript));
        Assert.Equal(isSane, miniscript.IsSane);
    }

    private static string KeyText(int number)
    {
        using var key = Spender.Key(number);
        return key.PublicKey.ToString();
    }
}
