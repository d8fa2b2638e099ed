using System.Buffers.Binary;
using Market.Bitcoin.Encoding;

namespace Market.Bitcoin;

/// <summary>
/// The script that a signet's blocks have to satisfy (BIP325). The genesis block is the same on all signets: what tells one from
/// another is its challenge.
/// </summary>
/// <param name="Script">The challenge, 1 to 10,000 bytes.</param>
public sealed record SignetChallenge(Script Script)
{
    /// <summary>What the network is called, by Bitcoin Core and here, whatever its challenge.</summary>
    public const string NetworkName = "signet";

    private const int Longest = 10_000;
    private const int BlockData = 72;

    // What Bitcoin Core checks a solution by: no taproot, no locktimes.
    private const ScriptFlags Rules = ScriptFlags.P2SH | ScriptFlags.WITNESS | ScriptFlags.DERSIG | ScriptFlags.NULLDUMMY;

    /// <summary>That of the public signet, whose makers sign its blocks.</summary>
    public static SignetChallenge Public { get; } = new(Script.FromHex(
        "512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be430210359ef5021964fe22d6f8e05b2463c9540ce96883fe3b27"
        + "8760f048f5189f2e6c452ae"));

    /// <summary>The four bytes before each message of its peers, in the order of the wire, as a big-endian number.</summary>
    public uint Magic => BinaryPrimitives.ReadUInt32BigEndian(
        Hash256.DoubleSha256(new ByteWriter().VarBytes(Script.Span).ToArray()).ToArray());

    /// <summary>
    /// True where a block needs no solution, as with OP_TRUE: whoever has the work may make one. An empty solution sees nothing of
    /// the block, so this holds for every block or for none.
    /// </summary>
    public bool TakesAnybodysBlock
    {
        get
        {
            var shown = new ScriptBuilder().Op(Opcode.OP_0).Push(new byte[BlockData]).Build();
            var challenge = new TxOut(Amount.Zero, Script);
            var toSpend = new Transaction(0, [new TxIn(OutPoint.Null, shown, 0)], [challenge], 0);
            var toSign = new Transaction(
                0, [new TxIn(new OutPoint(toSpend.Id, 0), Script.Empty, 0)],
                [new TxOut(Amount.Zero, new ScriptBuilder().Op(Opcode.OP_RETURN).Build())], 0);
            return ScriptVerifier.Verify(toSign, 0, [challenge], Rules) == ScriptError.OK;
        }
    }

    /// <summary>Reads a challenge as -signetchallenge of Bitcoin Core has it.</summary>
    /// <param name="hex">Hexadecimal.</param>
    /// <returns>Null where it is none.</returns>
    public static SignetChallenge? Read(string? hex) =>
        hex is { Length: > 0 and <= 2 * Longest } && Hex.TryDecode(hex, out var bytes)
            ? new SignetChallenge(new Script(bytes))
            : null;

    /// <summary>The hexadecimal digits of the script.</summary>
    public override string ToString() => Script.ToString();
}
