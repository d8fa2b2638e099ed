using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Sharechain;

/// <summary>An output that was drawn for a share which was a mainchain block.</summary>
/// <param name="Share">The share.</param>
/// <param name="OutPoint">The output; its own while it is frozen.</param>
public sealed record FrozenOutput(ShareId Share, OutPoint OutPoint)
{
    private const int Length = Hash256.Length + OutPoint.Length;

    /// <summary>Writes how many (compact size), and each as share 32, txid 32, index u32.</summary>
    public static void WriteAll(ByteWriter writer, IReadOnlyCollection<FrozenOutput> outputs)
    {
        writer.CompactSize((ulong)outputs.Count);
        foreach (var output in outputs)
        {
            writer.Hash256(output.Share.Value).Hash256(output.OutPoint.TxId.Value).UInt32(output.OutPoint.Index);
        }
    }

    /// <summary>Reads what <see cref="WriteAll"/> wrote; the reader holds the error.</summary>
    public static ImmutableArray<FrozenOutput> ReadAll(ref ByteReader reader)
    {
        var outputs = new FrozenOutput[reader.ReadCount(Length)];
        for (var i = 0; i < outputs.Length; i++)
        {
            outputs[i] = new FrozenOutput(
                new ShareId(reader.ReadHash256()), new OutPoint(new TxId(reader.ReadHash256()), reader.ReadUInt32()));
        }

        return [.. outputs];
    }
}

/// <summary>
/// Outputs that are frozen until the mainchain has decided about the block that paid for them: nobody spends them, and they are not
/// drawn. Belongs to a state of a redeeming row and goes with it.
/// </summary>
internal sealed class RedeemBook
{
    private readonly SortedDictionary<ShareId, OutPoint> _byShare = [];
    private readonly HashSet<OutPoint> _frozen = [];

    /// <summary>All of them, by share.</summary>
    public IEnumerable<FrozenOutput> All => _byShare.Select(pair => new FrozenOutput(pair.Key, pair.Value));

    /// <summary>True for an output that is frozen.</summary>
    public bool IsFrozen(OutPoint outPoint) => _frozen.Contains(outPoint);

    /// <summary>What is frozen for a share; null where nothing is.</summary>
    public OutPoint? Of(ShareId share) => _byShare.TryGetValue(share, out var outPoint) ? outPoint : null;

    /// <summary>Freezes an output.</summary>
    public void Add(FrozenOutput frozen)
    {
        _byShare.Add(frozen.Share, frozen.OutPoint);
        _frozen.Add(frozen.OutPoint);
    }

    /// <summary>Takes it out again.</summary>
    public void Remove(ShareId share)
    {
        if (_byShare.Remove(share, out var outPoint))
        {
            _frozen.Remove(outPoint);
        }
    }

    /// <summary>Ends what the mainchain decided about, then freezes what it will have to decide about.</summary>
    /// <param name="coins">The state's outputs, after the block.</param>
    /// <param name="block">The block.</param>
    /// <param name="drawn">The output that was drawn for it; null for none.</param>
    /// <param name="settled">What was decided, as seen from the block.</param>
    /// <returns>How to take that back.</returns>
    public RedeemUndo Settle(CoinLedger coins, ShareBlock block, OutPoint? drawn, ImmutableArray<SettledBlock> settled)
    {
        var (freed, destroyed) = (ImmutableArray.CreateBuilder<FrozenOutput>(), ImmutableArray.CreateBuilder<FrozenOutput>());
        var gone = ImmutableArray.CreateBuilder<ShareCoin>();
        foreach (var each in settled)
        {
            // A share that was paid while nobody held anything drew no output.
            if (Of(each.Share) is not { } outPoint)
            {
                continue;
            }

            Remove(each.Share);
            if (each.IsKept)
            {
                destroyed.Add(new FrozenOutput(each.Share, outPoint));
                gone.Add(coins.Remove(outPoint, out _));
            }
            else
            {
                freed.Add(new FrozenOutput(each.Share, outPoint));
                coins.SetMature(outPoint, true);
            }
        }

        var frozen = drawn is { } own && block.Proof.MainHeader.MeetsOwnTarget ? new FrozenOutput(block.Id, own) : null;
        if (frozen is not null)
        {
            Add(frozen);
            coins.SetMature(frozen.OutPoint, false);
        }

        return new RedeemUndo(frozen, freed.ToImmutable(), destroyed.ToImmutable(), gone.ToImmutable());
    }

    /// <summary>Takes that back.</summary>
    /// <param name="coins">The state's outputs.</param>
    /// <param name="undo">What <see cref="Settle"/> returned.</param>
    public void TakeBack(CoinLedger coins, RedeemUndo undo)
    {
        if (undo.Frozen is { } frozen)
        {
            Remove(frozen.Share);
            coins.SetMature(frozen.OutPoint, true);
        }

        foreach (var freed in undo.Freed)
        {
            Add(freed);
            coins.SetMature(freed.OutPoint, false);
        }

        for (var i = 0; i < undo.Destroyed.Length; i++)
        {
            coins.Insert(undo.Coins[i], 0, isMature: false);
            Add(undo.Destroyed[i]);
        }
    }
}
