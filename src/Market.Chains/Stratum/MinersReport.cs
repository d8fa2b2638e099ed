using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Market.Chains.Stratum;

/// <summary>A worker, as who asks about its address is told.</summary>
/// <param name="Name">The part of the user name behind the address; empty for none.</param>
/// <param name="Agent">What its firmware calls itself.</param>
/// <param name="Connections">Open now.</param>
/// <param name="LastResult">When it had the last one; null before.</param>
/// <param name="Accepted">Results accepted.</param>
/// <param name="Stale">Results that were late.</param>
/// <param name="Rejected">Results refused for another reason, by reason.</param>
/// <param name="Best">The greatest difficulty of a hash.</param>
/// <param name="Shares">Shares of its work that the sharechain took, weak ones among them.</param>
/// <param name="Rates">Of 5 minutes, an hour, a day.</param>
public sealed record MinersWorker(
    string Name, string Agent, int Connections, DateTimeOffset? LastResult, long Accepted, long Stale,
    ImmutableSortedDictionary<string, long> Rejected, double Best, long Shares, ImmutableArray<HashRate> Rates);

/// <summary>A Bitcoin block that a miner found here, and its fate in words.</summary>
/// <param name="At">When.</param>
/// <param name="Id">The block's id.</param>
/// <param name="Fate">Accepted, stale, or refused with the node's word.</param>
public sealed record MinersBlock(DateTimeOffset At, string Id, string Fate);

/// <summary>
/// What a Stratum server says of itself, and of one address' workers, to whoever asks by the method "market.miners" on the port
/// that miners use. An address needs no account.
/// </summary>
/// <param name="Connections">Of all miners.</param>
/// <param name="Waiting">Why miners have no work; null while they have.</param>
/// <param name="ShareDifficulty">Of a share now; null while there is no work.</param>
/// <param name="MainDifficulty">Of a Bitcoin block now; null while there is no work.</param>
/// <param name="Workers">Of the address; none where none was named.</param>
/// <param name="Blocks">Bitcoin blocks found by all miners, the oldest first.</param>
public sealed record MinersReport(
    int Connections, string? Waiting, double? ShareDifficulty, double? MainDifficulty, ImmutableArray<MinersWorker> Workers,
    ImmutableArray<MinersBlock> Blocks)
{
    /// <summary>How it is written.</summary>
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Seconds until a result of a difficulty is expected at a rate; null where nothing can be expected.</summary>
    /// <param name="difficulty">The difficulty.</param>
    /// <param name="hashesPerSecond">The rate.</param>
    public static double? Expected(double? difficulty, double hashesPerSecond) =>
        difficulty is { } wanted && hashesPerSecond > 0 ? wanted * StratumDifficulty.Hashes / hashesPerSecond : null;

    /// <summary>What is told of a server to who asks about an address.</summary>
    /// <param name="report">The server, with the workers of that address alone.</param>
    internal static MinersReport Of(StratumReport report) => new(
        report.Connections, report.Waiting, report.ShareDifficulty, report.MainDifficulty,
        [
            .. report.Workers.Select(worker => new MinersWorker(
                worker.Name, worker.Agent, worker.Connections, worker.LastResult, worker.Accepted, worker.Stale,
                worker.Rejected.ToImmutableSortedDictionary(each => each.Key.ToString(), each => each.Value), worker.Best,
                worker.Shares, worker.Rates)),
        ],
        [.. report.Blocks.Select(block => new MinersBlock(block.At, block.Block.ToString(), FateOf(block.Result)))]);

    private static string FateOf(SubmitResult? result) => result switch
    {
        null => "not offered: its template is not known here",
        { Code: SubmitCode.Accepted } => "accepted",
        { Code: SubmitCode.Duplicate } => "the node has it already; whether it is in its best chain was not asked",
        { Code: SubmitCode.SideChain } => "stale: another block of its height came first",
        { Code: SubmitCode.Deferred } => $"no answer when it was handed in ({result.Detail}); offered again for an hour at most",
        _ => $"refused: {result.Detail}",
    };
}
