using Market.Contracts;

namespace Market.Web;

/// <summary>Who is live and what stands still, by the parts of the server's status alone: every page says the same. The TypeScript
/// twin is client/src/words.ts.</summary>
public static class StatusText
{
    private const string Matching = "matching";
    private static readonly string[] Chains = ["sharechain", "mainchain"];

    /// <summary>How a part is, in a word.</summary>
    public static string Of(Health health) => health switch
    {
        Health.Live => "live",
        Health.Lagging => "behind",
        _ => "down",
    };

    /// <summary>What stands still for those who trade an instrument; null while all is live.</summary>
    public static string? Trouble(ServerStatus status, string instrument)
    {
        ArgumentNullException.ThrowIfNull(status);
        var wrong = status.Components.Where(part => part.Health != Health.Live && IsOf(part, instrument)).ToArray();
        if (wrong.Length == 0) return null;
        // Where a chain stands still, matching does because of it.
        var isChains = wrong.Any(part => Chains.Contains(part.Name));
        var names = wrong.Where(part => !isChains || part.Name != Matching).Select(part => $"{part.Name} {Of(part.Health)}");
        return string.Join(", ", names) + (wrong.Any(Stops) ? ": nothing new is matched" : "");
    }

    /// <summary>The whole in a sentence or two.</summary>
    public static string Summary(ServerStatus status)
    {
        ArgumentNullException.ThrowIfNull(status);
        if (status.Health == Health.Live) return "Everything works: orders are matched and swaps move.";
        var part = status.Health == Health.Lagging ? "A part is behind." : "A part does not do what it is there for.";
        var all = status.Chains.Select(tips => tips.Instrument).ToArray();
        var wrong = status.Components.Where(one => one.Health != Health.Live && Stops(one)).ToArray();
        var still = Array.FindAll(all, id => wrong.Any(one => IsOf(one, id)));
        return still.Length == 0
            ? $"{part} Orders are matched."
            : $"{part} Nothing new is matched{(still.Length < all.Length ? " in " + string.Join(", ", still) : "")}; " +
                "running swaps go on from what the chains show.";
    }

    private static bool IsOf(ComponentStatus part, string instrument) => part.Instrument is null || part.Instrument == instrument;

    private static bool Stops(ComponentStatus part) => part.Name == Matching || Chains.Contains(part.Name);
}
