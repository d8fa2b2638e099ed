using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Market.Bitcoin;
using Market.Sharechain;

namespace Market.Chains.Stratum;

/// <summary>Stratum version 1 for sharechains: miners connect, are given work of the sharechain that their address is of, and what
/// they find is handed in.</summary>
public sealed class StratumServer : IStratumHost, IAsyncDisposable
{
    private const int Backlog = 512;
    private const int LargestSendBuffer = 64 * 1024;
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    // What a stopping server still sends is answers; its shares are handed in meanwhile.
    private static readonly TimeSpan ClosingPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(4);

    private readonly ImmutableArray<StratumDesk> _desks;
    private readonly StratumAddresses _addresses;
    private readonly StratumOptions _options;
    private readonly TimeProvider _clock;
    private readonly Action<SupervisedFailure>? _failed;
    private readonly StratumDoor _door;
    private readonly StratumEndings _endings;
    private readonly ConcurrentDictionary<StratumConnection, Task> _connections = new();
    private readonly ImmutableArray<StratumTour<StratumConnection>> _tours;
    private readonly BlockId?[] _given;
    private readonly int[] _ofRow;
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _listener;
    private uint _extraNonce = BinaryPrimitives.ReadUInt32LittleEndian(RandomNumberGenerator.GetBytes(sizeof(uint)));
    private Task _running = Task.CompletedTask;

    /// <summary>Takes the port for miners of several sharechains; nobody is let in before <see cref="Start"/>.</summary>
    /// <param name="rows">The sharechains, each with addresses of its own.</param>
    /// <param name="main">The mainchain below.</param>
    /// <param name="options">Where it listens, and bounds.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="failed">Told of what fails and is begun again.</param>
    /// <param name="told">Told, in words, of the first connection of each kind that was closed or not let in.</param>
    /// <exception cref="SocketException">The port is taken, or not to be had.</exception>
    public StratumServer(
        ImmutableArray<StratumRow> rows, IMainchain main, StratumOptions options, TimeProvider clock,
        Action<SupervisedFailure>? failed = null, Action<string>? told = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _clock, _failed) = (options, clock, failed);
        _desks = [.. rows.Select(row => new StratumDesk(row, main, options, clock, TellAllAsync, failed))];
        _tours = [.. _desks.Select((_, row) => new StratumTour<StratumConnection>(
            () => All().Where(connection => connection.Row == row), clock, () => Turn()))];
        _given = new BlockId?[_desks.Length];
        _ofRow = new int[_desks.Length];
        _addresses = new StratumAddresses([.. _desks.Select(desk => desk.Network)]);
        foreach (var desk in _desks)
        {
            desk.HandedIn = share => HandedIn?.Invoke(share);
        }

        _door = new StratumDoor(options);
        _endings = new StratumEndings(told);
        _listener = new Socket(options.Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(options.Listen);
            _listener.Listen(Backlog);
            EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        }
        catch (SocketException)
        {
            _listener.Dispose();
            throw;
        }
    }

    /// <summary>Takes the port for miners of one sharechain.</summary>
    /// <inheritdoc cref="StratumServer(ImmutableArray{StratumRow}, IMainchain, StratumOptions, TimeProvider,
    /// Action{SupervisedFailure}, Action{string})"/>
    public StratumServer(
        ISharechain shares, IMainchain main, StratumOptions options, TimeProvider clock, Task? synced = null,
        Action<SupervisedFailure>? failed = null, Action<string>? told = null)
        : this([new StratumRow(shares, synced)], main, options, clock, failed, told)
    {
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>True from <see cref="Start"/> on.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>The sharechains that are mined, by name, in the order in which they were given.</summary>
    public ImmutableArray<string> Sharechains => [.. _desks.Select(desk => desk.Name)];

    /// <summary>Why connections ended or were not let in, and how often.</summary>
    public ImmutableSortedDictionary<StratumEnd, long> Endings => _endings.Counts;

    /// <summary>Told of every share handed in, after the chains answered. Return quickly.</summary>
    public event Action<StratumHandedIn>? HandedIn;

    /// <summary>What all work of the first sharechain is made from now; null while there is none.</summary>
    public ShareTemplate? Newest => _desks[0].Newest;

    /// <summary>Connections of miners of all sharechains, and of those who did not say yet of which they are.</summary>
    public int Connections => _connections.Count;

    /// <summary>How a sharechain's side stands.</summary>
    /// <param name="sharechain">Its name; null for the first.</param>
    public StratumReport Report(string? sharechain = null)
    {
        var at = Find(sharechain);
        var workers = _desks[at].Workers();
        return _desks[at].Report(ConnectionsOf(at), workers, workers.Length);
    }

    /// <summary>The same with all workers as one that has no name, and without the blocks: the sums.</summary>
    /// <param name="sharechain">Its name; null for the first.</param>
    public StratumReport Totals(string? sharechain = null)
    {
        var at = Find(sharechain);
        return _desks[at].Report(ConnectionsOf(at), [_desks[at].Sum()], 1, withBlocks: false);
    }

    /// <summary>How the sharechain of an address stands, with a page of the workers of that address alone.</summary>
    /// <param name="address">A sharechain address.</param>
    /// <param name="skip">Workers left out in front.</param>
    /// <returns>Null where the address is of none of the sharechains, or reads the same on several.</returns>
    public StratumReport? About(string address, int skip = 0)
    {
        if (_addresses.Read(address, out var at, out _) != StratumReject.None)
        {
            return null;
        }

        var workers = _desks[at].Workers(address, skip, MinersReport.PageSize, out var all);
        return _desks[at].Report(ConnectionsOf(at), workers, all);
    }

    /// <summary>How a sharechain's side stands, as whoever asks is told.</summary>
    /// <param name="sharechain">Its name.</param>
    /// <param name="address">Whose workers are told of, all of them; null for nobody's.</param>
    /// <exception cref="ArgumentException">Miners of that sharechain do not connect here.</exception>
    public MinersChain ReportOn(string sharechain, string? address)
    {
        var at = Find(sharechain);
        var all = 0;
        var workers = address is null ? [] : _desks[at].Workers(address, 0, StratumBook.MostWorkers, out all);
        return MinersReport.Of(_desks[at].Report(ConnectionsOf(at), workers, all));
    }

    /// <summary>Lets others have their turn while all are given work.</summary>
    internal Func<ValueTask> Turn { get; init; } = StratumTour.YieldAsync;

    /// <summary>Begins to let miners in.</summary>
    public void Start()
    {
        IsStarted = true;
        _running = Task.WhenAll(
        [
            .. _desks.Select(desk => desk.RunAsync(_stop.Token)),
            Loop("Letting miners in", error => error is SocketException).RepeatAsync(AcceptAsync, TimeSpan.Zero, _stop.Token),
            LookAfterAllAsync(),
        ]);
    }

    /// <summary>Closes every connection and hands in what was found; a miner that does not read keeps neither waiting.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(HandedInAsync(), CloseAsync()).ConfigureAwait(false);

        // What was being read while they were closed.
        await HandedInAsync().ConfigureAwait(false);
        foreach (var desk in _desks)
        {
            desk.Dispose();
        }

        _stop.Dispose();
    }

    void IStratumHost.GiveWork(StratumConnection connection) => Give(connection);

    void IStratumHost.Answer(StratumConnection connection, StratumAsk ask)
    {
        ImmutableArray<StratumReport> reports = ask.Address is { } address
            ? About(address, ask.Skip) is { } about ? [about] : []
            : [.. _desks.Select((desk, at) => desk.Report(ConnectionsOf(at), [], 0))];
        var text = JsonSerializer.Serialize(MinersReport.Of(Connections, reports), MinersReport.Json);
        connection.Do(_ => new StratumStep([StratumText.Result(ask.Id, text)]));
    }

    void IStratumHost.Took(StratumConnection connection, StratumResult result, bool isFirst)
    {
        // Before it is counted: a miner whose result is told of has its place.
        if (result.Reject == StratumReject.None && connection.Place is { } place)
        {
            _door.Prove(place, _clock.GetUtcNow());
        }

        _desks[connection.Row].Take(connection, result, isFirst);
    }

    private Supervised Loop(string name, Func<Exception, bool> isPassing) => new(name, _clock, isPassing, _failed);

    private int Find(string? sharechain)
    {
        var at = sharechain is null ? 0 : Sharechains.IndexOf(sharechain);
        return at >= 0 ? at : throw new ArgumentException($"Miners of {sharechain} do not connect here.", nameof(sharechain));
    }

    // Counted as they come and go: a question does not go through all.
    private int ConnectionsOf(int row) => Volatile.Read(ref _ofRow[row]);

    private async Task AcceptAsync(CancellationToken stop) => Enter(await _listener.AcceptAsync(stop).ConfigureAwait(false));

    private void Enter(Socket socket)
    {
        StratumPlace? place = null;
        try
        {
            if (socket.RemoteEndPoint is not IPEndPoint from)
            {
                socket.Dispose();
                return;
            }

            var now = _clock.GetUtcNow();
            if (_door.Enter(from.Address, now, _desks.Max(desk => desk.Worked), out place) is { } why)
            {
                _endings.Count(why, from.Address);
                socket.Dispose();
                return;
            }

            Open(socket, place!, now);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It was closed before it was let in: nothing of it stays.
            if (place is not null)
            {
                _door.Leave(place);
                _endings.Count(StratumEnd.Broken, place.From);
            }

            socket.Dispose();
        }
    }

    private void Open(Socket socket, StratumPlace place, DateTimeOffset now)
    {
        socket.NoDelay = true;

        // What the system keeps for a slow reader is bounded, too.
        socket.SendBufferSize = Math.Min(_options.MostPending, LargestSendBuffer);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        var extraNonce = new byte[StratumWork.ExtraNonceBytes];
        BinaryPrimitives.WriteUInt32BigEndian(extraNonce, unchecked(_extraNonce++));
        var session = new StratumSession(extraNonce, _addresses, _options.Rules, now);
        var connection = new StratumConnection(socket, session, this, _options, _clock)
        {
            Place = place,
            Joined = row => Interlocked.Increment(ref _ofRow[row]),
        };
        place.GiveWay = () => connection.Abort(StratumEnd.GaveWay);
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connections[connection] = over.Task;
        _ = Task.Run(() => RunAsync(connection, place, over), CancellationToken.None);
    }

    private async Task RunAsync(StratumConnection connection, StratumPlace place, TaskCompletionSource over)
    {
        var end = StratumEnd.Bug;
        try
        {
            end = await connection.RunAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception bug)
        {
            _failed?.Invoke(new SupervisedFailure(
                "A miner's connection", bug, IsPassing: false, TimeSpan.Zero, IsFirst: true));
        }
        finally
        {
            try
            {
                if (connection.Row >= 0)
                {
                    Interlocked.Decrement(ref _ofRow[connection.Row]);
                    _desks[connection.Row].Disconnect(connection.Workers);
                }
            }
            finally
            {
                _connections.TryRemove(connection, out _);
                _door.Leave(place);
                _endings.Count(end, place.From);
                over.SetResult();
            }
        }
    }

    private async Task CloseAsync()
    {
        var closing = Task.WhenAll(_connections.Values);
        await closing.WaitAsync(ClosingPatience, _clock, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var (connection, _) in _connections)
        {
            connection.Abort(StratumEnd.Stopping);
        }

        await closing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private Task HandedInAsync() => Task.WhenAll(_desks.Select(desk => desk.HandedInAsync()))
        .WaitAsync(LastPatience, _clock, CancellationToken.None)
        .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    private Task LookAfterAllAsync()
    {
        var tour = new StratumTour<StratumConnection>(All, _clock, () => Turn());
        return Loop("Looking after miners", _ => false).RepeatAsync(TickAsync, TickInterval, _stop.Token);

        Task TickAsync(CancellationToken stop)
        {
            var now = _clock.GetUtcNow();
            _door.Sweep(now);
            Func<StratumSession, StratumStep> tick = session => session.Tick(now);
            return tour.GoAsync(connection => connection.Do(tick), stop);
        }
    }

    private async Task TellAllAsync(StratumDesk desk)
    {
        // Whatever is found on a block that is not the newest is lost, results that wait included: new work goes first then.
        var at = _desks.IndexOf(desk);
        var tip = desk.Newest?.MainHeader.Previous;
        var isUrgent = tip != _given[at];
        _given[at] = tip;
        try
        {
            await _tours[at].GoAsync(Give, _stop.Token, givesTurns: !isUrgent).ConfigureAwait(false);
        }
        catch (Exception bug) when (bug is not OperationCanceledException)
        {
            // It is one miner's: the others have their work.
            _failed?.Invoke(new SupervisedFailure("Giving work to a miner", bug, IsPassing: false, TimeSpan.Zero, IsFirst: true));
        }
    }

    private IEnumerable<StratumConnection> All() => _connections.Select(each => each.Key);

    private void Give(StratumConnection connection)
    {
        if (connection.Miner is not { } miner)
        {
            return;
        }

        // Asked for in the connection's turn: what is offered last is the newest.
        var (desk, now) = (_desks[connection.Row], _clock.GetUtcNow());
        connection.Do(session => desk.Waiting is { } why ? session.Pause(why)
            : desk.WorkFor(miner) is { } work ? session.Offer(work, now) : StratumStep.Nothing);
    }
}
