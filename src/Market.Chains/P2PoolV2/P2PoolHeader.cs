using System.Text.Json;
using Market.Bitcoin;

namespace Market.Chains.P2PoolV2;

/// <summary>What GET /share_headers says of a share: beside the share's own figures those of the Bitcoin block that it would be.
/// </summary>
internal sealed record P2PoolHeader
{
    // Bitcoin has as many in some two hundred years.
    private const long MostHeight = 10_000_000;
    private const int BasisPoints = 10_000;

    public required Hash256 Parent { get; init; }
    public required string Payee { get; init; }
    public required long Time { get; init; }
    public required double Work { get; init; }
    public required uint MainBits { get; init; }
    public required double MainWork { get; init; }
    public required long MainHeight { get; init; }
    public required long Reward { get; init; }
    public required double Fee { get; init; }
    public required P2PoolVersion Version { get; init; }

    public static string Path(int to, int count) => $"share_headers?to={to}&num={count}";

    /// <exception cref="P2PoolException">It is not what such a node says, or not what it was asked for.</exception>
    public static IReadOnlyList<P2PoolHeader> ReadAll(JsonElement answer, int to, int count)
    {
        var from = Math.Max(0, to - count + 1);
        if (answer.Height("from_height") != from || answer.Height("to_height") != to)
        {
            throw P2PoolJson.Odd("headers of other heights than were asked for");
        }

        var headers = answer.List("headers", count).Select(Of).ToList();
        return headers.Count == to - from + 1 ? headers : throw P2PoolJson.Odd("headers of the heights asked for are missing");
    }

    private static P2PoolHeader Of(JsonElement header)
    {
        var addresses = P2PoolAddresses.OfHeader(header);
        var main = header.Member("bitcoin_header");
        return new P2PoolHeader
        {
            Parent = header.Hash("prev_share_blockhash"),
            Payee = addresses.Payee,
            Time = header.Time("time"),
            Work = header.Work("bits"),
            MainBits = main.Bits("bits"),
            MainWork = main.Work("bits"),
            MainHeight = header.Number("bitcoin_height", MostHeight),
            Reward = header.Number("coinbase_value", Amount.MaxMoney),
            Fee = Math.Min(BasisPoints, PointsOf(header, "donation") + PointsOf(header, "fee")) / (double)BasisPoints,
            Version = addresses.Version,
        };
    }

    private static long PointsOf(JsonElement header, string name) => header.Optional(name)?.AsNumber(name, BasisPoints) ?? 0;
}
