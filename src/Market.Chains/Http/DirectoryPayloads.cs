using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Chains.Http;

/// <summary>Markets that authorities announced, as a node's own chain has them.</summary>
/// <param name="Tip">The share that it is said of.</param>
/// <param name="Height">Its height.</param>
/// <param name="MainHeight">The mainchain height that terms are reckoned from.</param>
/// <param name="Markets">Those that stand: of more late blocks first, then those that stand longer.</param>
public sealed record DirectoryPayload(string Tip, int Height, int MainHeight, MarketPayload[] Markets)
{
    /// <summary>Markets told at most; there are no more authorities than registered late blocks.</summary>
    public const int MostMarkets = 1_000;

    /// <summary>From a chain's own.</summary>
    public static DirectoryPayload Of(ShareDirectory directory) => new(
        directory.Tip.ToString(), directory.Height, directory.MainHeight,
        [.. directory.Entries.Take(MostMarkets).Select(MarketPayload.Of)]);
}

/// <summary>A market that an authority announced.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Key">The x-only key that it answers with, hexadecimal.</param>
/// <param name="Terms">What it asks and promises, in its authority's words.</param>
/// <param name="Authority">The authority's x-only key, hexadecimal.</param>
/// <param name="Number">The announcement's number: of an authority the highest counts.</param>
/// <param name="Until">The mainchain height up to which it stands.</param>
/// <param name="Height">Height of the share that announced it.</param>
/// <param name="Works">The late blocks that make the authority one, the latest first.</param>
/// <param name="Announcement">The output's script, hexadecimal, signature included: what anybody can check.</param>
public sealed record MarketPayload(
    string Address, string Key, string Terms, string Authority, uint Number, int Until, int Height, LateWorkPayload[] Works,
    string Announcement)
{
    /// <summary>From a chain's own.</summary>
    public static MarketPayload Of(Market.Sharechain.DirectoryEntry entry)
    {
        var said = entry.Market.Announcement;
        return new MarketPayload(
            said.Address, Digits(said.Market), said.Terms, Digits(said.Authority), said.Number, entry.Until, entry.Market.Height,
            [.. entry.Works.Select(work => new LateWorkPayload(work.Block.ToString(), work.MainHeight))],
            said.ToOutput().ScriptPubKey.ToString());
    }

    // Keys in the order of their bytes; ids are printed backwards.
    private static string Digits(Hash256 key) => Hex.Encode(key.ToArray());
}

/// <summary>A mainchain block that lost its race, registered on the sharechain.</summary>
/// <param name="Block">Its id.</param>
/// <param name="Height">Its height.</param>
public sealed record LateWorkPayload(string Block, int Height);
