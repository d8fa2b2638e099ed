using System.Collections.Concurrent;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Realtime;

/// <summary>All channels by name: public ones that are always there, and ones made when somebody asks, which stay for a while when
/// their last reader has gone.</summary>
public sealed class Topics : IDisposable
{
    /// <summary>Channels made on demand that exist at once; idle ones make room.</summary>
    public const int MaxOnDemand = 20_000;

    private const string SwapPrefix = "swap:";

    private readonly ConcurrentDictionary<string, Topic> _public = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, LoadedTopic> _onDemand = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<string, CancellationToken, ValueTask<object?>>> _private =
        new(StringComparer.Ordinal);
    private Func<string, CancellationToken, ValueTask<object?>>? _swap;
    private readonly Lock _making = new();
    private readonly ConcurrentDictionary<StreamClient, byte> _clients = new();
    private readonly ReplayRoom _room = new(ReplayRoom.Shipped);
    private readonly TimeProvider _clock;
    private readonly int _mostOnDemand;
    private readonly ITimer _sweep;

    /// <summary>No channels.</summary>
    /// <param name="clock">The time of messages.</param>
    /// <param name="mostOnDemand">Channels made on demand that exist at once.</param>
    public Topics(TimeProvider clock, int mostOnDemand = MaxOnDemand)
    {
        ArgumentNullException.ThrowIfNull(clock);
        (_clock, _mostOnDemand) = (clock, mostOnDemand);
        _sweep = clock.CreateTimer(_ => CloseLeft(), null, Topic.Lingers, Topic.Lingers / 4);
    }

    /// <summary>Channels made on demand that exist now.</summary>
    public int OnDemandNow => _onDemand.Count;

    /// <summary>Readers now.</summary>
    public int Clients => _clients.Count;

    /// <summary>Adds a public channel.</summary>
    public void Register(Topic topic) => _public[topic.Channel] = topic;

    /// <summary>Takes a public channel away; whoever read it reads it no more.</summary>
    public void Remove(Topic topic)
    {
        ArgumentNullException.ThrowIfNull(topic);
        if (_public.TryRemove(KeyValuePair.Create(topic.Channel, topic))) topic.End();
    }

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
        var client = new StreamClient(account, _clock);
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
    public async ValueTask<Result<Done>> SubscribeAsync(
        StreamClient client, string channel, CancellationToken cancel, StreamAsk? ask = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        var found = Open(channel, client.Account);
        if (found.Refusal is { } refusal) return refusal;
        if (await found.Value.AddAsync(client, cancel, ask)) return new Done();
        // It made room between the two: it is made anew.
        if (found.Value.IsClosed) return await SubscribeAsync(client, channel, cancel, ask);
        return client.Count >= StreamClient.MaxChannels && !client.Has(found.Value)
            ? Refusal.Invalid("channels", $"A stream has at most {StreamClient.MaxChannels} channels.")
            : new Done();
    }

    /// <summary>Whether a reader follows a channel. Makes none.</summary>
    public bool IsRead(StreamClient client, string channel)
    {
        ArgumentNullException.ThrowIfNull(client);
        return NameOf(channel, client.Account) is { IsOk: true } name && Find(name.Value) is { } topic && client.Has(topic);
    }

    /// <summary>Whether the state of a channel is read from elsewhere for each reader, and for each snapshot again.</summary>
    public bool IsLoaded(string channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        return _private.ContainsKey(channel) || channel.StartsWith(SwapPrefix, StringComparison.Ordinal);
    }

    /// <summary>Ends a reader's subscription: nothing more comes of it, nor of what waits. Where it had none nothing
    /// changes, and no channel is made.</summary>
    public Result<Done> Unsubscribe(StreamClient client, string channel)
    {
        ArgumentNullException.ThrowIfNull(client);
        var name = NameOf(channel, client.Account);
        if (name.Refusal is { } refusal) return refusal;
        if (Find(name.Value) is not { } topic || !client.Has(topic)) return new Done();
        topic.Remove(client);
        client.Forget(channel);
        return new Done();
    }

    /// <inheritdoc/>
    public void Dispose() => _sweep.Dispose();

    private void CloseLeft()
    {
        foreach (var left in _onDemand)
        {
            if (left.Value.TryCloseLeft()) _onDemand.TryRemove(left);
        }
    }

    /// <summary>The channel of a name, made where it is made on demand and there is none.</summary>
    private Result<Topic> Open(string channel, string? account)
    {
        var name = NameOf(channel, account);
        if (name.Refusal is { } refusal) return refusal;
        if (Find(name.Value) is { IsClosed: false } topic) return topic;
        return name.Value.Load is { } load ? OnDemand(name.Value.KeptBy, channel, load) : Unknown(channel);
    }

    /// <summary>The channel of a name that there is; null where there is none.</summary>
    private Topic? Find(ChannelName name) =>
        name.Load is null ? _public.GetValueOrDefault(name.KeptBy) : _onDemand.GetValueOrDefault(name.KeptBy);

    private Result<ChannelName> NameOf(string channel, string? account)
    {
        if (channel.Length > 128) return Unknown(channel[..128]);
        if (_public.ContainsKey(channel)) return new ChannelName(channel, null);
        if (_private.TryGetValue(channel, out var load))
        {
            return account is null
                ? new Refusal(ProblemCodes.AuthenticationRequired, $"The channel '{channel}' is private: sign in first.")
                : new ChannelName(Key(channel, account), cancel => load(account, cancel));
        }
        if (channel.StartsWith(SwapPrefix, StringComparison.Ordinal) && _swap is { } swap &&
            channel.Length == SwapPrefix.Length + 32 &&
            channel.AsSpan(SwapPrefix.Length).IndexOfAnyExcept("0123456789abcdef") < 0)
        {
            var id = channel[SwapPrefix.Length..];
            return new ChannelName(channel, cancel => swap(id, cancel));
        }
        return Unknown(channel);
    }

    private Result<Topic> OnDemand(string key, string channel, Func<CancellationToken, ValueTask<object?>> load)
    {
        // One at a time: else as many more than may would be made as ask at once.
        lock (_making)
        {
            if (_onDemand.TryGetValue(key, out var topic))
            {
                if (!topic.IsClosed) return topic;
                _onDemand.TryRemove(KeyValuePair.Create(key, topic));
            }
            if (_onDemand.Count >= _mostOnDemand)
            {
                foreach (var idle in _onDemand)
                {
                    if (idle.Value.TryClose()) _onDemand.TryRemove(idle);
                }
                if (_onDemand.Count >= _mostOnDemand)
                    return new Refusal(ProblemCodes.Unavailable, "Too many channels are open.");
            }
            return _onDemand.GetOrAdd(key, _ => new LoadedTopic(channel, load, _clock, _room));
        }
    }

    private static Refusal Unknown(string channel) =>
        new(ProblemCodes.ValidationFailed, $"There is no channel '{channel}'.",
            new Dictionary<string, string[]> { ["channels"] = [$"There is no channel '{channel}'."] });

    private static string Key(string channel, string account) => $"{channel}@{account}";

    /// <summary>A channel's name, looked at.</summary>
    /// <param name="KeptBy">What it is kept by.</param>
    /// <param name="Load">Reads the state of one that is made on demand; null for one that is always there.</param>
    private readonly record struct ChannelName(string KeptBy, Func<CancellationToken, ValueTask<object?>>? Load);
}
