using System.Diagnostics.CodeAnalysis;
using Market.Api.Doors;
using Market.Api.Doors.Auth;
using Market.Api.Doors.Clients;
using Market.Api.Instruments;
using Market.Api.Realtime;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Features.Streams;

/// <summary>One connection's reader, with all that it holds: its place, its key's, who it is signed in as, and the orders that
/// are tied to it. The end of it gives all of that back.</summary>
public sealed partial class StreamSession : IDisposable
{
    // What a refusal repeats of a name that there is not.
    private const int LongestChannel = 128;

    private readonly Lock _gate = new();
    private readonly IDisposable _place;
    private readonly Topics _topics;
    private readonly KeyStreams _own;
    private readonly SessionTokens _tokens;
    private readonly DeadManSwitch _switches;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private volatile Caller? _caller;
    private IDisposable? _ofKey;
    private string? _tied;
    private bool _ended;

    /// <summary>A reader of nothing, who is nobody.</summary>
    internal StreamSession(
        IDisposable place, Topics topics, KeyStreams own, SessionTokens tokens, DeadManSwitch switches, TimeProvider clock,
        ILogger log)
    {
        (_place, _topics, _own, _tokens, _switches, _clock, _log) = (place, topics, own, tokens, switches, clock, log);
        Reader = topics.Open(account: null);
    }

    /// <summary>The reader.</summary>
    public StreamClient Reader { get; }

    /// <summary>Who it is signed in as; null for nobody.</summary>
    public Caller? Caller => _caller;

    /// <summary>Whether the session has ended that it was signed in with.</summary>
    public bool IsOver => _caller is { } caller && _tokens.IsOver(caller);

    /// <summary>What is told to whoever asked by a session or API key that has ended meanwhile; null where it has not.</summary>
    public Refusal? HasEnded(Caller caller) => _tokens.IsOver(caller) ? SocketEnd.Over(caller).Refusal : null;

    /// <summary>Signs the connection in with a session's token; a refusal where that is no good. From the first sign-in on it is
    /// that account's: another's token is refused, a newer one of the same key goes on.</summary>
    public Refusal? SignIn(string token)
    {
        var read = _tokens.Read(token);
        return read.Refusal ?? SignIn(read.Value!);
    }

    /// <summary>As the other, for whoever proved its key with the request that opened the connection.</summary>
    public Refusal? SignIn(Caller caller)
    {
        lock (_gate)
        {
            // What was subscribed as one account would else go on under another's session.
            if (_caller is { } known && known.Key != caller.Key)
                return new Refusal(ProblemCodes.Forbidden, "This connection is another key's: open one of its own.");
            // What a session subscribed to would else go on under a key that does not give it, and beyond the session's end.
            if (_caller is { } former && caller.ApiKey is not null && former.ApiKey != caller.ApiKey)
                return new Refusal(ProblemCodes.Forbidden, "This connection is signed in already: open one for the API key.");
            if (_ended) return new Refusal(ProblemCodes.Unavailable, "The connection has ended.");
            if (_ofKey is null && (_ofKey = _own.TryTake(caller.Key)) is null) return KeyStreams.Refused;
            _caller = _tokens.Lasting(caller);
            Reader.Account = caller.Key;
            return null;
        }
    }

    /// <summary>Has all orders of the account that is signed in cancelled when the connection ends, and with the server. A
    /// refusal where nobody is signed in; else it is on disk.</summary>
    public async Task<Refusal?> TieAsync(CancellationToken cancel)
    {
        if (_caller is not { } caller)
            return new Refusal(ProblemCodes.AuthenticationRequired, "Whose orders are to be cancelled?");
        if (ApiKeyScopes.WhyNot(caller, ApiKeyScope.Trade) is { } beyond) return beyond;
        if (IsOver) return SocketEnd.Over(_caller).Refusal;
        lock (_gate)
        {
            if (_tied is not null) return null;
        }
        var stream = await _switches.TieAsync(caller.Key, cancel);
        lock (_gate)
        {
            // Whoever went meanwhile was disconnected before there was a tie to end.
            if (_ended || _tied is not null) _switches.Ended(stream);
            else _tied = stream;
        }
        // The connection ends then, and the orders with it.
        return HasEnded(caller);
    }

    /// <summary>Subscribes to a channel; a refusal where it cannot be had. One that fails keeps no other from being had.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async ValueTask<Refusal?> SubscribeAsync(string channel, StreamAsk ask, CancellationToken cancel)
    {
        if (_caller is { } caller && ApiKeyScopes.WhyNot(caller, ApiKeyScope.Read) is { } beyond) return beyond;
        if (IsOver) return SocketEnd.Over(_caller).Refusal;
        try
        {
            var subscribed = await _topics.SubscribeAsync(Reader, channel, cancel, ask);
            return subscribed.Refusal ?? (_caller is { } still ? HasEnded(still) : null);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            return WhyOf(e);
        }
    }

    /// <summary>The next message; null when it is time to look whether the reader may still read. A channel whose state cannot be
    /// read tells so, and the others go on. Only one caller at a time.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async ValueTask<StreamMessage?> NextAsync(CancellationToken cancel)
    {
        try
        {
            var next = await Reader.NextAsync(cancel);
            // What a key opened and still reads uses it.
            if (next is null && !IsOver) _caller?.ApiKey?.Use(_clock.GetUtcNow());
            return next;
        }
        catch (ChannelFailedException e)
        {
            return Refused(e.Channel, ProblemTable.Document(WhyOf(e.InnerException!)));
        }
    }

    /// <summary>A message that is there already; false for none. Of the caller of <see cref="NextAsync"/>.</summary>
    public bool TryNext([NotNullWhen(true)] out StreamMessage? next) => (next = Reader.Waiting()) is not null;

    /// <summary>Why something failed that a reader asked for: an outage, or a bug, which is logged.</summary>
    public Refusal WhyOf(Exception failure)
    {
        if (failure is ReadRefusedException { Refusal: { } busy }) return busy;
        if (Outages.Of(failure) is { } outage) return outage;
        ReadingFailed(_log, failure);
        return new Refusal(ProblemCodes.InternalError, "It is logged. Nothing was changed.");
    }

    /// <summary>A refusal as a message.</summary>
    /// <param name="channel">The channel that it is about; empty for none.</param>
    /// <param name="problem">The refusal.</param>
    /// <param name="id">The id of the request that it answers; null for none.</param>
    public StreamMessage Refused(string channel, Problem problem, string? id = null)
    {
        ArgumentNullException.ThrowIfNull(channel);
        return Answer(channel.Length > LongestChannel ? channel[..LongestChannel] : channel, StreamEventType.Refused, id, problem);
    }

    /// <summary>An answer to a request.</summary>
    /// <param name="channel">The channel that it is about; empty for none.</param>
    /// <param name="type">What is answered.</param>
    /// <param name="id">The id of the request; null for none.</param>
    /// <param name="data">What is said besides; null for nothing.</param>
    public StreamMessage Answer(string channel, StreamEventType type, string? id, object? data = null) =>
        new(channel, type, _clock.GetUtcNow(), data) { Id = id };

    /// <inheritdoc/>
    public void Dispose()
    {
        string? tied;
        lock (_gate)
        {
            if (_ended) return;
            _ended = true;
            tied = _tied;
        }
        _topics.Closed(Reader);
        if (tied is not null) _switches.Ended(tied);
        _ofKey?.Dispose();
        _place.Dispose();
    }

    [LoggerMessage(LogLevel.Error, "A stream's request failed")]
    private static partial void ReadingFailed(ILogger log, Exception e);
}
