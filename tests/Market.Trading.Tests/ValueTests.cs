using Market.Trading.Codec;

namespace Market.Trading.Tests;

public sealed class ValueTests
{
    [Theory]
    [InlineData(100, 100_000_000, 100)]
    [InlineData(100, 1, 1)]
    [InlineData(3, 33_333_333, 1)]
    [InlineData(3, 33_333_334, 2)]
    [InlineData(0, 5, 0)]
    [InlineData(2_100_000_000_000_000, 2_100_000_000_000_000 / 21, 2_100_000_000_000_000_000_000.0)]
    [InlineData(2_100_000_000_000_000, 400_000_000_000, 8_400_000_000_000_000_000)]
    public void The_notional_is_rounded_up_and_refused_when_it_does_not_fit(long price, long quantity, double sats)
    {
        var fits = Notional.TryOf(price, quantity, out var value);
        Assert.Equal(sats <= long.MaxValue, fits);
        if (fits) Assert.Equal((long)sats, value);
    }

    [Fact]
    public void The_notional_agrees_with_wide_arithmetic_around_the_64_bit_border()
    {
        foreach (var price in new[] { 1L, 99_999_999, 1L << 31, (1L << 32) + 1, long.MaxValue })
            foreach (var quantity in new[] { 1L, 100_000_000, (1L << 32) - 1, 1L << 33, long.MaxValue })
            {
                var exact = ((Int128)price * quantity + 99_999_999) / 100_000_000;
                Assert.Equal(exact <= long.MaxValue, Notional.TryOf(price, quantity, out var sats));
                if (exact <= long.MaxValue) Assert.Equal((long)exact, sats);
            }
        Assert.False(Notional.TryOf(-1, 1, out _));
        Assert.False(Notional.TryOf(1, -1, out _));
        Assert.Throws<OverflowException>(() => Notional.Of(long.MaxValue, long.MaxValue));
        Assert.Equal(2, Notional.Of(2, 100_000_000));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("Az09._:-", true)]
    [InlineData("0123456789abcdef0123456789abcdef", true)]
    [InlineData("0123456789abcdef0123456789abcdefg", false)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("ä", false)]
    [InlineData("a\0b", false)]
    [InlineData("a/b", false)]
    public void A_client_order_id_has_1_to_32_characters_of_the_set(string text, bool good)
    {
        Assert.Equal(good, ClientOrderId.TryParse(text, out var id));
        Assert.Equal(good, id.Exists);
        if (!good) return;
        Assert.Equal(text, id.ToString());
        var bytes = new byte[32];
        id.Write(bytes);
        Assert.True(ClientOrderId.TryRead(bytes, out var read));
        Assert.Equal(id, read);
    }

    [Fact]
    public void A_client_order_id_is_not_read_from_bytes_with_other_characters_or_padding()
    {
        Assert.False(ClientOrderId.TryRead(new byte[31], out _));
        var bytes = new byte[32];
        Assert.True(ClientOrderId.TryRead(bytes, out var none));
        Assert.False(none.Exists);
        bytes[1] = (byte)'a';
        Assert.False(ClientOrderId.TryRead(bytes, out _));
        bytes[0] = (byte)' ';
        Assert.False(ClientOrderId.TryRead(bytes, out _));
    }

    [Fact]
    public void Short_or_unknown_journal_bytes_are_refused()
    {
        var writer = new RecordWriter();
        ClientOrderId.TryParse("abc", out var name);
        JournalCodec.Write(writer, Command.Limit(new AccountId(9), Side.Sell, 5, 7, clientId: name, body: UInt128.MaxValue));
        for (var length = 0; length < writer.Length; length++)
        {
            var cut = writer.Written.Span[..length];
            Assert.False(JournalCodec.TryRead(ref cut, out Command _));
            Assert.Equal(length, cut.Length);
        }
        ReadOnlySpan<byte> unknown = [99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.False(JournalCodec.TryRead(ref unknown, out Command _));
        ReadOnlySpan<byte> none = new byte[200];
        Assert.False(JournalCodec.TryRead(ref none, out BookEvent _));
    }
}
