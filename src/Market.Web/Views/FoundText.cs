using Market.Contracts;

namespace Market.Web;

/// <summary>What became of a Bitcoin block that a sharechain found, in words.</summary>
public static class FoundText
{
    /// <summary>Its fate: "accepted: it is a block of Bitcoin's best chain".</summary>
    public static string Of(FoundBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        var reason = string.IsNullOrWhiteSpace(block.Reason) ? "" : $": {block.Reason}";
        return block.Fate switch
        {
            FoundFate.Waiting => $"waiting for an answer of the Bitcoin node, to which it is offered for an hour{reason}",
            FoundFate.Accepted => "accepted: it is a block of Bitcoin's best chain",
            FoundFate.Stale => "stale: another block of its height was there before, so that it pays nothing",
            FoundFate.Orphaned => "orphaned: it was in Bitcoin's best chain, and a reorganisation took it off",
            FoundFate.Refused => $"refused by the Bitcoin node{reason}",
            _ => $"unknown: the Bitcoin node here does not have it{reason}",
        };
    }

    /// <summary>Whether the Bitcoin node here has it, so that it can be shown.</summary>
    public static bool IsShown(FoundBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        return block.Fate is FoundFate.Accepted or FoundFate.Stale or FoundFate.Orphaned;
    }
}
