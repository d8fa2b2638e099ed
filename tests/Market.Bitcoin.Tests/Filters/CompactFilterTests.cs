using Market.Bitcoin.Encoding;
using Market.Fuzzing;

namespace Market.Bitcoin.Tests.Filters;

/// <summary>Compact filters of blocks: what they hold, what they are refused for, and how much they may cost.</summary>
public sealed class CompactFilterTests
{
    private static readonly BlockId Id = new(Hash256.DoubleSha256([1]));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(252)]
    [InlineData(253)]
    [InlineData(2_000)]
    public void What_it_was_made_of_is_in_it_and_hardly_anything_else(int count)
    {
        var values = new RandomValues(count);
        var scripts = Scripts(values, count);
        var filter = Of(scripts);
        Assert.Equal(count, filter.Count);
        Assert.True(CompactFilter.TryParse(filter.Block, filter.Bytes, out var read, out var error), $"{error}");
        Assert.All(scripts, script => Assert.True(read.MayHold(script)));
        Assert.True(read.HoldsAll(scripts));

        // By chance one in 784,931: of these seeds none.
        var others = Scripts(values, 500);
        Assert.False(read.MayHoldAny(others));
        Assert.Equal(count > 0, read.MayHoldAny([.. others, .. scripts]));
        Assert.False(read.HoldsAll([.. scripts, others[0]]));
    }

    [Fact]
    public void Of_a_script_that_no_filter_holds_nothing_is_said()
    {
        var filter = Of(Scripts(new RandomValues(3), 20));
        foreach (var never in new[] { Script.Empty, Script.OpReturn([1, 2]), new Script(new byte[] { 0x6a }) })
        {
            Assert.True(filter.MayHold(never));
            Assert.True(filter.MayHoldAny([.. Scripts(new RandomValues(4), 5), never]));
            Assert.True(filter.HoldsAll([never]));
        }
    }

    [Fact]
    public void Empty_scripts_and_data_are_left_out_and_each_script_counts_once()
    {
        var script = Scripts(new RandomValues(5), 1)[0];
        var transaction = new Transaction(
            2, [new TxIn(OutPoint.Null, Script.Empty, TxIn.FinalSequence)],
            [.. new[] { script, Script.OpReturn([7]), script, Script.Empty }.Select(each => new TxOut(new Amount(1), each))], 0);
        var block = new Block(NetworkProfile.Of("regtest").Genesis, [transaction]);
        Assert.Equal([script, script], CompactFilter.PaidBy(block));
        Assert.Equal(1, CompactFilter.Of(block, [script, Script.Empty]).Count);
    }

    [Fact]
    public void A_count_that_the_bytes_cannot_hold_is_refused_before_anything_is_read()
    {
        // 100 scripts take 250 bytes at least.
        Assert.Equal(ParseError.TooLarge, Refused([100, .. new byte[249]]));
        Assert.NotEqual(ParseError.TooLarge, Refused([100, .. new byte[250], 1]));
        Assert.Equal(ParseError.TooLarge, Refused([0xff, .. Enumerable.Repeat((byte)0xff, 8)]));
        Assert.Equal(ParseError.TooLarge, Refused([0xff, 0, 0, 0, 0, 0, 0, 0, 0x80]));
    }

    [Fact]
    public void More_scripts_than_a_block_can_have_are_refused_whatever_follows()
    {
        var most = (uint)CompactFilter.MostScripts;
        static byte[] Claim(uint count, int bytes) => [0xfe, .. BitConverter.GetBytes(count), .. new byte[bytes]];

        // Numbers of nought each, so many that they are all there.
        var bytes = (int)((most + 1L) * 20 / 8) + 1;
        Assert.Equal(ParseError.TooLarge, Refused(Claim(most + 1, bytes)));
        Assert.True(CompactFilter.TryParse(Id, Claim(most, (int)((most * 20L + 7) / 8)), out _, out _));
        Assert.Equal(ParseError.TooLarge, Refused([0xfd, 44, 1, .. new byte[CompactFilter.MostBytes]]));
    }

    [Fact]
    public void Numbers_beyond_the_range_torn_codes_and_what_follows_them_are_refused()
    {
        var good = Of(Scripts(new RandomValues(6), 40)).Bytes.ToArray();
        Assert.Equal(ParseError.TrailingBytes, Refused([.. good, 0]));
        Assert.Equal(ParseError.InvalidValue, Refused(good[..^3]));
        Assert.Equal(ParseError.UnexpectedEnd, Refused([]));
        Assert.Equal(ParseError.NonCanonicalSize, Refused([0xfd, 1, 0, 0, 0, 0]));

        // One script: two ones are 1,048,576, and its numbers end at 784,930. And ones to the end.
        Assert.Equal(ParseError.InvalidValue, Refused([1, 0b1100_0000, 0, 0]));
        Assert.Equal(ParseError.InvalidValue, Refused([1, .. Enumerable.Repeat((byte)0xff, 5_000)]));

        // Filling that is not nought.
        Assert.True(CompactFilter.TryParse(Id, new byte[] { 1, 0, 0, 0 }, out _, out _));
        Assert.Equal(ParseError.InvalidValue, Refused([1, 0, 0, 1]));
    }

    private static CompactFilter Of(IReadOnlyCollection<Script> scripts) =>
        CompactFilter.Of(new Block(NetworkProfile.Of("regtest").Genesis, []), scripts);

    private static List<Script> Scripts(RandomValues values, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => Script.WitnessProgram(0, values.Bytes(32)))];

    private static ParseError Refused(byte[] bytes)
    {
        Assert.False(CompactFilter.TryParse(Id, bytes, out var filter, out var error));
        Assert.Null(filter);
        return error;
    }
}
