using Market.Bitcoin.Encoding;
using Market.Bitcoin.Wallet;

namespace Market.Bitcoin.Tests;

/// <summary>Values are equal where they hold the same, and cannot be made wrong.</summary>
public sealed class ValueTests
{
    [Fact]
    public void Inputs_are_equal_where_their_witnesses_hold_the_same()
    {
        byte[] item = [1, 2];
        byte[] first = [1];
        byte[] second = [2];
        byte[] nothing = [];
        var one = new TxIn(OutPoint.Null, Script.Empty, 0, new Witness(item, nothing));
        var same = new TxIn(OutPoint.Null, Script.Empty, 0, new Witness(item.ToArray(), nothing));

        Assert.Equal(one, same);
        Assert.Equal(one.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(one, one with { Witness = new Witness(item) });
        Assert.NotEqual(one, one with { Witness = new Witness(first, second) });
        Assert.True(default(Witness) == Witness.Empty && new Witness(first) != Witness.Empty);
        var written = Spender.Spend(Script.Empty, witness: one.Witness).Transaction.ToArray();
        Assert.True(Transaction.TryParse(written, out var read, out _));
        Assert.Equal(one.Witness, read.Inputs[0].Witness);
    }

    [Fact]
    public void Bech32_is_written_of_lower_case_and_five_bits_only()
    {
        Assert.Throws<ArgumentException>(() => Bech32.Encode("bc", [32], Bech32Variant.Bech32));
        Assert.Throws<ArgumentException>(() => Bech32.Encode("BC", [1], Bech32Variant.Bech32));
        Assert.Throws<ArgumentException>(() => Bech32.Encode("b c", [1], Bech32Variant.Bech32));
        Assert.Throws<ArgumentException>(() => Bech32.Encode(string.Empty, [1], Bech32Variant.Bech32));
        Assert.Throws<ArgumentException>(() => Bech32.Encode("bc", new byte[82], Bech32Variant.Bech32));
        Assert.True(Bech32.TryDecode(Bech32.Encode("bc", new byte[81], Bech32Variant.Bech32m), out _, out var values, out _));
        Assert.Equal(new byte[81], values);
        Assert.False(Bech32.TryConvertBits([32], 5, 8, pad: true, out _));
    }

    [Fact]
    public void A_default_list_is_an_empty_one()
    {
        Assert.Equal(KeyPath.Master, new KeyPath(default));
        Assert.Equal("m", new KeyPath(default).ToString());
        Assert.Equal(new Transaction(1, [], [], 0).Id, new Transaction(1, default, default, 0).Id);
    }
}
