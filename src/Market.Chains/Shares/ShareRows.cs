using System.Collections.Immutable;
using Market.Sharechain;

namespace Market.Chains.Shares;

/// <summary>A design of sharechain as a person reads it.</summary>
/// <param name="Name">The row, such as "p2share".</param>
/// <param name="IsEnforced">True where a node opens a chain of it.</param>
/// <param name="Parameters">Names and values.</param>
public sealed record ShareRow(string Name, bool IsEnforced, ImmutableArray<KeyValuePair<string, string>> Parameters);

/// <summary>The table of sharechain designs, for programs that show it.</summary>
public static class ShareRows
{
    /// <summary>Every row.</summary>
    public static ImmutableArray<ShareRow> All => [.. SharechainProfile.All.Select(Of)];

    /// <summary>A row by name; null where there is none.</summary>
    public static ShareRow? Find(string name) => SharechainProfile.Find(name) is { } profile ? Of(profile) : null;

    private static ShareRow Of(SharechainProfile profile) => new(
        profile.Name, profile.IsEnforced,
        [.. ProfileTable.Of(profile).Select(each => KeyValuePair.Create(each.Name, each.Value))]);
}
