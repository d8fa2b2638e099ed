using Market.Sharechain;

namespace Market.Fuzzing;

/// <summary>Shares and the transactions in them, offered to a chain of some mature coins.</summary>
internal static class ShareChainTarget
{
    private static readonly Lock Turn = new();
    private static OfferedChain? _chain;

    // What is allocated is measured for reading; the chain's own work is bounded by the share's weight.
    public static FuzzTarget Chain { get; } = FuzzTarget.Of(
        "share-chain", "ShareChain.Submit; a refused share leaves no trace, one taken can be taken back",
        new AllocationBound(4096, 64),
        (byte[] input, out ShareBlock? value, out int error) =>
        {
            var accepted = ShareBlock.TryParse(input, out value, out var why);
            error = (int)why;
            return accepted;
        },
        (_, value) => CheckSubmission(value!),
        values => Fresh(values).ToArray(),
        [
            [0, 0, 0, 0, 0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff], [1, 0x51], [0x6a, 8, (byte)'p', (byte)'o', 0],
            [0xff, 0xff, 0x7f, 0x20],
        ],
        input => ShareTargets.RepairShare(input) ?? input);

    private static ShareBlock Fresh(RandomValues values)
    {
        lock (Turn)
        {
            return (_chain ??= new OfferedChain()).Next(values);
        }
    }

    private static ulong CheckSubmission(ShareBlock share)
    {
        lock (Turn)
        {
            var chain = _chain ??= new OfferedChain();
            var before = chain.State.StateHash();
            var result = chain.Submit(share);
            if (result.Change is null)
            {
                Promise.Holds(
                    before == chain.State.StateHash() && (result.Outcome == ShareOutcome.Known || chain.Find(share.Id) is null),
                    "a share that is not taken leaves no trace");
            }
            else
            {
                _chain = null;
                CheckTaken(chain, share, result, before);
            }

            return Shape.Of(
                100, (int)result.Outcome, (int)result.Verdict.Refusal, Math.Min(4, share.Transactions.Length),
                Shape.Bit(result.Change?.MovesTip == true));
        }
    }

    private static void CheckTaken(OfferedChain chain, ShareBlock share, ShareSubmission result, Hash256 before)
    {
        if (result.Outcome != ShareOutcome.NewTip)
        {
            Promise.Holds(before == chain.State.StateHash(), "a share beside the best chain does not change its state");
            return;
        }

        var supply = chain.State.Coins.Sum(coin => coin.Value.Sats);
        Promise.Holds(supply == chain.State.Supply.Sats, "the supply is the sum of the coins");
        Promise.Holds(
            supply <= chain.State.Height * OfferedChain.Minted, "no more is there than was minted");
        var undo = ShareUndo.Parse(chain.UndoOf(share.Id)!.ToArray());
        Promise.Holds(undo is not null, "undo data are read as they were written");
        chain.State.Undo(share, undo!);
        Promise.Holds(before == chain.State.StateHash(), "a share taken back leaves no trace");
    }
}
