using Market.Bitcoin.Encoding;

namespace Market.Fuzzing;

/// <summary>
/// Proposed rules of scripts as the soft forks that they are: what is valid under any of them is valid without, and fewer make
/// nothing invalid.
/// </summary>
internal static class ProposalTarget
{
    private static readonly byte[] Message = [.. Enumerable.Repeat((byte)9, 32)];
    private static readonly PrivateKey Signer = PrivateKey.Create(Message);
    private static readonly byte[] Key = Signer.PublicKey.XOnly.Span.ToArray();
    private static readonly byte[] Signature = Signer.SignSchnorr(Message, Message).Span.ToArray();

    // Neither hash covers what is spent or the witness, so every input's is the same.
    private static readonly TemplateHashes Templates = new(Spend(Script.Empty, default).Transaction);
    private static readonly byte[] Template = Templates.CheckTemplateVerify(0).ToArray();

    private static readonly byte[][] Words =
    [
        [0x7e], [0xb3], [0xcb], [0xcc], [0xce], [0x20, .. Template, 0xb3], [0xcb, 0xcc], [0x21, 1, .. Key, 0xac], [0x51, 0xac],
        [0x51, 0xba], [0x76, 0x7e], [0xab], [0x63], [0x68], [0x69], [0x75], [0x77], [0x51], [0x00], [0x50], [0xbb], [0x82], [0x87],
        [0xa8],
    ];

    // Of each proposal something that holds, and that leaves the stack as it was.
    private static readonly byte[][] Held =
    [
        [0x20, .. Template, 0xb3, 0x75], [0xce, 0x20, .. Templates.TemplateHash(0).ToArray(), 0x88], [0x6f, 0xcc, 0x69],
        [0xcb, 0x82, 0x01, 0x20, 0x88, 0x75], [0x51, 0x52, 0x7e, 0x02, 1, 2, 0x88], [0x00, 0x21, 1, .. Key, 0xac, 0x75],
    ];

    private static readonly byte[][] Stack = [Template, Signature, Message, Key];
    private static readonly byte[] Clean = [0x6d, 0x6d, 0x51];

    public static FuzzTarget Proposals { get; } = FuzzTarget.Of(
        "proposals", "proposed operations and keys (BIP118, 119, 347, 348, 349, 446): bare, in a witness script and in a tapscript",
        new AllocationBound(32 * 1024 * 1024, 4096),
        (byte[] input, out ulong value, out int error) =>
        {
            error = 0;
            value = Execute(input);
            return true;
        },
        (_, value) => value,
        values => [(byte)values.Below(64), .. Fresh(values)],
        Words);

    private static byte[] Fresh(RandomValues values)
    {
        var writer = new ByteWriter();
        for (var count = 1 + values.Below(4); count > 0; count--)
        {
            writer.Bytes(values.OneOf<byte[]>(values.Chance(4) ? Words : Held));
        }

        return writer.Bytes(Clean).ToArray();
    }

    // The first byte picks the proposals; the rest is the script.
    private static ulong Execute(byte[] input)
    {
        var script = new Script(input.AsMemory(Math.Min(1, input.Length)));
        var proposals = Pick(input is [var first, ..] ? first : 0);
        var tree = TapTree.Leaf(script);
        var control = tree.Leaves[0].ControlBlock(XOnlyPublicKey.Nums);
        var bare = Execute(Spend(script, default), proposals);
        var witness = Execute(Spend(Script.P2wsh(script), new Witness([.. Stack, script.ToArray()])), proposals);
        var taproot = Execute(
            Spend(Taproot.ToScript(XOnlyPublicKey.Nums, tree.Hash), new Witness([.. Stack, script.ToArray(), control])), proposals);
        return Shape.Of((int)bare, (int)witness, (int)taproot);
    }

    private static ScriptError Execute(PrecomputedTransaction spend, ScriptFlags proposals)
    {
        var found = ScriptVerifier.Verify(spend, 0, ScriptFlags.Consensus | proposals);
        if (found == ScriptError.OK)
        {
            // Every combination of fewer, down to none: of six proposals 63 at most.
            for (var fewer = proposals; fewer != ScriptFlags.None;)
            {
                fewer = (fewer - 1) & proposals;
                Promise.Holds(
                    ScriptVerifier.Verify(spend, 0, ScriptFlags.Consensus | fewer) == ScriptError.OK,
                    "fewer proposals make nothing invalid");
            }
        }

        return found;
    }

    private static ScriptFlags Pick(int bits) => ScriptProposal.All
        .Where((_, index) => (bits >> index & 1) != 0)
        .Aggregate(ScriptFlags.None, (flags, proposal) => flags | proposal.Flag);

    private static PrecomputedTransaction Spend(Script spent, Witness witness)
    {
        var output = new TxOut(new Amount(1000), spent);
        return new PrecomputedTransaction(
            new Transaction(
                2, [new TxIn(new OutPoint(default, 0), Script.Empty, 1, witness)], [new TxOut(new Amount(9), Script.Empty)], 1),
            [output]);
    }
}
