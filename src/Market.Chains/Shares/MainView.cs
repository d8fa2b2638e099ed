using Market.Bitcoin;
using Market.Bitcoin.Ledger;
using Market.Chains.Engine;
using Market.Sharechain;

namespace Market.Chains.Shares;

/// <summary>
/// The mainchain's headers as the sharechain's rules ask for them: from memory. They are learnt before a share is
/// judged, since the mainchain may be another process.
/// </summary>
internal sealed class MainView(IMainchain main) : IMainchainView
{
    private const int Remembered = 20_000;
    private const int RetargetInterval = 2_016;

    private readonly RecentCache<BlockId, MainchainPoint> _points = new(Remembered);
    private readonly NetworkProfile _network = NetworkProfile.Of(main.Name);

    public MainchainPoint? Find(BlockId id) => _points.TryGet(id, out var point) ? point : null;

    public Amount Subsidy(int height) => _network.Issuance.At(height);

    /// <summary>Asks the mainchain for a header, unless it is known here.</summary>
    /// <returns>False where the mainchain does not know it (yet).</returns>
    public async ValueTask<bool> LearnAsync(BlockId id, CancellationToken cancellation)
    {
        if (_points.TryGet(id, out _))
        {
            return true;
        }

        if (await main.GetHeaderAsync(id, cancellation).ConfigureAwait(false) is not { } header)
        {
            return false;
        }

        var bits = await NextBitsAsync(header, cancellation).ConfigureAwait(false);
        _points.Put(id, new MainchainPoint(id, header.Height, bits, header.MedianTimePast));
        return true;
    }

    // The embedded chain and regtest never retarget; on the main network and signets every 2,016th block may.
    private async ValueTask<CompactTarget> NextBitsAsync(MainHeader header, CancellationToken cancellation)
    {
        var retargets = _network.Difficulty == DifficultyRule.Retarget;
        if (!retargets && _network.Difficulty != DifficultyRule.Fixed)
        {
            throw new NotSupportedException($"The difficulty rules of mainchain \"{main.Name}\" are not known here.");
        }

        if (!retargets || (header.Height + 1) % RetargetInterval != 0)
        {
            return header.Header.Bits;
        }

        // The first block of the period is looked up by walking ids where the tip's own chain may be a side chain.
        var first = header;
        if (header.OnBestChain)
        {
            first = await main.GetHeaderAsync(header.Height - RetargetInterval + 1, cancellation).ConfigureAwait(false);
        }

        for (var left = RetargetInterval - 1; !header.OnBestChain && left > 0 && first is not null; left--)
        {
            first = await main.GetHeaderAsync(first.Header.Previous, cancellation).ConfigureAwait(false);
        }

        return first is null
            ? throw new ChainUnavailableException($"The mainchain lost the ancestors of block {header.Header.Id}.")
            : Retarget.Next(header.Header, first.Header, _network.EasiestBits);
    }
}
