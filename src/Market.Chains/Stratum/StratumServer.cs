using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Market.Sharechain;

namespace Market.Chains.Stratum;

/// <summary>How a Stratum server stands.</summary>
/// <param name="Connections">Open now.</param>
/// <param name="Waiting">Why miners have no work; null while they have.</param>
/// <param name="ShareDifficulty">Of a share now; null while there is no work.</param>
/// <param name="MainDifficulty">Of a Bitcoin block now; null while there is no work.</param>
/// <param name="Workers">Those with an account (an accepted result, 20,000 at most), as far as asked for.</param>
/// <param name="Blocks">Bitcoin blocks found, the oldest first.</param>
public sealed record StratumReport(
    int Connections, string? Waiting, double? ShareDifficulty, double? MainDifficulty, ImmutableArray<StratumWorker> Workers,
    ImmutableArray<StratumBlock> Blocks);

/// <summary>Stratum version 1 for a sharechain: miners connect, are given work, and what they find is handed in.</summary>
public sealed class StratumServer : IStratumHost, IAsyncDisposable
{
    private const int Backlog = 512;
    private const int LargestSendBuffer = 64 * 1024;
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    // A share as old as this is worth nothing to anybody.
    private static readonly TimeSpan HandInPatience = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(5);

    private readonly ISharechain _shares;
    private readonly StratumOptions _options;
    private readonly TimeProvider _clock;
    private readonly Action<SupervisedFailure>? _failed;
    private readonly StratumFeed _feed;
    private readonly StratumDoor _door;
    private readonly StratumBook _book = new();
    private readonly ConcurrentDictionary<StratumConnection, Task> _connections = new();
    private readonly ConcurrentDictionary<Task, byte> _handing = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _listener;
    private uint _extraNonce = BinaryPrimitives.ReadUInt32LittleEndian(RandomNumberGenerator.GetBytes(sizeof(uint)));
    private Task _running = Task.CompletedTask;

    /// <summary>Takes the port; nobody is let in before <see cref="Start"/>.</summary>
    /// <param name="shares">Where work comes from and shares go.</param>
    /// <param name="main">The mainchain below.</param>
    /// <param name="options">Where it listens, and bounds.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="synced">Done when the sharechain is fetched: before, nobody has work. Null where it is whole already.</param>
    /// <param name="failed">Told of what fails and is begun again.</param>
    /// <exception cref="SocketException">The port is taken, or not to be had.</exception>
    public StratumServer(
        ISharechain shares, IMainchain main, StratumOptions options, TimeProvider clock, Task? synced = null,
        Action<SupervisedFailure>? failed = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_shares, _options, _clock, _failed) = (shares, options, clock, failed);
        _feed = new StratumFeed(shares, main, synced ?? Task.CompletedTask, options.Refresh, clock);
        _feed.Changed += TellAll;
        _door = new StratumDoor(options);
        _listener = new Socket(options.Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(options.Listen);
            _listener.Listen(Backlog);
        }
        catch (SocketException)
        {
            _listener.Dispose();
            throw;
        }
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Told of every share handed in, with its user name, after the chains answered. Return quickly.</summary>
    public event Action<string, ShareResult>? HandedIn;

    /// <summary>What all work is made from now; null while there is none.</summary>
    public ShareTemplate? Newest => _feed.Template;

    /// <summary>How it stands.</summary>
    public StratumReport Report() => ReportOf(_book.Workers(_clock.GetUtcNow()), _book.Blocks);

    /// <summary>The same with all workers as one that has no name, and without the blocks: the sums.</summary>
    public StratumReport Totals() => ReportOf([_book.All(_clock.GetUtcNow())], []);

    private StratumReport ReportOf(ImmutableArray<StratumWorker> workers, ImmutableArray<StratumBlock> blocks)
    {
        var template = Newest;
        return new StratumReport(
            _connections.Count, _feed.Waiting,
            template is null ? null : StratumDifficulty.Of(template.ShareTarget),
            template is null ? null : StratumDifficulty.Of(template.MainTarget),
            workers, blocks);
    }

    /// <summary>Begins to let miners in.</summary>
    public void Start() => _running = Task.WhenAll(
        _feed.RunAsync(_failed, _stop.Token),
        Loop("Letting miners in", error => error is SocketException).RepeatAsync(AcceptAsync, TimeSpan.Zero, _stop.Token),
        Loop("Looking after miners", _ => false).RepeatAsync(TickAsync, TickInterval, _stop.Token));

    /// <summary>Closes every connection and hands in what was found.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_connections.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_handing.Keys).WaitAsync(LastPatience, _clock, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _feed.Dispose();
        _stop.Dispose();
    }

    void IStratumHost.GiveWork(StratumConnection connection) => Give(connection);

    void IStratumHost.Answer(StratumConnection connection, StratumAsk ask)
    {
        var workers = ask.Address is { } address ? _book.Workers(address, _clock.GetUtcNow()) : [];
        var report = JsonSerializer.Serialize(MinersReport.Of(ReportOf(workers, _book.Blocks)), MinersReport.Json);
        connection.Do(_ => new StratumStep([StratumText.Result(ask.Id, report)]));
    }

    void IStratumHost.Took(StratumConnection connection, StratumResult result, bool isFirst)
    {
        // What may be a block is on its way before anything is written down.
        var handing = result.Share is { } share ? HandInAsync(share) : null;
        if (isFirst)
        {
            _book.Connect(result.Worker, connection.Agent);
        }

        _book.Count(result, _clock.GetUtcNow());
        if (handing is not null)
        {
            var task = BookAsync(result.Worker, handing);
            _handing.TryAdd(task, 0);
            _ = task.ContinueWith(
                done => _handing.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None,
                TaskScheduler.Default);
        }
    }

    private Supervised Loop(string name, Func<Exception, bool> isPassing) => new(name, _clock, isPassing, _failed);

    private async Task AcceptAsync(CancellationToken stop) => Enter(await _listener.AcceptAsync(stop).ConfigureAwait(false));

    private void Enter(Socket socket)
    {
        var now = _clock.GetUtcNow();
        if (socket.RemoteEndPoint is not IPEndPoint from || _door.Enter(from.Address, now) is not null)
        {
            socket.Dispose();
            return;
        }

        socket.NoDelay = true;

        // What the system keeps for a slow reader is bounded, too.
        socket.SendBufferSize = Math.Min(_options.MostPending, LargestSendBuffer);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        var extraNonce = new byte[StratumWork.ExtraNonceBytes];
        BinaryPrimitives.WriteUInt32BigEndian(extraNonce, unchecked(_extraNonce++));
        var session = new StratumSession(extraNonce, _shares.Network, _options.Rules, now);
        var connection = new StratumConnection(socket, session, this, _options, _clock);
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections[connection] = over.Task;
        _ = Task.Run(() => RunAsync(connection, from.Address, over), CancellationToken.None);
    }

    private async Task RunAsync(StratumConnection connection, IPAddress from, TaskCompletionSource over)
    {
        try
        {
            await connection.RunAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception bug)
        {
            Tell("A miner's connection", bug);
        }
        finally
        {
            foreach (var worker in connection.Workers)
            {
                _book.Disconnect(worker);
            }

            _connections.TryRemove(connection, out _);
            _door.Leave(from);
            over.SetResult();
        }
    }

    private void Tell(string name, Exception bug) =>
        _failed?.Invoke(new SupervisedFailure(name, bug, IsPassing: false, TimeSpan.Zero, IsFirst: true));

    private Task TickAsync(CancellationToken stop)
    {
        var now = _clock.GetUtcNow();
        _door.Sweep(now);
        foreach (var (connection, _) in _connections)
        {
            connection.Do(session => session.Tick(now));
        }

        return Task.CompletedTask;
    }

    private void TellAll()
    {
        foreach (var (connection, _) in _connections)
        {
            Give(connection);
        }
    }

    private void Give(StratumConnection connection)
    {
        if (_feed.Waiting is { } why)
        {
            connection.Do(session => session.Say(why));
        }
        else if (connection.Miner is { } miner)
        {
            // Asked for in the connection's turn: what is offered last is the newest.
            var now = _clock.GetUtcNow();
            connection.Do(session => _feed.WorkFor(miner) is { } work ? session.Offer(work, now) : StratumStep.Nothing);
        }
    }

    // Handed in again while the way is broken: the work is done, and may be worth a block.
    private async Task<ShareResult?> HandInAsync(ShareBlock share)
    {
        using var patience = new CancellationTokenSource(HandInPatience, _clock);
        ShareResult? result = null;
        try
        {
            await Loop("Handing in of a share", error => error is ChainUnavailableException).UntilDoneAsync(
                async token => result = await _shares.SubmitShareAsync(share, token).ConfigureAwait(false), patience.Token)
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception bug)
        {
            Tell("Handing in of a share", bug);
            return null;
        }

        return result;
    }

    private async Task BookAsync(string worker, Task<ShareResult?> handing)
    {
        if (await handing.ConfigureAwait(false) is { } result)
        {
            _book.Count(worker, result, _clock.GetUtcNow());
            HandedIn?.Invoke(worker, result);
        }
    }
}
