using System.Collections.Concurrent;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Realtime;

/// <summary>All channels by name: public ones that are always there, and ones made when somebody asks.</summary>
/// <param name="clock">The time of messages.</param>
/// <param name="mostOnDemand">Channels made on demand that exist at once.</param>
public sealed class Topics(TimeProvider clock, int mostOnDemand = Topics.MaxOnDemand)
{
    /// <summary>Channels made on demand that exist at once; idle ones make room.</summary>
    public const int MaxOnDemand = 20_000;

    private const string SwapPrefix = "swap:";

    private readonly ConcurrentDictionary<string, Topic> _public = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, LoadedTopic> _onDemand = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<string, CancellationToken, ValueTask<object?>>> _private =
        new(StringComparer.Ordinal);
    private Func<string, CancellationToken, ValueTask<object?>>? _swap;
    private readonly ConcurrentDictionary<StreamClient, byte> _clients = new();

    /// <summary>Readers now.</summary>
    public int Clients => _clients.Count;

    /// <summary>Adds a public channel.</summary>
    public void Register(Topic topic) => _public[topic.Channel] = topic;

    /// <summary>Adds a private channel, whose state is read by account key.</summary>
    public void RegisterPrivate(string channel, Func<string, CancellationToken, ValueTask<object?>> load) =>
        _private[channel] = load;

    /// <summary>Adds the channels of single swaps, whose state is read by swap id.</summary>
    public void RegisterSwaps(Func<string, CancellationToken, ValueTask<object?>> load) => _swap = load;

    /// <summary>Tells a private channel of one account, if anybody reads it.</summary>
    public void TellAccount(string channel, string account, object change)
    {
        if (_onDemand.TryGetValue(Key(channel, account), out var topic)) topic.Tell(change);
    }

    /// <summary>Tells the channel of one swap, if anybody reads it.</summary>
    public void TellSwap(string id, object change)
    {
        if (_onDemand.TryGetValue(SwapPrefix + id, out var topic)) topic.Tell(change);
    }

    /// <summary>A new reader. Close it when it is gone. How many there are is bounded by
    /// the doors.</summary>
    public StreamClient Open(string? account)
    {
        var client = new StreamClient(account, clock);
        _clients.TryAdd(client, 0);
        return client;
    }

    /// <summary>The reader is gone.</summary>
    public void Closed(StreamClient client)
    {
        _clients.TryRemove(client, out _);
        client.Dispose();
    }

    /// <summary>A session of an account has ended: its readers are looked at now, and not only when their time comes.</summary>
    public void LookAt(string account)
    {
        foreach (var (client, _) in _clients)
        {
            if (client.Account == account) client.Look();
        }
    }

    /// <summary>Subscribes a reader to a channel by name; one that it has is told anew, as a snapshot.</summary>
    public async ValueTask<Result<Done>> SubscribeAsync(StreamClient client, string channel, CancellationToken cancel)
    {
        var found = Find(channel, client.Account);
        if (found.Refusal is { } refusal) return refusal;
        if (await found.Value.AddAsync(client, cancel)) return new Done();
        // It made room between the two: it is made anew.
        if (found.Value.IsClosed) return await SubscribeAsync(client, channel, cancel);
        return client.Count >= StreamClient.MaxChannels && !client.Has(found.Value)
            ? Refusal.Invalid("channels", $"A stream has at most {StreamClient.MaxChannels} channels.")
            : new Done();
    }

    /// <summary>Ends a reader's subscription.</summary>
    public void Unsubscribe(StreamClient client, string channel)
    {
        var found = Find(channel, client.Account);
        if (found.IsOk) found.Value.Remove(client);
    }

    private Result<Topic> Find(string channel, string? account)
    {
        if (channel.Length > 128) return Unknown(channel[..128]);
        if (_public.TryGetValue(channel, out var topic)) return topic;
        if (_private.TryGetValue(channel, out var load))
        {
            return account is null
                ? new Refusal(ProblemCodes.AuthenticationRequired, $"The channel '{channel}' is private: sign in first.")
                : OnDemand(Key(channel, account), channel, cancel => load(account, cancel));
        }
        if (channel.StartsWith(SwapPrefix, StringComparison.Ordinal) && _swap is { } swap &&
            channel.Length == SwapPrefix.Length + 32 &&
            channel.AsSpan(SwapPrefix.Length).IndexOfAnyExcept("0123456789abcdef") < 0)
        {
            var id = channel[SwapPrefix.Length..];
            return OnDemand(channel, channel, cancel => swap(id, cancel));
        }
        return Unknown(channel);
    }

    private Result<Topic> OnDemand(string key, string channel, Func<CancellationToken, ValueTask<object?>> load)
    {
        if (_onDemand.TryGetValue(key, out var topic))
        {
            if (!topic.IsClosed) return topic;
            _onDemand.TryRemove(KeyValuePair.Create(key, topic));
        }
        if (_onDemand.Count >= mostOnDemand)
        {
            foreach (var idle in _onDemand)
            {
                if (idle.Value.TryClose()) _onDemand.TryRemove(idle);
            }
            if (_onDemand.Count >= mostOnDemand)
                return new Refusal(ProblemCodes.Unavailable, "Too many channels are open.");
        }
        return _onDemand.GetOrAdd(key, _ => new LoadedTopic(channel, load, clock));
    }

    private static Refusal Unknown(string channel) =>
        new(ProblemCodes.ValidationFailed, $"There is no channel '{channel}'.",
            new Dictionary<string, string[]> { ["channels"] = [$"There is no channel '{channel}'."] });

    private static string Key(string channel, string account) => $"{channel}@{account}";
}
