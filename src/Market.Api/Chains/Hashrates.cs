using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Api.Chains;

/// <summary>A chain's newest blocks, from which its pace is told at any time after.</summary>
/// <param name="OldestFirst">Their times and work, in the chain's order, as far back as blocks came without a long gap.</param>
/// <param name="Bits">Target of the newest block.</param>
/// <param name="Beside">Work of all of them, over what their targets ask for: above 1 where they name uncles, whose work weighs.
/// </param>
public readonly record struct ChainSample(ImmutableArray<TimedWork> OldestFirst, CompactTarget Bits, double Beside)
{
    /// <summary>The pace as it shows at a time: it falls while no block comes.</summary>
    public HashrateEstimate At(DateTimeOffset now) =>
        OldestFirst.IsDefault ? default : HashrateEstimate.Of(OldestFirst.AsSpan(), now.ToUnixTimeMilliseconds() / 1_000.0);
}

/// <summary>Keeps the newest headers of a chain and tells its pace. Used by one reader at a time.</summary>
public sealed class Hashrates(ChainPair chains, ChainName name)
{
    /// <summary>Blocks that are looked at: 120 intervals, and those that tell the first one's time.</summary>
    public const int Window = 126;

    /// <summary>A gap of so many target spacings is a night in which nobody mined, not slow mining.</summary>
    private const int LongestGap = 60;

    private readonly SortedDictionary<int, Seen> _seen = [];

    // The work is the one that the choice of the best chain goes by.
    private readonly record struct Seen(Hash256 Id, uint Time, CompactTarget Bits, double Work);

    /// <summary>Reads what is new up to a tip.</summary>
    public async ValueTask<ChainSample> AtAsync(Hash256 tip, int height, CancellationToken cancel)
    {
        var id = tip;
        for (var h = height; h > Math.Max(0, height - Window); h--)
        {
            if (_seen.TryGetValue(h, out var known) && known.Id == id) break;
            if (await HeaderAsync(id, cancel) is not { } header) break;
            _seen[h] = new Seen(id, header.Time, header.Bits, header.Work);
            id = header.Parent;
        }
        foreach (var h in _seen.Keys.Where(h => h > height || h <= height - Window).ToList()) _seen.Remove(h);
        return Sample(height);
    }

    private ChainSample Sample(int height)
    {
        if (!_seen.TryGetValue(height, out var newest)) return default;
        var (blocks, asked) = (new List<TimedWork>(Window), 0.0);
        var gap = (long)LongestGap * chains.SpacingOf(name);
        var above = newest;
        for (var h = height; _seen.TryGetValue(h, out var block) && above.Time - (long)block.Time <= gap; h--)
        {
            blocks.Add(new TimedWork(block.Time, block.Work));
            asked += block.Bits.Work().ToDouble();
            above = block;
        }
        blocks.Reverse();
        return new ChainSample([.. blocks], newest.Bits, blocks.Sum(block => block.Work) / asked);
    }

    private async ValueTask<(Hash256 Parent, uint Time, CompactTarget Bits, double Work)?> HeaderAsync(
        Hash256 id, CancellationToken cancel)
    {
        if (name == ChainName.Mainchain)
        {
            var header = await chains.Main.GetHeaderAsync(new BlockId(id), cancel);
            return header is null
                ? null
                : (header.Header.Previous.Value, header.Header.Time, header.Header.Bits, header.Header.Bits.Work().ToDouble());
        }
        var share = await chains.Shares.GetShareAsync(new ShareId(id), cancel);
        return share is null
            ? null
            : (share.Header.Parent.Value, share.Header.Time, share.Header.Bits, share.Work.ToDouble());
    }
}
