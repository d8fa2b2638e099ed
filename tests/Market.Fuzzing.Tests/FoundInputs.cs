using Market.Bitcoin.Encoding;

namespace Market.Fuzzing.Tests;

/// <summary>
/// Inputs that are worth remembering: those the fuzzer found wrong, and edges that it reached by luck only. Each is run
/// with its target's promises.
/// </summary>
public sealed class FoundInputs
{
    private const string Zeros = "0000000000000000000000000000000000000000000000000000000000000000";

    [Theory]
    // Nothing at all, and a transaction of nothing.
    [InlineData("transaction", "", false)]
    [InlineData("transaction", "01000000" + "00" + "00" + "00000000", true)]
    // The witness marker with a flag that is not 1, and with no witness behind it.
    [InlineData("transaction", "01000000" + "00" + "02" + "00" + "00000000", false)]
    [InlineData("transaction", "01000000" + "0001" + "00" + "00" + "00000000", false)]
    // Counts of inputs that no memory would hold.
    [InlineData("transaction", "01000000" + "ffffffffffffffffff", false)]
    [InlineData("transaction", "01000000" + "feffffffff", false)]
    // A count longer than it need be.
    [InlineData("transaction", "01000000" + "fd0000" + "00" + "00000000", false)]
    [InlineData("header", "00", false)]
    // Pushes that end behind the script, one of them of a negative length.
    [InlineData("script", "4effffffff", true)]
    [InlineData("script", "4effffff7f", true)]
    [InlineData("verify", "004effffffff", true)]
    // Found: an r of 33 bytes is strict DER (BIP66) and was read as nought.
    [InlineData(
        "signature",
        "30440221" + "0f34398b60813f04ebf29ac900b4b56931e08a6285c8d602e69d03d47f56fb0000"
            + "021f" + "2c713d90592f4df29535b4af23d3c7c7535a180ee300ca4a668f803170e480",
        false)]
    [InlineData("signature", "3006020100020100", true)]
    [InlineData("psbt", "70736274ff", false)]
    [InlineData("psbt", "70736274ff" + "00", false)]
    [InlineData("share", "", false)]
    [InlineData("share-undo", "00000000" + "00" + "00", true)]
    [InlineData("share-undo", "00000000" + "feffffff7f" + "00", false)]
    [InlineData("share-undo", "00000000" + "00" + "fd0000", false)]
    // A filter of nothing, one of a script, one of more scripts than it has bytes for, and ones without end.
    [InlineData("filter", Zeros + "00", true)]
    [InlineData("filter", Zeros + "01000000", true)]
    [InlineData("filter", Zeros + "0100000000", false)]
    [InlineData("filter", Zeros + "02000000", false)]
    [InlineData("filter", Zeros + "feffffffff000000", false)]
    [InlineData("filter", Zeros + "01ffffffffffffffffffffff", false)]
    [InlineData("filter", "", false)]
    [InlineData("node-frames", "", true)]
    [InlineData("node-frames", "02aa", false)]
    [InlineData("node-frames", "fd0100aa", false)]
    // An answer of one question each: a tip that is none, no transactions, and some that end too soon.
    [InlineData("node-answer", "0000" + "6e756c6c", false)]
    [InlineData("node-answer", "0300", true)]
    [InlineData("node-answer", "0300" + "ff", false)]
    [InlineData("node-events", "", true)]
    public void Ends_as_it_should(string name, string hex, bool accepted) =>
        Assert.Equal(accepted, FuzzTargets.Find(name)!.Run(Hex.Decode(hex)).Accepted);

    [Theory]
    [InlineData("address", "1111111111111111111114oLvT2", true)]
    [InlineData("address", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", true)]
    [InlineData("address", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kV8f3t4", false)]
    [InlineData("address", "bc1", false)]
    [InlineData("address", "1", false)]
    [InlineData("descriptor", "wsh()", false)]
    [InlineData("descriptor", "tr(", false)]
    [InlineData("descriptor", "tr(,{,})", false)]
    [InlineData("descriptor", "#", false)]
    [InlineData("miniscript", "thresh(0)", false)]
    [InlineData("miniscript", "::", false)]
    [InlineData("path", "m/", false)]
    [InlineData("path", "m", true)]
    [InlineData("path", "2147483648", false)]
    // Found: half of a pair in a value or in a name beside it, and bytes that are no UTF-8, were not refused by name.
    [InlineData("rpc-answer", """{"result":"\ud800"}""", true)]
    [InlineData("rpc-answer", "{\"result\":\"\u00ff\"}", true)]
    [InlineData("rpc-answer", """{"result":5728366.56986137,"\ud800error":null,"id":1}""", false)]
    [InlineData("rpc-answer", """{"error":{"code":"x","message":7}}""", false)]
    [InlineData("rpc-answer", """{"result":null,"error":null,"id":1}""", true)]
    [InlineData("rpc-answer", "{}", false)]
    [InlineData("node-request", "GET mainchain/tip", true)]
    [InlineData("node-request", "GET mainchain/headers?limit=2001", false)]
    [InlineData("node-request", "POST sharechain/share\n", false)]
    [InlineData("node-request", " ", false)]
    public void Text_ends_as_it_should(string name, string text, bool accepted) => Assert.Equal(
        accepted, FuzzTargets.Find(name)!.Run(System.Text.Encoding.Latin1.GetBytes(text)).Accepted);

    [Theory]
    [InlineData("wsh(", 6_000)]
    [InlineData("tr(", 6_000)]
    [InlineData("{", 19_990)]
    public void Deep_descriptors_are_refused_without_exhausting_the_stack(string piece, int times) =>
        Assert.False(FuzzTargets.Find("descriptor")!.Run(Repeated("tr(", piece, Math.Min(times, 19_990 / piece.Length))).Accepted);

    [Theory]
    [InlineData("v:")]
    [InlineData("a")]
    [InlineData("and_v(")]
    [InlineData("thresh(1,")]
    [InlineData("or_i(0,")]
    public void Deep_miniscripts_are_refused_without_exhausting_the_stack(string piece) =>
        Assert.False(FuzzTargets.Find("miniscript")!.Run(Repeated(string.Empty, piece, 19_990 / piece.Length)).Accepted);

    [Theory]
    [InlineData(0x63)]
    [InlineData(0x76)]
    [InlineData(0x92)]
    [InlineData(0x9a)]
    [InlineData(0x6b)]
    public void Deep_scripts_are_no_miniscripts_and_do_not_exhaust_the_stack(byte opcode)
    {
        byte[] script = [.. Enumerable.Repeat(opcode, 60_000)];
        Assert.False(FuzzTargets.Find("miniscript-script")!.Run(script).Accepted);
        Assert.False(FuzzTargets.Find("miniscript-script")!.Run([0x51, .. script]).Accepted);
    }

    [Theory]
    // Found by reading: sixteen bytes of memory for every byte that says "nothing".
    [InlineData("node-frames", 100, true)]
    [InlineData("node-frames", 101, false)]
    [InlineData("node-events", 60_000, true)]
    [InlineData("share-header", 113, true)]
    [InlineData("share-header", 114, false)]
    public void Bytes_of_nothing_end_as_they_should(string name, int length, bool accepted) =>
        Assert.Equal(accepted, FuzzTargets.Find(name)!.Run(new byte[length]).Accepted);

    private static byte[] Repeated(string front, string piece, int times) =>
        System.Text.Encoding.Latin1.GetBytes(front + string.Concat(Enumerable.Repeat(piece, times)));
}
