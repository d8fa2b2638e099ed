using System.Text.Json;
using System.Threading.Channels;
using Market.Client.Api;
using Market.Contracts;

namespace Market.Client.Hub;

/// <summary>A channel of items, such as trades or own orders: read in the order in which they are told.</summary>
/// <typeparam name="T">The items.</typeparam>
public sealed class HubList<T> : HubChannel where T : class
{
    /// <summary>Messages that wait to be read: who lets more wait gets a snapshot in their place.</summary>
    public const int MostWaiting = 1_024;

    private readonly Channel<ChannelNews<T>> _news = Channel.CreateBounded<ChannelNews<T>>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.Wait });

    internal HubList(string name, bool tellsWhole = false) : base(name, tellsWhole)
    {
    }

    /// <summary>Messages that were let go since too many waited.</summary>
    public int LetGo { get; private set; }

    /// <summary>What is told, until it is cancelled or the client is closed.</summary>
    /// <param name="cancellation">Ends the reading; the channel stays subscribed.</param>
    /// <exception cref="MarketApiException">The market refuses the channel, and will refuse it again.</exception>
    public IAsyncEnumerable<ChannelNews<T>> ReadAsync(CancellationToken cancellation = default) =>
        _news.Reader.ReadAllAsync(cancellation);

    internal override void End(MarketApiException? refusal) => _news.Writer.TryComplete(refusal);

    private protected override bool Tell(StreamEvent told, bool isSnapshot, bool hasGap)
    {
        if (told.Data is not { } data)
        {
            return true;
        }

        IReadOnlyList<T> items = data.ValueKind == JsonValueKind.Array
            ? data.Deserialize<List<T>>(MarketJson.Options)!
            : [data.Deserialize<T>(MarketJson.Options)!];
        if (_news.Writer.TryWrite(new ChannelNews<T>(items, isSnapshot, hasGap)))
        {
            return true;
        }

        // What waits is let go: a snapshot takes its place. One of a client that is closed is nobody's.
        while (_news.Reader.TryRead(out _))
        {
            LetGo++;
        }

        return false;
    }
}
