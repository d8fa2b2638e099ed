using Market.Contracts;

namespace Market.Web;

/// <summary>What is wrong with the chains, in words. The TypeScript twin is client/src/words.ts.</summary>
public static class TipText
{
    /// <summary>A chain that has found no block for so many of its spacings is said to be quiet.</summary>
    public const int QuietSpacings = 30;

    /// <summary>What is wrong; null when both chains are in sync and growing.</summary>
    public static string? Of(ChainTips tips, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(tips);
        ChainTip[] both = [tips.Sharechain, tips.Mainchain];
        var behind = both.Where(t => !t.Live).Select(t => SwapText.Of(t.Chain)).ToArray();
        if (behind.Length > 0) return $"{string.Join(" and ", behind)} behind: nothing new is matched";
        var quiet = Array.Find(both, t => (now - t.SeenAt).TotalSeconds > QuietSpacings * t.TargetSpacing);
        return quiet is null ? null : $"no {SwapText.Of(quiet.Chain)} block seen for a while";
    }
}
