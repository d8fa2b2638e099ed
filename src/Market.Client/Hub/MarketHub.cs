using System.Collections.Concurrent;
using System.Threading.Channels;
using Market.Chains;
using Market.Client.Api;
using Market.Contracts;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Names = Market.Contracts.Channels;

namespace Market.Client.Hub;

/// <summary>
/// The market over one connection of its hub: streams, typed, and orders. A connection that breaks is opened again, signed in
/// again, and each channel goes on after the last message that was seen of it; where the market does not know any more what came
/// between, the channel says so (<see cref="ChannelNews{T}.HasGap"/>). Within a connection a channel whose message is missing, and
/// a book whose checksum is off, is asked for anew, and no other. Safe from any thread.
/// </summary>
public sealed class MarketHub : IAsyncDisposable
{
    /// <summary>Channels of one client: as many as the market gives a connection.</summary>
    public const int MostChannels = 32;

    private readonly MarketApi _api;
    private readonly MarketHubOptions _options;
    private readonly HubConnection _connection;
    private readonly Supervised _supervised;
    private readonly ConcurrentDictionary<string, HubChannel> _channels = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Something is to be asked for, or the connection has ended: whoever sees to it looks for what.
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Task _running;
    private volatile Exception? _ended;
    private int _connections;
    private int _isDisposed;

    private MarketHub(MarketApi api, MarketHubOptions options)
    {
        (_api, _options) = (api, options);
        var builder = new HubConnectionBuilder().WithUrl(new Uri(api.Server, Streams.HubPath), http =>
        {
            http.Transports = HttpTransportType.WebSockets;
            http.SkipNegotiation = true;
        });
        _connection = (options.IsMessagePack
            ? builder.AddMessagePackProtocol(binary => binary.SerializerOptions = JsonTree.Options)
            : builder.AddJsonProtocol(json => MarketJson.Configure(json.PayloadSerializerOptions))).Build();
        _connection.On<StreamEvent>(Streams.ClientMethod, Take);
        _connection.Closed += why =>
        {
            _ended = why;
            _news.Writer.TryWrite(true);
            return Task.CompletedTask;
        };
        _supervised = new Supervised("The hub's connection", options.Time, IsPassing, options.OnBreak)
        {
            Pauses = new Backoff(options.Time, MarketHubOptions.LeastPause, MarketHubOptions.LongestPause),
            EndsBy = e => e is MarketApiException refused && !IsForNow(refused.Problem),
        };
        _running = RunAsync();
    }

    /// <summary>Connections so far: one more than there were breaks.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Whether there is a connection now that is signed in.</summary>
    public bool IsOpen => _connection.State == HubConnectionState.Connected && _supervised.Trouble is null;

    /// <summary>Connects, and signs in where the market's client has a key.</summary>
    /// <param name="api">The market, and the account for orders and private channels. Not disposed.</param>
    /// <param name="options">How; null for the usual.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="MarketApiException">The market refuses the key.</exception>
    public static async Task<MarketHub> OpenAsync(
        MarketApi api, MarketHubOptions? options = null, CancellationToken cancellation = default)
    {
        var hub = new MarketHub(api, options ?? new MarketHubOptions());
        try
        {
            await hub._opened.Task.WaitAsync(cancellation).ConfigureAwait(false);
            return hub;
        }
        catch
        {
            await hub.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>An instrument's book, kept here. Asked for twice it is the same.</summary>
    public HubBook Book(string instrument) => Follow(Names.Book(instrument), _ => new HubBook(instrument));

    /// <summary>An instrument's trades: one of a known id takes the place of what was known.</summary>
    public HubList<Trade> Trades(string instrument) => Follow(Names.Trades(instrument), name => new HubList<Trade>(name));

    /// <summary>An instrument's ticker.</summary>
    public HubList<Ticker> Ticker(string instrument) =>
        Follow(Names.Ticker(instrument), name => new HubList<Ticker>(name, tellsWhole: true));

    /// <summary>Own orders.</summary>
    public HubList<Order> Orders() => Follow(Names.Orders, name => new HubList<Order>(name));

    /// <summary>Own fills.</summary>
    public HubList<Fill> Fills() => Follow(Names.Fills, name => new HubList<Fill>(name));

    /// <summary>Own swaps.</summary>
    public HubList<SwapDetail> MySwaps() => Follow(Names.MySwaps, name => new HubList<SwapDetail>(name));

    /// <summary>Every swap that moves.</summary>
    public HubList<SwapSummary> Swaps() => Follow(Names.Swaps, name => new HubList<SwapSummary>(name));

    /// <summary>One swap.</summary>
    /// <param name="id">Its id.</param>
    public HubList<SwapDetail> Swap(string id) => Follow(Names.Swap(id), name => new HubList<SwapDetail>(name, tellsWhole: true));

    /// <summary>Places an order. Where no answer came it may be sent again: the same client order id is one order.</summary>
    public Task<PlacedOrder> PlaceAsync(PlaceOrder order, CancellationToken cancellation = default) =>
        AskAsync<PlacedOrder>(Streams.PlaceOrderMethod, [order], cancellation);

    /// <summary>Places several orders, each answered by itself.</summary>
    public Task<PlacedOrders> PlaceAsync(PlaceOrders orders, CancellationToken cancellation = default) =>
        AskAsync<PlacedOrders>(Streams.PlaceOrdersMethod, [orders], cancellation);

    /// <summary>Gives an order another price or quantity.</summary>
    public Task<PlacedOrder> AmendAsync(OrderName name, AmendOrder amend, CancellationToken cancellation = default) =>
        AskAsync<PlacedOrder>(Streams.AmendOrderMethod, [name, amend], cancellation);

    /// <summary>Cancels an order.</summary>
    public Task<Order> CancelAsync(OrderName name, CancellationToken cancellation = default) =>
        AskAsync<Order>(Streams.CancelOrderMethod, [name], cancellation);

    /// <summary>Cancels several orders, each answered by itself.</summary>
    public Task<CancelledAnswers> CancelAsync(CancelOrders orders, CancellationToken cancellation = default) =>
        AskAsync<CancelledAnswers>(Streams.CancelOrdersMethod, [orders], cancellation);

    /// <summary>Cancels all open orders.</summary>
    public Task<CancelledOrders> CancelAllAsync(CancelAllOrders which, CancellationToken cancellation = default) =>
        AskAsync<CancelledOrders>(Streams.CancelAllOrdersMethod, [which], cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private T Follow<T>(string name, Func<string, T> make) where T : HubChannel
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
        if (!_channels.ContainsKey(name) && _channels.Count >= MostChannels)
        {
            throw new InvalidOperationException($"A connection has at most {MostChannels} channels.");
        }

        var channel = (T)_channels.GetOrAdd(name, make);
        _news.Writer.TryWrite(true);
        return channel;
    }

    private void Take(StreamEvent told)
    {
        if (_channels.TryGetValue(told.Channel, out var channel) && channel.Take(told))
        {
            _news.Writer.TryWrite(true);
        }
    }

    private async Task RunAsync()
    {
        MarketApiException? refusal = null;
        try
        {
            await _supervised.RunAsync(ServeAsync, _stop.Token).ConfigureAwait(false);
        }
        catch (MarketApiException e)
        {
            refusal = e;
        }

        if (refusal is null)
        {
            _opened.TrySetCanceled(CancellationToken.None);
        }
        else
        {
            _opened.TrySetException(refusal);
        }

        foreach (var (_, channel) in _channels)
        {
            channel.End(refusal);
        }
    }

    // One connection, from its opening to its end.
    private async Task ServeAsync(CancellationToken stop)
    {
        try
        {
            await _connection.StartAsync(stop).ConfigureAwait(false);
            await SignInAsync(stop).ConfigureAwait(false);
            Interlocked.Increment(ref _connections);
            foreach (var (_, channel) in _channels)
            {
                channel.AskAgain();
            }

            _supervised.IsWell();
            _opened.TrySetResult();
            _news.Writer.TryWrite(true);
            await foreach (var _ in _news.Reader.ReadAllAsync(stop).ConfigureAwait(false))
            {
                if (_connection.State != HubConnectionState.Connected)
                {
                    throw new MarketUnavailableException($"The connection ended: {_ended?.Message ?? "the market closed it"}");
                }

                await AskForChannelsAsync(stop).ConfigureAwait(false);
            }
        }
        finally
        {
            await _connection.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task SignInAsync(CancellationToken stop)
    {
        if (_api.Account is null)
        {
            return;
        }

        var isSignedIn = _api.SignHub() is var (key, timestamp, code)
            ? await SignInAsync(key, timestamp, code, stop).ConfigureAwait(false)
            : await _connection.InvokeAsync<bool>(
                Streams.SignInMethod, (await _api.OpenSessionAsync(stop).ConfigureAwait(false)).Token, stop).ConfigureAwait(false);
        if (!isSignedIn)
        {
            throw new MarketUnavailableException("The account has as many streams open as it may.");
        }

        if (_options.MayCancelOnDisconnect)
        {
            await _connection.InvokeAsync<bool>(Streams.CancelOnDisconnectMethod, stop).ConfigureAwait(false);
        }
    }

    // The hub says why it takes no key in an error's words alone: one that is no good stays so, all else may pass.
    private async Task<bool> SignInAsync(string key, string timestamp, string code, CancellationToken stop)
    {
        try
        {
            return await _connection.InvokeAsync<bool>(Streams.ApiKeySignInMethod, key, timestamp, code, stop)
                .ConfigureAwait(false);
        }
        catch (HubException e) when (
            e.Message.Contains($"{ProblemCodes.BadApiKey}: ", StringComparison.Ordinal)
            && ProblemKinds.Find(ProblemCodes.BadApiKey) is { } kind)
        {
            throw new MarketApiException(new Problem
            {
                Type = ProblemKinds.AddressOf(kind.Code),
                Title = kind.Title,
                Status = kind.Status,
                Code = kind.Code,
                Detail = e.Message,
            });
        }
    }

    // What is refused for now is asked for again on the next connection, which comes after a pause: a reader waits rather than asks
    // again and again.
    private async Task AskForChannelsAsync(CancellationToken stop)
    {
        foreach (var (name, channel) in _channels)
        {
            if (!channel.MustAsk(out var since))
            {
                continue;
            }

            var answer = await _connection.InvokeAsync<HubAnswer<StreamGoesOn>>(Streams.ResumeMethod, name, since, stop)
                .ConfigureAwait(false);
            if (answer.Problem is not { } problem)
            {
                continue;
            }

            if (IsForNow(problem))
            {
                throw new MarketUnavailableException($"The market refuses {name} for now: {problem.Code}");
            }

            channel.End(new MarketApiException(problem));
            _channels.TryRemove(name, out _);
        }
    }

    private async Task<T> AskAsync<T>(string method, object[] arguments, CancellationToken cancellation) where T : class
    {
        if (!IsOpen)
        {
            throw new MarketUnavailableException($"There is no connection to {_api.Server} now.");
        }

        HubAnswer<T> answer;
        try
        {
            answer = await _connection.InvokeCoreAsync<HubAnswer<T>>(method, arguments, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            throw new AnswerLostException($"Whether the market did what was asked is not known: {e.Message}", e);
        }

        return answer switch
        {
            { Value: { } value } => value,
            { Problem: { } problem } => throw new MarketApiException(problem),
            _ => throw new AnswerLostException($"{_api.Server} answered neither a value nor a problem."),
        };
    }

    private static bool IsForNow(Problem problem) => problem.Status is 429 or >= 500;

    // Whatever a connection ends by is passing, unless the client itself is wrong.
    private static bool IsPassing(Exception error) =>
        error is not (NullReferenceException or ArgumentException or InvalidCastException);
}
