using Market.Bitcoin;
using Market.Contracts;
using Market.Sharechain;

namespace Market.Api.Chains;

/// <summary>A chain's pace, from the newest blocks' targets and times.</summary>
/// <param name="Hashrate">Hashes a second; 0 where too few blocks are known.</param>
/// <param name="Blocks">Blocks that were counted.</param>
/// <param name="Bits">Target of the newest block.</param>
public readonly record struct ChainPaceFigures(double Hashrate, int Blocks, CompactTarget Bits);

/// <summary>Keeps the newest headers of a chain and tells its hashrate. Used by one reader at a time.</summary>
public sealed class Hashrates(ChainPair chains, ChainName name)
{
    /// <summary>Blocks that are looked at.</summary>
    public const int Window = 120;

    /// <summary>A gap of so many target spacings is a night in which nobody mined, not slow mining.</summary>
    private const int LongestGap = 60;

    private readonly SortedDictionary<int, Seen> _seen = [];

    private readonly record struct Seen(Hash256 Id, uint Time, CompactTarget Bits);

    /// <summary>Reads what is new up to a tip and computes the figures.</summary>
    public async ValueTask<ChainPaceFigures> AtAsync(Hash256 tip, int height, CancellationToken cancel)
    {
        var id = tip;
        for (var h = height; h > Math.Max(0, height - Window); h--)
        {
            if (_seen.TryGetValue(h, out var known) && known.Id == id) break;
            if (await HeaderAsync(id, cancel) is not { } header) break;
            _seen[h] = new Seen(id, header.Time, header.Bits);
            id = header.Parent;
        }
        foreach (var h in _seen.Keys.Where(h => h > height || h <= height - Window).ToList()) _seen.Remove(h);
        return Compute(height);
    }

    private ChainPaceFigures Compute(int height)
    {
        if (!_seen.TryGetValue(height, out var newest)) return default;
        var (work, blocks, first) = (0.0, 0, newest.Time);
        var gap = (long)LongestGap * chains.SpacingOf(name);
        for (var h = height; _seen.TryGetValue(h, out var block) && _seen.TryGetValue(h - 1, out var below); h--)
        {
            if (block.Time - (long)below.Time > gap) break;
            work += block.Bits.Work().ToDouble();
            blocks++;
            first = below.Time;
        }
        var seconds = Math.Max(1, newest.Time - (double)first);
        return new ChainPaceFigures(blocks < 2 ? 0 : work / seconds, blocks, newest.Bits);
    }

    private async ValueTask<(Hash256 Parent, uint Time, CompactTarget Bits)?> HeaderAsync(
        Hash256 id, CancellationToken cancel)
    {
        if (name == ChainName.Mainchain)
        {
            var header = await chains.Main.GetHeaderAsync(new BlockId(id), cancel);
            return header is null ? null : (header.Header.Previous.Value, header.Header.Time, header.Header.Bits);
        }
        var share = await chains.Shares.GetShareAsync(new ShareId(id), cancel);
        return share is null ? null : (share.Header.Parent.Value, share.Header.Time, share.Header.Bits);
    }
}
