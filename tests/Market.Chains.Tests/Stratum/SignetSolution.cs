using Market.Bitcoin;
using Market.Bitcoin.Encoding;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Tests.Stratum;

/// <summary>BIP325's rule, written from its text alone: whether a block satisfies a signet's challenge.</summary>
internal static class SignetSolution
{
    private const int Commitment = 38;
    private const ScriptFlags Rules = ScriptFlags.P2SH | ScriptFlags.WITNESS | ScriptFlags.DERSIG | ScriptFlags.NULLDUMMY;

    private static readonly byte[] Header = [0xec, 0xc7, 0xda, 0xa2];
    private static readonly byte[] Bip141 = [0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed];

    public static bool IsGood(Block block, Script challenge)
    {
        var coinbase = block.Transactions[0];
        var at = coinbase.Outputs.Length - 1;
        while (at >= 0 && !coinbase.Outputs[at].ScriptPubKey.Span.StartsWith(Bip141))
        {
            at--;
        }

        if (at < 0)
        {
            return false;
        }

        var script = coinbase.Outputs[at].ScriptPubKey.ToArray();
        var (sig, bare) = Cut(script);
        var outputs = coinbase.Outputs.SetItem(at, coinbase.Outputs[at] with { ScriptPubKey = new Script(bare) });
        var unsigned = new Transaction(coinbase.Version, coinbase.Inputs, outputs, coinbase.LockTime);
        var root = LedgerMerkle.Root([unsigned, .. block.Transactions.Skip(1)], out _);
        var data = new ByteWriter().Int32(block.Header.Version).Hash256(block.Header.Previous.Value).Hash256(root)
            .UInt32(block.Header.Time).ToArray();
        var spent = new TxOut(Amount.Zero, challenge);
        var toSpend = new Transaction(0, [new TxIn(OutPoint.Null, new Script((byte[])[0x00, 0x48, .. data]), 0)], [spent], 0);
        var toSign = new Transaction(
            0, [new TxIn(new OutPoint(toSpend.Id, 0), new Script(sig), 0)],
            [new TxOut(Amount.Zero, new Script((byte[])[0x6a]))], 0);
        return ScriptVerifier.Verify(toSign, 0, [spent], Rules) == ScriptError.OK;
    }

    /// <summary>A block with a solution in its commitment: a scriptSig of less than 70 bytes, and no witness.</summary>
    public static Block With(Block block, byte[] scriptSig)
    {
        var coinbase = block.Transactions[0];
        byte[] push = [.. Header, (byte)scriptSig.Length, .. scriptSig, 0];
        var last = coinbase.Outputs[^1];
        var script = new Script((byte[])[.. last.ScriptPubKey.ToArray(), (byte)push.Length, .. push]);
        var outputs = coinbase.Outputs.SetItem(coinbase.Outputs.Length - 1, last with { ScriptPubKey = script });
        var signed = new Transaction(coinbase.Version, coinbase.Inputs, outputs, coinbase.LockTime);
        return block with { Transactions = [signed, .. block.Transactions.Skip(1)] };
    }

    // The scriptSig of the first push that begins with the header, and the commitment with that push cut down to the header.
    private static (byte[] Sig, byte[] Bare) Cut(byte[] script)
    {
        for (var at = Commitment; at < script.Length;)
        {
            Assert.InRange(script[at], 1, 75);
            var push = script.AsSpan(at + 1, script[at]);
            if (push.StartsWith(Header))
            {
                var sig = push.Slice(Header.Length + 1, push[Header.Length]).ToArray();
                return (sig, [.. script[..at], (byte)Header.Length, .. Header, .. script[(at + 1 + push.Length)..]]);
            }

            at += 1 + push.Length;
        }

        return ([], script);
    }
}
