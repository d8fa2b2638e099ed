using System.Collections.Immutable;
using System.Text.Json;
using Market.Sharechain;

namespace Market.Chains.P2PoolV2;

/// <summary>What GET /shares answers: shares of the confirmed chain, whole and linked.</summary>
/// <param name="Shares">Oldest first; at least one.</param>
/// <param name="Version">Which shape they have.</param>
internal sealed record P2PoolPage(ImmutableArray<ToldShare> Shares, P2PoolVersion Version)
{
    /// <summary>Shares that a node gives at once at most.</summary>
    public const int Most = 100;

    private const int MostUncles = 3;

    public static string Path(int to, int count) => $"shares?to={to}&num={count}";

    /// <exception cref="P2PoolException">It is not what such a node says, or not what it was asked for.</exception>
    public static P2PoolPage Read(JsonElement answer, int to, int count)
    {
        var from = Math.Max(0, to - count + 1);
        if (answer.Height("from_height") != from || answer.Height("to_height") != to)
        {
            throw P2PoolJson.Odd("shares of other heights than were asked for");
        }

        var versions = new List<P2PoolVersion>(count);
        var shares = answer.List("shares", Most).Select(share => ShareOf(share, versions)).OrderBy(share => share.Height).ToList();
        if (shares.Count != to - from + 1 || shares[0].Height != from)
        {
            throw P2PoolJson.Odd("shares of the heights asked for are missing");
        }

        for (var i = 1; i < shares.Count; i++)
        {
            if (shares[i].Height != shares[i - 1].Height + 1 || shares[i].Parent != shares[i - 1].Id)
            {
                throw P2PoolJson.Odd("shares that are not each on the one before");
            }
        }

        return new([.. shares], P2PoolVersions.One(versions));
    }

    private static ToldShare ShareOf(JsonElement share, List<P2PoolVersion> versions)
    {
        var addresses = P2PoolAddresses.OfShare(share);
        versions.Add(addresses.Version);
        return new ToldShare
        {
            Height = share.Height("height"),
            Id = share.Hash("blockhash"),
            Parent = share.Hash("prev_blockhash"),
            Time = share.Time("timestamp"),
            Work = share.Work("bits"),
            Payee = addresses.Payee,
            Owner = addresses.Owner,
            Uncles = [.. share.List("uncles", MostUncles).Select(uncle => UncleOf(uncle, versions))],
        };
    }

    private static string UncleOf(JsonElement uncle, List<P2PoolVersion> versions)
    {
        var addresses = P2PoolAddresses.OfShare(uncle);
        versions.Add(addresses.Version);
        return addresses.Payee;
    }
}
