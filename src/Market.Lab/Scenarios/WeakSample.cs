using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Lab;

/// <summary>A weak share as it travels, minted for by the consensus code.</summary>
internal static class WeakSample
{
    // Twelve levels: a Bitcoin block of two to four thousand transactions.
    private const int MainBranch = 12;
    private const uint ShareBits = 0x1a00ffff;
    private const int ProgramBytes = 22;
    private const int CommitmentBytes = 38;

    /// <summary>Bytes that a block grows by for each weak share that it names: a coinbase with one payee, a full Bitcoin block
    /// above it, and a share block that is its sharebase alone.</summary>
    public static int Bytes => Share(1).Length;

    /// <summary>What a block mints for itself, for a weak share's maker, and for naming it, over the issuance.</summary>
    /// <param name="ease">How many times as easy the weak share's target is as a share's; 1: the row has no weak shares.</param>
    public static (double Block, double Maker, double Namer) Mint(int ease)
    {
        var row = SharechainProfiles.P2ShareWeak;
        var bits = new CompactTarget(ShareBits);
        double whole = row.Issuance.Of(1, bits).Sats;
        if (ease == 1)
        {
            return (Minting.Of(SharechainProfiles.P2Share, 1, bits, []).Own.Sats / whole, 0, 0);
        }

        var none = Minting.Of(row, 1, bits, []);
        var one = Minting.Of(row, 1, bits, [Share(ease)]);
        return (none.Own.Sats / whole, one.Named[0].Value.Sats / whole, (one.Own.Sats - none.Own.Sats) / whole);
    }

    private static NamedShare Share(int ease)
    {
        var bits = new CompactTarget(ShareBits);
        _ = bits.TryExpand(out var target);
        var header = new ShareHeader(ShareHeader.WeakVersion, default, [], 1, 0, bits, Hash256.Zero, Hash256.Zero)
        {
            WeakBits = CompactTarget.FromTarget(U256.FromBigInteger(target.ToBigInteger() * ease)),
        };
        var program = new Script(new byte[ProgramBytes]);
        var coinbase = Coinbase(
            new TxOut(new Amount(Pool.Reward), program), new TxOut(Amount.Zero, new Script(new byte[CommitmentBytes])),
            new TxOut(Amount.Zero, new Script(new byte[CommitmentBytes])));
        var proof = new WorkProof(
            new BlockHeader(4, default, Hash256.Zero, 0, bits, 0), coinbase, [.. Enumerable.Repeat(Hash256.Zero, MainBranch)]);
        return new NamedShare(header, proof, Coinbase(new TxOut(new Amount(Pool.Block / 2), program)), []);
    }

    private static Transaction Coinbase(params ImmutableArray<TxOut> outputs) => new(
        2, [new TxIn(OutPoint.Null, new Script(new byte[16]), uint.MaxValue)], outputs, 0);
}
