using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Chains.Light;

namespace Market.Chains.Http;

/// <summary>
/// A market's node interface as the one source of a light client: what it says is checked as a peer's is, but it alone can keep
/// blocks and transactions back.
/// </summary>
public sealed class HttpLightSource : ILightSource, ILightSources
{
    private readonly NodeClient _client;
    private readonly Supervised _listening;
    private readonly CancellationTokenSource _stop = new();
    private Task _hearing = Task.CompletedTask;
    private string? _blame;

    /// <summary>Makes a source of a market.</summary>
    /// <param name="http">Knows the market's address; not disposed.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="options">How long it is borne with.</param>
    public HttpLightSource(HttpClient http, TimeProvider clock, FollowerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        options ??= new FollowerOptions();
        _client = new NodeClient(http, ChainKind.Mainchain, options, clock);
        Name = http.BaseAddress?.GetLeftPart(UriPartial.Authority) ?? "the market";
        _listening = new Supervised($"Listening to {Name}", clock, Follower.IsOfServer)
        {
            Pauses = new Backoff(clock, options.ShortestPause, options.LongestPause),
        };
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public FeeRate? LeastFeeRate => null;

    /// <inheritdoc/>
    public ImmutableArray<ILightSource> Current => Volatile.Read(ref _blame) is null ? [this] : [];

    /// <inheritdoc/>
    public int Least => 1;

    /// <inheritdoc/>
    public string? Trouble => Volatile.Read(ref _blame) is { } why ? $"{Name} is not believed: {why}" : _listening.Trouble?.Words;

    /// <inheritdoc/>
    public void Blame(string reason) => Interlocked.CompareExchange(ref _blame, reason, null);

    /// <inheritdoc/>
    public void Start(Func<Transaction, bool> seen, Action moved) =>
        _hearing = Task.Run(() => HearAsync(seen, moved, _stop.Token), CancellationToken.None);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<BlockHeader>> HeadersAsync(
        IReadOnlyList<Hash256> locator, CancellationToken cancellation)
    {
        var headers = new List<BlockHeader>();
        foreach (var bytes in await _client.HeadersAsync(locator, cancellation).ConfigureAwait(false))
        {
            if (!BlockHeader.TryParse(bytes, out var header))
            {
                Blame("it sent a header that cannot be read");
                break;
            }

            headers.Add(header);
        }

        return headers;
    }

    /// <inheritdoc/>
    public async ValueTask<Block?> BlockAsync(BlockId id, CancellationToken cancellation) =>
        Block.TryParse(await _client.BlockAsync(id.Value, cancellation).ConfigureAwait(false), out var block, out _) ? block : null;

    /// <inheritdoc/>
    public async ValueTask<BroadcastResult> OfferAsync(Transaction transaction, CancellationToken cancellation)
    {
        var answer = await _client.BroadcastAsync(transaction, cancellation).ConfigureAwait(false);
        return new BroadcastResult(transaction.Id, answer.Code, answer.Detail);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            await _hearing.ConfigureAwait(false);
            _stop.Dispose();
        }
    }

    private Task HearAsync(Func<Transaction, bool> seen, Action moved, CancellationToken cancellation) => _listening.RunAsync(
        async stop =>
        {
            await foreach (var (type, data) in _client.EventsAsync(stop).ConfigureAwait(false))
            {
                if (type == "tx" && Follower.ReadSeen(data) is { } transaction)
                {
                    seen(transaction);
                }
                else
                {
                    moved();
                }

                _listening.IsWell();
            }
        },
        cancellation);
}
