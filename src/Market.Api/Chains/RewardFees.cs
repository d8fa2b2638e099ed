using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Api.Chains;

/// <summary>What the newest mainchain blocks' coinbases took above their subsidies. Each block is read once. Used by one reader at
/// a time.</summary>
public sealed class RewardFees(ChainPair chains)
{
    /// <summary>Blocks that the mean is of.</summary>
    public const int Window = 12;

    private readonly Dictionary<BlockId, (BlockId Previous, long Fees)> _known = [];

    /// <summary>Mean fees of the newest blocks up to a tip, satoshis; 0 where none can be read.</summary>
    public async ValueTask<double> MeanAsync(BlockId tip, int height, IssuanceSchedule issuance, CancellationToken cancel)
    {
        var read = new Dictionary<BlockId, (BlockId Previous, long Fees)>();
        var id = tip;
        for (var h = height; h > Math.Max(0, height - Window); h--)
        {
            if (!_known.TryGetValue(id, out var block))
            {
                if (await chains.Main.GetFullBlockAsync(id, cancel) is not { } full) break;
                var paid = full.Transactions[0].Outputs.Sum(output => output.Value.Sats);
                block = (full.Header.Previous, Math.Max(0, paid - issuance.At(h).Sats));
            }
            read.Add(id, block);
            id = block.Previous;
        }
        _known.Clear();
        foreach (var (known, block) in read) _known.Add(known, block);
        return read.Count > 0 ? read.Values.Average(block => (double)block.Fees) : 0;
    }
}
