using System.Globalization;
using Market.Contracts;

namespace Market.Web;

/// <summary>The words of the explorer.</summary>
public static class ExplorerText
{
    private const string Mainchain = "mainchain";

    /// <summary>The chain that something found is on.</summary>
    public static ChainName ChainOf(SearchHit hit)
    {
        ArgumentNullException.ThrowIfNull(hit);
        return hit.Chain == Mainchain ? ChainName.Mainchain : ChainName.Sharechain;
    }

    /// <summary>Where a page shows it.</summary>
    public static string Path(SearchHit hit)
    {
        ArgumentNullException.ThrowIfNull(hit);
        return hit.Kind switch
        {
            SearchKind.Swap => $"/swaps/{hit.Id}",
            SearchKind.Address => AddressPath(ChainOf(hit), hit.Id),
            SearchKind.Transaction => SwapText.Path(ChainOf(hit), hit.Id),
            _ => $"/explorer/{SwapText.Of(ChainOf(hit))}/blocks/{hit.Id}",
        };
    }

    /// <summary>Where a page shows an address.</summary>
    public static string AddressPath(ChainName chain, string address) =>
        $"/explorer/{SwapText.Of(chain)}/address/{Uri.EscapeDataString(address)}";

    /// <summary>What was found, in words: "Block #51,204 of p2share-devnet".</summary>
    public static string Of(SearchHit hit)
    {
        ArgumentNullException.ThrowIfNull(hit);
        var height = hit.Height is { } h ? " #" + Units.Whole(h) : "";
        return hit.Kind switch
        {
            SearchKind.Swap => $"Swap of {hit.Instrument}",
            SearchKind.Address => $"Address of {hit.Chain}",
            SearchKind.Transaction => $"Transaction of {hit.Chain}{(height.Length > 0 ? " in block" + height : ", unconfirmed")}",
            _ => $"{(ChainOf(hit) == ChainName.Sharechain ? "Share block" : "Block")}{height} of {hit.Chain}",
        };
    }

    /// <summary>Whether a name pays to an address, and not to a script that has none: those are shown in hex.</summary>
    public static bool IsAddress(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length > 0 && name.Length <= 90 && !(name.Length % 2 == 0 && name.All(char.IsAsciiHexDigitLower));
    }

    /// <summary>What became of an output.</summary>
    public static string Of(OutputState state) => state switch
    {
        OutputState.Unspent => "unspent",
        OutputState.BeingSpent => "being spent",
        OutputState.Spent => "spent",
        OutputState.Data => "data",
        _ => "gone",
    };

    /// <summary>A chance or a part: "3.6 %", "0.0012 %", "under 0.0001 %".</summary>
    public static string Chance(double chance)
    {
        if (chance <= 0) return "0\u2009%";
        var percent = chance * 100;
        if (percent < 0.0001) return "under 0.0001\u2009%";
        var digits = percent >= 10 ? 1 : percent >= 1 ? 2 : Math.Min(6, 1 - (int)Math.Floor(Math.Log10(percent)));
        return percent.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) + "\u2009%";
    }
}
