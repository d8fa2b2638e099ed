using System.Text.Json;
using Market.Bitcoin;
using Market.Bitcoin.Encoding;

namespace Market.Chains.Http;

/// <summary>
/// Fills a chain from a server: headers first, then blocks, each validated by the chain itself; new ones and
/// unconfirmed transactions by the server's event stream. The server is trusted for being there, for nothing else.
/// </summary>
internal sealed class Follower : IAsyncDisposable
{
    private const int BlocksAtOnce = 200;
    private const int MostRounds = 100_000;
    private const int MostInvalid = 100;

    // Weak shares in a row that no block here can name or that the server told of before, as many as a node keeps.
    private const int MostUseless = Shares.WeakPool.Most;
    private const int MostTold = 8 * MostUseless;

    private readonly IFollowed _chain;
    private readonly FollowerOptions _options;
    private readonly TimeProvider _clock;
    private readonly Supervised _hearing;
    private readonly Supervised _polling;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Conduct _conduct;
    private readonly FollowerRecord _record = new();
    private readonly HashSet<Hash256> _told = [];
    private int _invalid;
    private int _useless;
    private volatile bool _owesMempool;
    private Task _running = Task.CompletedTask;

    public Follower(
        IFollowed chain, HttpClient http, ChainKind kind, FollowerOptions options, TimeProvider clock, string? row = null)
    {
        _chain = chain;
        Client = new NodeClient(http, kind, options, clock, row);
        Source = http.BaseAddress?.GetLeftPart(UriPartial.Authority) ?? "the market";
        _options = options;
        _clock = clock;
        _conduct = new Conduct(options, TimeProvider.System);
        _hearing = Supervise("Hearing of news");
        _polling = Supervise("Asking for the tip");
    }

    /// <summary>The server, for people; no password is in it.</summary>
    public string Source { get; }

    /// <summary>How the server stands, among others.</summary>
    public SourceHead Head
    {
        get
        {
            var status = Status;
            return new SourceHead(Source, status.Tip, status.IsLive, status.LastHeard, status.LastError);
        }
    }

    /// <summary>The server's node, for what the chain itself asks of it.</summary>
    public NodeClient Client { get; }

    public FollowerStatus Status => _record.Status;

    public void Start() => _running = Task.Run(() => RunAsync(_stop.Token), CancellationToken.None);

    /// <summary>Returns when the chain has the server's tip, now or later.</summary>
    public Task WaitLiveAsync(CancellationToken cancellation) => _record.WaitLiveAsync(cancellation);

    /// <summary>Offers a transaction to the server; what it takes is kept here as well.</summary>
    public async ValueTask<BroadcastResult> BroadcastAsync(Transaction transaction, CancellationToken cancellation)
    {
        var answer = await Client.BroadcastAsync(transaction, cancellation).ConfigureAwait(false);
        var result = new BroadcastResult(transaction.Id, answer.Code, answer.Detail);
        if (result.IsSuccess)
        {
            try
            {
                await _chain.TakeTransactionAsync(transaction, cancellation).ConfigureAwait(false);
            }
            catch (ChainBusyException)
            {
                // The server has it, and tells of it again.
            }
        }

        return result;
    }

    /// <summary>
    /// Hears from the server which of the unconfirmed transactions that are asked for it has, and validates them here. Where
    /// it does not answer, what is known here has to do.
    /// </summary>
    public async ValueTask HearUnconfirmedAsync(MempoolQuery query, CancellationToken cancellation)
    {
        if (query.Count == 0)
        {
            return;
        }

        try
        {
            var heard = await Client.UnconfirmedAsync(query, cancellation).ConfigureAwait(false);

            // Twice: a child may stand before its parent.
            foreach (var bytes in heard.Concat(heard))
            {
                if (Transaction.TryParse(bytes, out var transaction, out _))
                {
                    await TakeTransactionAsync(transaction, cancellation).ConfigureAwait(false);
                }
            }
        }
        catch (ChainUnavailableException error)
        {
            _record.Fail(error.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
            _turn.Dispose();
        }
    }

    // Streams can go silent without breaking: the tip is asked for now and then.
    private Task RunAsync(CancellationToken cancellation) => Task.WhenAll(
        _hearing.RunAsync(HearAsync, cancellation),
        _polling.RepeatAsync(PollAsync, TimeSpan.Zero, cancellation));

    private Supervised Supervise(string name) => new(name, _clock, IsOfServer, Survive)
    {
        Pauses = new Backoff(_clock, _options.ShortestPause, _options.LongestPause),
    };

    private async Task HearAsync(CancellationToken cancellation)
    {
        await Task.Delay(_conduct.Left, _clock, cancellation).ConfigureAwait(false);
        var isOpen = false;
        await foreach (var (type, data) in Client.EventsAsync(cancellation).ConfigureAwait(false))
        {
            // What happened while no stream was open was not heard of.
            await HearAsync(isOpen ? type : "gap", data, cancellation).ConfigureAwait(false);
            isOpen = true;
            if (_conduct.IsShunned)
            {
                // Found out by a question in between: what it says is not listened to either.
                return;
            }

            _hearing.IsWell();
        }

        _record.Fail("The server closed the event stream.");
    }

    private async Task PollAsync(CancellationToken cancellation)
    {
        await Task.Delay(_options.PollInterval, _clock, cancellation).ConfigureAwait(false);
        await SyncAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>True where the server, not this program, is the reason.</summary>
    internal static bool IsOfServer(Exception error) =>
        error is ChainUnavailableException or HttpRequestException or IOException or JsonException;

    private async Task HearAsync(string type, string data, CancellationToken cancellation)
    {
        switch (type)
        {
            case "tip":
                await SyncAsync(cancellation).ConfigureAwait(false);
                break;
            case "gap":
                await SyncAsync(cancellation).ConfigureAwait(false);
                await HearMempoolAsync(cancellation).ConfigureAwait(false);
                await HearWeakAsync(cancellation).ConfigureAwait(false);
                break;
            case "weak":
                await TakeWeakAsync(Bytes(data), isEvent: true, cancellation).ConfigureAwait(false);
                break;
            case "tx":
                if (ReadSeen(data) is { } transaction)
                {
                    await TakeTransactionAsync(transaction, cancellation).ConfigureAwait(false);
                }

                break;
            default:
                break;
        }
    }

    /// <summary>The transaction that an event tells of; null where there is none in it.</summary>
    /// <exception cref="JsonException">The event is no JSON of that kind.</exception>
    internal static Transaction? ReadSeen(string data)
    {
        return Transaction.TryParse(Bytes(data), out var transaction, out _) ? transaction : null;
    }

    // Empty where the event has none.
    private static byte[] Bytes(string data) =>
        Hex.TryDecode(JsonSerializer.Deserialize<SeenPayload>(data, NodeJson.Options)?.Hex, out var bytes) ? bytes : [];

    private async Task SyncAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_conduct.IsShunned)
            {
                return;
            }

            var wasLive = Status.IsLive;
            var tip = await Client.TipAsync(cancellation).ConfigureAwait(false);
            if (tip.Chain != _chain.Name)
            {
                throw new ChainUnavailableException(
                    $"The server runs the chain \"{tip.Chain}\", and \"{_chain.Name}\" is followed here.");
            }

            _chain.HearPrefix(tip.AddressPrefix);
            _record.Hear(tip);
            for (var round = 0; round < MostRounds; round++)
            {
                if (!await FetchAsync(Hash256.TryParse(tip.Id, out var theirs) ? theirs : default, cancellation)
                    .ConfigureAwait(false))
                {
                    break;
                }
            }

            if (Hash256.TryParse(tip.Id, out var id) && _chain.Knows(id))
            {
                _conduct.Forgive();
                _record.Succeed(_clock.GetUtcNow().ToUnixTimeSeconds());
                if (!wasLive || _owesMempool)
                {
                    await HearMempoolAsync(cancellation).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    // One branch, or the beginning of one. False where there is nothing new, or nothing that is worth it.
    private async Task<bool> FetchAsync(Hash256 tip, CancellationToken cancellation)
    {
        var walk = new BranchWalk(_chain, Client, _options.MostHeaderBytes);
        try
        {
            if (await walk.FindAsync(tip, cancellation).ConfigureAwait(false) is { } branch)
            {
                await TakeBlocksAsync(branch, cancellation).ConfigureAwait(false);
                return true;
            }
        }
        finally
        {
            _record.Count(walk);
        }

        if (walk.Fault is { } fault)
        {
            throw Refuse(fault);
        }

        if (walk.IsLight)
        {
            // No fault by itself: it may be on the lighter side of a network that was cut, and comes over when it hears.
            _conduct.Shun();
            throw new ChainUnavailableException(
                "The server's branch has so much less work than the chain here that nothing of it is asked for.");
        }

        return false;
    }

    private async Task TakeBlocksAsync(WeighedBranch branch, CancellationToken cancellation)
    {
        var from = branch.After;
        for (var taken = 0; taken < branch.Ids.Count;)
        {
            var blocks = await Client.BlocksAsync(
                from, Math.Min(BlocksAtOnce, branch.Ids.Count - taken), cancellation).ConfigureAwait(false);
            if (blocks.Count == 0)
            {
                throw Refuse("The server keeps back the blocks of headers that it sent.");
            }

            foreach (var bytes in blocks.Take(branch.Ids.Count - taken))
            {
                from = branch.Ids[taken++];
                await TakeBlockAsync(bytes, from, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task TakeBlockAsync(ReadOnlyMemory<byte> bytes, Hash256 expected, CancellationToken cancellation)
    {
        var result = await _chain.TakeAsync(bytes, expected, cancellation).ConfigureAwait(false);
        if (result.Code == SubmitCode.Deferred)
        {
            throw new ChainUnavailableException($"A block has to wait: {result.Detail}.");
        }

        if (!result.IsSuccess)
        {
            throw Refuse($"The server sent a block that breaks a rule: {result.Detail}");
        }
    }

    private async ValueTask TakeTransactionAsync(Transaction transaction, CancellationToken cancellation)
    {
        BroadcastCode code;
        try
        {
            code = await _chain.TakeTransactionAsync(transaction, cancellation).ConfigureAwait(false);
        }
        catch (ChainBusyException)
        {
            // No fault of the server's: the transaction comes with a block, or when it is heard of again.
            return;
        }

        if (code == BroadcastCode.Invalid && ++_invalid >= MostInvalid)
        {
            _invalid = 0;
            throw Refuse($"The server sent {MostInvalid} transactions that break a rule.");
        }
    }

    // What a server passes on it has checked: on any chain it is a share, and one that breaks a rule is its doing. Another server
    // may have told of it before, and a list holds what was told; but of none does a server tell twice.
    private async Task TakeWeakAsync(ReadOnlyMemory<byte> bytes, bool isEvent, CancellationToken cancellation)
    {
        var (taken, id) = await _chain.TakeWeakAsync(bytes, cancellation).ConfigureAwait(false);
        if (_told.Count >= MostTold)
        {
            _told.Clear();
        }

        var isRepeated = isEvent && !_told.Add(id);
        _useless = taken switch
        {
            WeakTaken.Kept => 0,
            WeakTaken.Known when !isRepeated => _useless,
            _ => _useless + 1,
        };
        if (taken == WeakTaken.Refused)
        {
            throw Refuse("The server sent a weak share that breaks a rule.");
        }

        if (_useless >= MostUseless)
        {
            _useless = 0;
            throw Refuse($"The server sent {MostUseless} weak shares in a row that no block can name, or told of one again.");
        }
    }

    // The chain is followed without them: they are paid by whoever names them.
    private async Task HearWeakAsync(CancellationToken cancellation)
    {
        if (!_chain.HasWeak || _conduct.IsShunned)
        {
            return;
        }

        try
        {
            foreach (var bytes in await Client.WeakAsync(cancellation).ConfigureAwait(false))
            {
                await TakeWeakAsync(bytes, isEvent: false, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested && !_conduct.IsShunned)
        {
            _record.Note($"The weak shares could not be read: {error.Message}");
        }
    }

    // The chain is followed without it: what is asked for by itself is found all the same.
    private async Task HearMempoolAsync(CancellationToken cancellation)
    {
        try
        {
            _owesMempool = true;
            await TakeMempoolAsync(cancellation).ConfigureAwait(false);
            _owesMempool = false;
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested && !_conduct.IsShunned)
        {
            _record.Note($"The unconfirmed transactions could not be read: {error.Message}");
        }
    }

    private async Task TakeMempoolAsync(CancellationToken cancellation)
    {
        // Page by page, each after the last one read; a page that brings nothing new is the end.
        var seen = new HashSet<TxId>();
        TxId? last = null;
        while (seen.Count < NodeHttpService.MostMempool)
        {
            var before = seen.Count;
            foreach (var bytes in await Client.MempoolAsync(last, cancellation).ConfigureAwait(false))
            {
                if (Transaction.TryParse(bytes, out var transaction, out _) && seen.Count < NodeHttpService.MostMempool
                    && seen.Add(transaction.Id))
                {
                    last = transaction.Id;
                    await TakeTransactionAsync(transaction, cancellation).ConfigureAwait(false);
                }
            }

            if (seen.Count == before)
            {
                break;
            }
        }
    }

    private ChainUnavailableException Refuse(string message)
    {
        _record.Refuse(message);
        _conduct.Shun();
        return new ChainUnavailableException(message);
    }

    // Whatever it was, a follower that gave up would stand still for good and say nothing of it: it says so, and goes on after
    // a pause.
    private void Survive(SupervisedFailure failure) => _record.Fail(
        failure.IsPassing ? failure.Error.Message : $"{failure.Error.GetType().Name}: {failure.Error.Message}");
}
