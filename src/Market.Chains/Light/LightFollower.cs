using System.Collections.Concurrent;
using System.Collections.Immutable;
using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Light;

/// <summary>
/// The headers of a light client, and what each source says of them. Each source is looked at on its own: one that hangs, or has
/// ever more headers to tell, holds up none of the others. Safe for several threads.
/// </summary>
internal sealed class LightFollower : IDisposable
{
    // Whoever wakes it a thousand times a second must not make it ask everybody else as often.
    internal static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);

    private const int MostRounds = 10_000;
    private const int MostHeaders = 2_000;
    private const int RecentSeconds = 86_400;

    private readonly NetworkProfile _network;
    private readonly ILightSources _sources;
    private readonly LightOptions _options;
    private readonly TimeProvider _clock;
    private readonly Action<HeaderResult> _moved;
    private readonly Action _settled;
    private readonly HeaderChain _headers;
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, SourceHead> _heads = new();
    private readonly WakeUp _wake;
    private bool _isSettled;
    private string? _trouble;

    /// <summary>Opens the headers; nothing is asked before <see cref="RunAsync"/>.</summary>
    /// <param name="network">Whose headers.</param>
    /// <param name="sources">Who is asked for them.</param>
    /// <param name="clock">Tells the time.</param>
    /// <param name="options">How often, and how long one is waited for.</param>
    /// <param name="file">Where they are kept; null keeps them in memory.</param>
    /// <param name="moved">Hears that the tip is another now.</param>
    /// <param name="settled">Hears, once, that the tip can be reckoned from.</param>
    /// <exception cref="IOException">Another process has the file.</exception>
    public LightFollower(
        NetworkProfile network, ILightSources sources, TimeProvider clock, LightOptions options, string? file,
        Action<HeaderResult> moved, Action settled)
    {
        (_network, _sources, _clock, _options) = (network, sources, clock, options);
        (_moved, _settled) = (moved, settled);
        _headers = new HeaderChain(network, file);
        _wake = new WakeUp(clock);
    }

    /// <summary>How each source stands, as of the last look.</summary>
    public ImmutableArray<SourceHead> Sources =>
    [
        .. _sources.Current.Select(source =>
            _heads.GetValueOrDefault(source.Name, new SourceHead(source.Name, null, false, 0, null))),
    ];

    /// <summary>True once where blocks are read from can be reckoned from the tip.</summary>
    public bool IsSettled => Volatile.Read(ref _isSettled);

    /// <summary>What keeps headers from being kept; null where nothing does.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <summary>True where the best branch holds the work that the real chain is known to hold.</summary>
    public bool HasLeastWork => Locked(headers => headers.HasLeastWork);

    /// <summary>Height of the best branch's last header.</summary>
    public int Height => Locked(headers => headers.Height);

    /// <summary>The best branch's last header.</summary>
    public MainHeader Tip => Locked(headers => headers.At(headers.Height)!);

    /// <summary>The header at a height of the best branch; null above the tip.</summary>
    public MainHeader? HeaderAt(int height) => Locked(headers => headers.At(height));

    /// <summary>A header by its id, on the best branch or off it; null where unknown.</summary>
    public MainHeader? Find(Hash256 id) => Locked(headers => headers.Find(id));

    /// <summary>The newest headers but for genesis, newest first.</summary>
    public IReadOnlyList<MainHeader> Newest(int count) => Locked(headers => Enumerable.Range(0, count)
        .Select(back => headers.At(headers.Height - back)).OfType<MainHeader>().Where(header => header.Height > 0).ToList());

    /// <summary>The source that follows another branch, in words; null where none does.</summary>
    public string? FindDisagreement() => Locked(headers =>
    {
        foreach (var source in Sources)
        {
            if (source is { IsCurrent: true, Tip: { } tip } && headers.ForkOf(tip.Id) is { } fork && fork < tip.Height
                && Math.Min(tip.Height, headers.Height) - fork >= LightMainchain.Tolerated)
            {
                return $"{source.Source} follows another branch of Bitcoin, which left this one at height {fork}.";
            }
        }

        return null;
    });

    /// <summary>Looks at the sources soon, without waiting for its time.</summary>
    public void Wake() => _wake.Call();

    /// <summary>Follows until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var looks = new Dictionary<ILightSource, Task>();
        var following = new Supervised(
            "Following the headers", _clock, error => error is ChainUnavailableException,
            failure => Volatile.Write(ref _trouble, failure.Words));
        await following.RepeatAsync(
            stop =>
            {
                LookAround(looks, stop);
                return Task.CompletedTask;
            },
            PauseAsync, cancellation).ConfigureAwait(false);
        await Task.WhenAll(looks.Values).ConfigureAwait(false);
    }

    // Begins a look at each source that is not looked at yet.
    private void LookAround(Dictionary<ILightSource, Task> looks, CancellationToken cancellation)
    {
        var idle = looks.Values.All(look => look.IsCompleted);
        if (looks.Count > 0 && !IsSettled && IsEnough(idle))
        {
            Volatile.Write(ref _isSettled, true);
            _settled();
        }

        var current = _sources.Current;
        if (idle || IsSettled)
        {
            looks.Where(look => look.Value.IsCompleted).ToList().ForEach(look => looks.Remove(look.Key));
        }

        foreach (var source in current.Where(source => !looks.ContainsKey(source)))
        {
            looks.Add(source, LookAsync(source, cancellation));
        }

        Forget(current);
    }

    private async Task PauseAsync(CancellationToken cancellation)
    {
        await Task.Delay(ShortestPause, _clock, cancellation).ConfigureAwait(false);
        await _wake.PauseAsync(_options.PollInterval, cancellation).ConfigureAwait(false);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _headers.Dispose();
        }

        _wake.Dispose();
    }

    private long Now => _clock.GetUtcNow().ToUnixTimeSeconds();

    private T Locked<T>(Func<HeaderChain, T> ask)
    {
        lock (_lock)
        {
            return ask(_headers);
        }
    }

    // Where blocks are read from is reckoned from the tip, so all headers are heard first: from every source, or up to now.
    private bool IsEnough(bool idle) => Locked(headers => headers.HasLeastWork
        && (idle || (_network.BlocksAreFree && headers.Height > 0)
            || headers.At(headers.Height)!.Header.Time > Now - RecentSeconds));

    private void Forget(ImmutableArray<ILightSource> current)
    {
        var names = current.Select(source => source.Name).ToHashSet();
        foreach (var gone in _heads.Keys.Where(name => !names.Contains(name)).ToList())
        {
            _heads.TryRemove(gone, out _);
        }
    }

    private async Task LookAsync(ILightSource source, CancellationToken cancellation)
    {
        await LookOnceAsync(source, cancellation).ConfigureAwait(false);
        if (!IsSettled)
        {
            Wake();
        }
    }

    private async Task LookOnceAsync(ILightSource source, CancellationToken cancellation)
    {
        using var limit = new TimeLimit(_clock, _options.Timeout, cancellation);
        try
        {
            for (var round = 0; round < MostRounds; round++)
            {
                limit.EndIn(_options.Timeout);
                var answer = await source.HeadersAsync(Locked(headers => headers.Locator()), limit.Token)
                    .AsTask().WaitAsync(limit.Token).ConfigureAwait(false);
                if (!Take(source, answer))
                {
                    return;
                }
            }
        }
        catch (ChainUnavailableException error)
        {
            Fail(source, error.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Fail(source, $"{source.Name} took longer than {_options.Timeout.TotalSeconds:0} s.");
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // This machine's trouble, not the source's: it is tried again.
            Volatile.Write(ref _trouble, $"Bitcoin's headers cannot be kept: {error.Message}");
        }
        catch (Exception error)
        {
            // A bug: the next look may do better, and nobody would hear of it otherwise.
            Volatile.Write(ref _trouble, $"Looking at {source.Name} met a bug ({error.GetType().Name}: {error.Message}).");
        }
    }

    // True where it may have more.
    private bool Take(ILightSource source, IReadOnlyList<BlockHeader> answer)
    {
        if (answer.Count > MostHeaders)
        {
            source.Blame($"it sent {answer.Count} headers");
            return false;
        }

        var result = Locked(headers => headers.Add(answer, Now));
        Volatile.Write(ref _trouble, null);
        if (result.MovesTip)
        {
            _moved(result);
        }

        // A header from the future is no lie yet; anything else that does not hold is one.
        if (result.Error is not (LedgerError.None or LedgerError.TimeTooNew))
        {
            source.Blame($"it sent a header that breaks a rule ({result.Error})");
            return false;
        }

        var last = answer.Count > 0 ? Find(answer[^1].Id.Value) : null;
        _heads[source.Name] = new SourceHead(
            source.Name, last is null ? _heads.GetValueOrDefault(source.Name)?.Tip
                : new BlockRef(last.Header.Id.Value, last.Height), true, Now, null);
        return result.Added > 0 && answer.Count > 1;
    }

    private void Fail(ILightSource source, string message) => _heads[source.Name] =
        _heads.GetValueOrDefault(source.Name, new SourceHead(source.Name, null, false, 0, null)) with
        {
            IsCurrent = false,
            Trouble = message,
        };
}
