using System.Collections.Immutable;
using Market.Bitcoin.Ledger;
using Market.Sharechain;

namespace Market.Fuzzing;

/// <content>What a sharechain's nodes send each other.</content>
public sealed partial class RandomValues
{
    public ShareId ShareId() => new(Hash());

    /// <summary>A header of any chain; nothing is below it.</summary>
    public ShareHeader ShareHeader() => new(
        OneOf(1u, 1u, 2u, UInt32()), ShareId(),
        [.. Enumerable.Range(0, Below(Sharechain.ShareHeader.MostUncles + 1)).Select(_ => ShareId())],
        (uint)Below(int.MaxValue), UInt32(), new CompactTarget(OneOf(0x207fffffu, 0x2000ffffu, UInt32())), Hash(), Hash())
    {
        WeakBits = new CompactTarget(OneOf(0x207fffffu, 0x2000ffffu, UInt32())),
        WeakRoot = Hash(),
    };

    /// <summary>A proof whose header is over its coinbase, though without work.</summary>
    public WorkProof WorkProof(Hash256 commitment)
    {
        byte[] start = [.. CoinbaseHeight.Push(Below(1_000_000)), .. SomeBytes(40)];
        var coinbase = new Transaction(
            2,
            [new TxIn(Bitcoin.OutPoint.Null, new Script(start), TxIn.FinalSequence)],
            [.. Many(3, Output), .. Enumerable.Range(0, OneOf(0, 1, 1, 1, 2)).Select(_ => ShareCommitment.Output(commitment))],
            0);
        ImmutableArray<Hash256> branch = [.. Enumerable.Range(0, Below(6)).Select(_ => Hash())];
        var root = LedgerMerkle.FoldFirst(coinbase.Id.Value, branch.AsSpan());
        return new WorkProof(Header() with { MerkleRoot = root }, coinbase, branch);
    }

    /// <summary>A share of random parts.</summary>
    public ShareBlock Share()
    {
        var header = ShareHeader();
        var isWeak = header.Version == Sharechain.ShareHeader.WeakVersion;
        header = isWeak ? header with { Uncles = [] } : header;
        return new ShareBlock(header, WorkProof(header.Commitment), Many(4, Transaction))
        {
            Named = [.. Enumerable.Range(0, isWeak ? Below(3) : header.Uncles.Length).Select(_ => NamedShare())],
        };
    }

    /// <summary>A share as one that names it sends it, without work.</summary>
    public NamedShare NamedShare()
    {
        var header = ShareHeader();
        var sharebase = WorkProof(header.Commitment).MainCoinbase;
        ImmutableArray<Hash256> branch = [.. Enumerable.Range(0, Below(4)).Select(_ => Hash())];
        header = header with { TxRoot = LedgerMerkle.FoldFirst(sharebase.Id.Value, branch.AsSpan()) };
        return new NamedShare(header, WorkProof(header.Commitment), sharebase, branch);
    }

    /// <summary>How a random share would be taken back.</summary>
    public ShareUndo ShareUndo() => new(
        [.. Enumerable.Range(0, Below(4)).Select(_ => ShareCoin())], Below(100_000),
        [.. Enumerable.Range(0, Below(4)).Select(_ => Below(100_000))]);

    /// <summary>A transaction that annotates who is paid for its outputs.</summary>
    public Transaction Annotated()
    {
        var plain = Transaction();
        var notes = Enumerable.Range(0, 1 + Below(3))
            .Select(_ => PayoutAnnotation.Output((byte)Below(OneOf(4, 256)), AddressScript()));
        return new Transaction(plain.Version, plain.Inputs, [.. plain.Outputs, .. notes], plain.LockTime);
    }

    private ShareCoin ShareCoin()
    {
        var output = Output();
        return new ShareCoin(
            OutPoint(), new Coin(output, Below(100_000), Chance(2), UInt32()), Below(100_000),
            Chance(2) ? PayoutAnnotation.OwnPayout(output.ScriptPubKey) : AddressScript());
    }
}
