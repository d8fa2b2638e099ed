using Market.Bitcoin;
using Market.Client;
using Market.Sharechain;

namespace Market.Cli.Up;

/// <summary>
/// The demo's people on a devnet, some on each sharechain (<see cref="DemoPeople"/>), with wallets under data/demo. They are
/// ordinary
/// users of the market: what they do, anybody can do from outside. Those of one sharechain go on without those of another.
/// </summary>
public sealed class Demo : IAsyncDisposable
{
    /// <summary>Devnet coins are worth nothing; this word only keeps the files in the usual form.</summary>
    public const string DemoWord = "demo";

    internal const string Network = "devnet";

    private readonly Action<string> _say;
    private readonly List<DemoPeople> _people = [];

    /// <summary>A demo in a folder.</summary>
    /// <param name="data">The data folder; wallets are made under demo/.</param>
    /// <param name="sharechains">The designs of the sharechains that are traded.</param>
    /// <param name="say">Is told what happens.</param>
    public Demo(string data, IReadOnlyCollection<string> sharechains, Action<string> say)
    {
        ArgumentNullException.ThrowIfNull(sharechains);
        _say = say;
        var own = SharechainProfile.Of(Network).Design;
        var folder = Path.Combine(data, "demo");
        foreach (var design in sharechains)
        {
            // The first people of a data folder are those of the network's own, and have no folder between.
            _people.Add(design == own
                ? new DemoPeople(design, folder, say)
                : new DemoPeople(design, Path.Combine(folder, design), text => say($"{design}: {text}")));
        }
    }

    /// <summary>The sharechains that a demo trades where none is named: one whose shares never expire, and one whose shares
    /// do.</summary>
    public static IReadOnlyList<string> Usual { get; } =
        [SharechainProfiles.P2Share.Design, SharechainProfiles.P2PoolV2.Design];

    /// <summary>True where people can trade all of these sharechains on a devnet, each named once.</summary>
    public static bool AreTraded(IReadOnlyCollection<string> sharechains)
    {
        ArgumentNullException.ThrowIfNull(sharechains);
        return sharechains.Count > 0 && sharechains.Distinct().Count() == sharechains.Count
            && sharechains.All(ChainSources.TradedOn(Network).Contains);
    }

    /// <summary>The script that the first blocks of the embedded mainchain pay: the market maker's of the first
    /// sharechain.</summary>
    public Script TreasuryScript() => _people[0].TreasuryScript();

    /// <summary>Runs the demo until cancelled. People who fail leave those of other sharechains at work; it ends by itself only
    /// when
    /// all have failed.</summary>
    public Task RunAsync(Uri server, CancellationToken cancellation)
    {
        var treasury = _people[0];
        return RunAllAsync(
            [.. _people.Select(people => (people.Design, (Func<CancellationToken, Task>)(stop =>
                people.RunAsync(server, people == treasury ? null : treasury, stop))))],
            _say, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var people in _people)
        {
            await people.DisposeAsync();
        }
    }

    /// <summary>Runs people, each group until it is cancelled or fails; waits for all, and throws the first failure only
    /// then.</summary>
    internal static async Task RunAllAsync(
        IReadOnlyList<(string Design, Func<CancellationToken, Task> Run)> all, Action<string> say, CancellationToken cancellation)
    {
        await Task.WhenAll(all.Select(async people =>
        {
            try
            {
                await Task.Yield();
                await people.Run(cancellation);
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                say($"The demo's people on {people.Design} have stopped: {e.Message} Start again to have them back.");
                throw;
            }
        }));
    }
}
