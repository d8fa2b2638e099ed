using System.Collections.Concurrent;
using System.Threading.Channels;
using Market.Api.Data;
using Market.Chains;
using Market.Chains.Stratum;
using Market.Sharechain;
using Market.Standing;

namespace Market.Api.Standing;

/// <summary>
/// Gives credits for shares that miners of this server find and whose password names a key: each once, as soon as the sharechain
/// has taken it, on whatever branch, since the work was done. One that the chain keeps for later earns once it has taken it.
/// Writing waits for the database; mining does not wait for it.
/// </summary>
/// <param name="miners">Where miners connect.</param>
/// <param name="book">Keeps the credits.</param>
/// <param name="chains">Asked whether a share was taken later.</param>
/// <param name="clock">Tells the time.</param>
/// <param name="log">Told where the database is away.</param>
public sealed class MinedCredits(
    StratumServer miners, StandingBook book, StandingChains chains, TimeProvider clock, ILogger<MinedCredits> log)
    : BackgroundService
{
    /// <summary>Shares that wait to be written at most, while the database is away; beyond it the oldest are lost.</summary>
    public const int MostWaiting = 10_000;

    /// <summary>Shares that their chain keeps for later which are waited for at most; what comes beyond it earns nothing.</summary>
    public const int MostLate = 1_000;

    /// <summary>How long a share is waited for.</summary>
    public static readonly TimeSpan LongestLate = TimeSpan.FromHours(1);

    private static readonly TimeSpan LateLook = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(3);

    private readonly Channel<Earned> _waiting = Channel.CreateBounded<Earned>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly ConcurrentDictionary<string, Late> _late = new(StringComparer.Ordinal);

    // Set while it may not be on disk; to write it twice is to write it once.
    private Earned? _writing;

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        miners.HandedIn += Take;
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        miners.HandedIn -= Take;
        await base.StopAsync(cancellationToken);
        using var patience = new CancellationTokenSource(LastPatience, clock);
        await WriteLastAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        WriteAsync(stoppingToken),
        log.Supervise("The credits of shares that are taken later", clock).RepeatAsync(LookAsync, LateLook, stoppingToken));

    private async Task WriteAsync(CancellationToken stoppingToken)
    {
        var supervised = log.Supervise("The credits of mined shares", clock);
        await foreach (var earned in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            _writing = earned;
            await supervised.UntilDoneAsync(token => WriteAsync(earned, token), stoppingToken);
            _writing = null;
        }
    }

    /// <summary>A share was handed in.</summary>
    internal void Take(StratumHandedIn share)
    {
        if (share.Found.Key is not { } key) return;
        var result = share.Result;
        var earned = new Earned(
            key.ToString(), MinedShare.CreditsOf(share.Share, result.IsWeak), MinedShare.ProofOf(share.Sharechain, result.Id));
        // What is known already was found here all the same; whoever handed it in first, its proof counts once.
        if (result.IsSuccess) _waiting.Writer.TryWrite(earned);
        else if (result.Code == SubmitCode.Deferred && _late.Count < MostLate)
            _late.TryAdd(earned.Proof, new Late(earned, share.Sharechain, result.Id, clock.GetUtcNow()));
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        foreach (var (proof, late) in _late)
        {
            var isTaken = chains.Find(late.Sharechain) is { } chain
                && await chain.GetBlockAsync(late.Share.Value, cancel) is not null;
            if (isTaken) _waiting.Writer.TryWrite(late.Earned);
            if (isTaken || clock.GetUtcNow() - late.Since > LongestLate) _late.TryRemove(proof, out _);
        }
    }

    private async Task WriteLastAsync(CancellationToken cancel)
    {
        if (_writing is { } begun) await WriteAsync(begun, cancel);
        while (_waiting.Reader.TryRead(out var earned)) await WriteAsync(earned, cancel);
    }

    private async Task WriteAsync(Earned earned, CancellationToken cancel) =>
        await book.CreditAsync(earned.Key, earned.Credits, StandingSource.MinedShares, earned.Proof, cancel);

    private sealed record Late(Earned Earned, string Sharechain, ShareId Share, DateTimeOffset Since);

    private sealed record Earned(string Key, long Credits, string Proof);
}
