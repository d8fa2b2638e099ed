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

/// <summary>What a Stratum server says of one sharechain that is mined at its port.</summary>
/// <param name="Sharechain">Its name.</param>
/// <param name="Connections">Of its miners.</param>
/// <param name="Waiting">Why miners have no work; null while they have.</param>
/// <param name="ShareDifficulty">Of a share now; null while there is no work.</param>
/// <param name="MainDifficulty">Of a Bitcoin block now; null while there is no work.</param>
/// <param name="Workers">A page of those of the address, in the order in which they came; none where no address was named.</param>
/// <param name="AllWorkers">How many workers the address has.</param>
/// <param name="Blocks">Bitcoin blocks found by all its miners, the oldest first.</param>
public sealed record MinersChain(
    string Sharechain, int Connections, string? Waiting, double? ShareDifficulty, double? MainDifficulty,
    ImmutableArray<MinersWorker> Workers, int AllWorkers, ImmutableArray<MinersBlock> Blocks);

/// <summary>
/// What a Stratum server says of itself, and of one address' workers, to whoever asks by the method "market.miners" on the port
/// that miners use, with the address and how many workers are left out in front. An address needs no account.
/// </summary>
/// <param name="Connections">Of all miners, and of those who did not say yet what they mine.</param>
/// <param name="Sharechains">Where an address was named, the one that it is of, or none where it is of none that is mined here
/// or reads the
/// same on several; else all that are mined here, in the server's order.</param>
public sealed record MinersReport(int Connections, ImmutableArray<MinersChain> Sharechains)
{
    /// <summary>Workers that one answer tells of at most.</summary>
    public const int PageSize = 200;

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

    /// <summary>What is told of a server to who asks.</summary>
    /// <param name="connections">Of all miners.</param>
    /// <param name="reports">The sharechains, with those workers alone that are told of.</param>
    internal static MinersReport Of(int connections, IEnumerable<StratumReport> reports) =>
        new(connections, [.. reports.Select(Of)]);

    /// <summary>What is told of one of them.</summary>
    internal static MinersChain Of(StratumReport report) => new(
        report.Sharechain, report.Connections, report.Waiting, report.ShareDifficulty, report.MainDifficulty,
        [
            .. report.Workers.Select(worker => new MinersWorker(
                worker.Name, worker.Agent, worker.Connections, worker.LastResult, worker.Accepted, worker.Stale,
                worker.Rejected.ToImmutableSortedDictionary(each => each.Key.ToString(), each => each.Value), worker.Best,
                worker.Shares, worker.Rates)),
        ],
        report.AllWorkers,
        [.. report.Blocks.Select(block => new MinersBlock(block.At, block.Block.ToString(), FateOf(block.Result)))]);

    private static string FateOf(SubmitResult? result) => result switch
    {
        null => "not offered: its template is not known here",
        { Code: SubmitCode.Accepted } => "accepted",
        { Code: SubmitCode.Duplicate } => "accepted: the node had it already, in its best chain",
        { Code: SubmitCode.SideChain } => "stale: another block of its height came first",
        { Code: SubmitCode.Deferred } => $"no answer when it was handed in ({result.Detail}); offered again for an hour at most",
        _ => $"refused: {result.Detail}",
    };
}
