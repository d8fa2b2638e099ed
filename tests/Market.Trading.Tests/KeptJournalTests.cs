using System.IO.Compression;
using System.Security.Cryptography;
using Market.Trading.Codec;

namespace Market.Trading.Tests;

/// <summary>What was written when there were only limit orders, good till cancelled or immediate: it is read for ever.</summary>
public sealed class KeptJournalTests : BookTests
{
    private const string Journal =
        "H4sIAAAAAAACA2NkZIAAMG0E5aRA6ezUghIGPIAdjc/IhDCNEW6aDQN5gJEZwUS4rYlc0xiROTDTNCh3G5IpJ8g0jQ1mGiuUhjlPjYsBOX6Qgxwe1EzMTERG"
        + "FwfcMBZ4tLOim6cBAPJfxgQTAgAA";

    private const string SecondSnapshot =
        "H4sIAAAAAAACA2PiYYAAMSjNCqWZGVABI0iCEcZBpo2gnBQG7CA7taCEAQ9gR+MzodGMQKgBs8SGgTqAGd2bQK8owixpopIlLGjBBWIqwCzRoJIlWCMMZvg0"
        + "NJpcwIhkESxu0BMDzAHo6YGRGS1CWdAUyiHbBAB3jg+jkQIAAA==";

    private const string EventsHash = "BCBF46178EAC5031567077139F86B35982FA141922B67AAF3C03D8C3F29A2B9B";

    [Fact]
    public void A_journal_of_before_gives_the_events_that_it_gave()
    {
        ReadOnlySpan<byte> rest = Unpack(Journal);
        while (!rest.IsEmpty)
        {
            Assert.True(JournalCodec.TryRead(ref rest, out Command command));
            Book.Execute(command, Seen);
        }
        var events = new RecordWriter();
        foreach (ref readonly var e in Seen.Events) JournalCodec.Write(events, e);
        Assert.Equal(EventsHash, Convert.ToHexString(SHA256.HashData(events.Written.Span)));
    }

    [Fact]
    public void A_snapshot_of_before_is_the_book_that_its_commands_give()
    {
        ReadOnlySpan<byte> rest = Unpack(Journal);
        while (JournalCodec.TryRead(ref rest, out Command command)) Book.Execute(command, Seen);
        var restored = OrderBook.TryRestore(Unpack(SecondSnapshot), Scripts.Rules, Scripts.Limits);
        Assert.NotNull(restored);
        Assert.Equal(Book.StateHash(), restored.StateHash());
    }

    private static byte[] Unpack(string packed)
    {
        using var bytes = new GZipStream(new MemoryStream(Convert.FromBase64String(packed)), CompressionMode.Decompress);
        using var whole = new MemoryStream();
        bytes.CopyTo(whole);
        return whole.ToArray();
    }
}
