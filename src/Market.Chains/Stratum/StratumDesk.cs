using System.Collections.Concurrent;
using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains.Stratum;

/// <summary>One sharechain's side of a Stratum server: its work, its miners' accounts, and the handing in of what they
/// find.</summary>
internal sealed class StratumDesk : IDisposable
{
    // A share as old as this is worth nothing to anybody.
    private static readonly TimeSpan HandInPatience = TimeSpan.FromMinutes(10);

    private readonly ISharechain _shares;
    private readonly TimeProvider _clock;
    private readonly Action<SupervisedFailure>? _failed;
    private readonly StratumFeed _feed;
    private readonly StratumBook _book = new();
    private readonly ConcurrentDictionary<Task, byte> _handing = new();
    private DateTimeOffset _worked;

    /// <param name="row">The sharechain.</param>
    /// <param name="main">The mainchain below.</param>
    /// <param name="options">How often work is made anew.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="changed">Told when there is other work, or none any more.</param>
    /// <param name="failed">Told of what fails and is begun again.</param>
    public StratumDesk(
        StratumRow row, IMainchain main, StratumOptions options, TimeProvider clock, Func<StratumDesk, Task> changed,
        Action<SupervisedFailure>? failed)
    {
        (_shares, _clock, _failed, _worked) = (row.Shares, clock, failed, clock.GetUtcNow());
        _feed = new StratumFeed(row.Shares, main, row.Synced ?? Task.CompletedTask, options.Refresh, clock)
        {
            Changed = () => changed(this),
        };
    }

    /// <summary>The sharechain's name.</summary>
    public string Name => _shares.Name;

    /// <summary>How its addresses are written.</summary>
    public Network Network => _shares.Network;

    /// <summary>Told of every share handed in, after the chains answered.</summary>
    public Action<StratumHandedIn>? HandedIn { get; set; }

    /// <summary>What all work is made from now; null while there is none.</summary>
    public ShareTemplate? Newest => _feed.Template;

    /// <summary>Why there is no work; null while there is.</summary>
    public string? Waiting => _feed.Waiting;

    /// <summary>When there last was work: now, while there is.</summary>
    public DateTimeOffset Worked => Waiting is null ? _worked = _clock.GetUtcNow() : _worked;

    /// <summary>How it stands.</summary>
    /// <param name="connections">Of its miners, open now.</param>
    /// <param name="workers">Those to be told of.</param>
    /// <param name="all">How many workers there are, of which those may be a part.</param>
    /// <param name="withBlocks">Whether Bitcoin blocks found are told.</param>
    public StratumReport Report(int connections, ImmutableArray<StratumWorker> workers, int all, bool withBlocks = true)
    {
        var template = Newest;
        return new StratumReport(
            connections, Waiting,
            template is null ? null : StratumDifficulty.Of(template.ShareTarget),
            template is null ? null : StratumDifficulty.Of(template.MainTarget),
            workers, withBlocks ? _book.Blocks : [])
        {
            Sharechain = Name,
            AllWorkers = all,
        };
    }

    /// <summary>All workers.</summary>
    public ImmutableArray<StratumWorker> Workers() => _book.Workers(_clock.GetUtcNow());

    /// <summary>All workers as one that has no name.</summary>
    public StratumWorker Sum() => _book.All(_clock.GetUtcNow());

    /// <summary>A page of the workers of one address.</summary>
    /// <param name="address">The address.</param>
    /// <param name="skip">How many are left out in front.</param>
    /// <param name="most">How many there are of the rest at most.</param>
    /// <param name="all">How many the address has.</param>
    public ImmutableArray<StratumWorker> Workers(string address, int skip, int most, out int all) =>
        _book.Workers(address, _clock.GetUtcNow(), skip, most, out all);

    /// <summary>The newest work for an address; null while there is none.</summary>
    public StratumWork? WorkFor(Script miner) => _feed.WorkFor(miner);

    /// <summary>Works until it is asked to stop.</summary>
    public Task RunAsync(CancellationToken stop) => _feed.RunAsync(_failed, stop);

    /// <summary>A result came, and was judged.</summary>
    /// <param name="connection">Whose.</param>
    /// <param name="result">The result.</param>
    /// <param name="isFirst">True for the first of this worker on the connection that was accepted.</param>
    public void Take(StratumConnection connection, StratumResult result, bool isFirst)
    {
        // What may be a block is on its way before anything is written down.
        var handing = result.Share is { } share ? HandInAsync(share) : null;
        if (isFirst)
        {
            _book.Connect(result.Worker, connection.Agent, connection.WorkSince ?? _clock.GetUtcNow());
        }

        _book.Count(result, _clock.GetUtcNow());
        if (handing is not null)
        {
            var task = BookAsync(result, handing);
            _handing.TryAdd(task, 0);
            _ = task.ContinueWith(
                done => _handing.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None,
                TaskScheduler.Default);
        }
    }

    /// <summary>A connection on which workers had results accepted is closed.</summary>
    public void Disconnect(IEnumerable<string> workers)
    {
        foreach (var worker in workers)
        {
            _book.Disconnect(worker);
        }
    }

    /// <summary>Done when everything is handed in that was found by now.</summary>
    public Task HandedInAsync() => Task.WhenAll(_handing.Keys);

    /// <summary>Nobody works with it any more.</summary>
    public void Dispose() => _feed.Dispose();

    // Handed in again while the way is broken: the work is done, and may be worth a block.
    private async Task<ShareResult?> HandInAsync(ShareBlock share)
    {
        const string name = "Handing in of a share";
        using var patience = new CancellationTokenSource(HandInPatience, _clock);
        ShareResult? result = null;
        try
        {
            await new Supervised(name, _clock, error => error is ChainUnavailableException, _failed).UntilDoneAsync(
                async token => result = await _shares.SubmitShareAsync(share, token).ConfigureAwait(false), patience.Token)
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception bug)
        {
            _failed?.Invoke(new SupervisedFailure(name, bug, IsPassing: false, TimeSpan.Zero, IsFirst: true));
            return null;
        }

        return result;
    }

    private async Task BookAsync(StratumResult found, Task<ShareResult?> handing)
    {
        if (await handing.ConfigureAwait(false) is { } result)
        {
            _book.Count(found.Worker, result, _clock.GetUtcNow());
            HandedIn?.Invoke(new StratumHandedIn(Name, found, found.Share!, result));
        }
    }
}
