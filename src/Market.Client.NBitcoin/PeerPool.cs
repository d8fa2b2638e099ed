using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Light;
using NB = global::NBitcoin;
using P2P = global::NBitcoin.Protocol;

namespace Market.Client.NBitcoin;

/// <summary>
/// Peers of Bitcoin's network: finds them by name or by DNS, keeps as many as are wanted, each of another network group, and
/// does not speak again to those that lied.
/// </summary>
public sealed class PeerPool : ILightSources
{
    private const int MostFound = 256;
    private const string UserAgent = "/market:0.1/";

    private readonly NetworkProfile _network;
    private readonly NB.Network _library;
    private readonly PeerOptions _options;
    private readonly TimeProvider _clock;
    private readonly PeerMemory _memory;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, (string Group, Task Task)> _greeting = [];
    private ImmutableArray<PeerSource> _peers = [];
    private Task _keeping = Task.CompletedTask;
    private string? _trouble;

    /// <summary>Makes a pool; nothing is connected before <see cref="Start"/>.</summary>
    /// <param name="network">Whose peers.</param>
    /// <param name="options">Which, and how long they are borne with.</param>
    /// <param name="clock">Tells the time.</param>
    /// <exception cref="NotSupportedException">The network has no peers, or too many were named.</exception>
    public PeerPool(NetworkProfile network, PeerOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        _network = network;
        _library = PeerNetworks.Of(network)
            ?? throw new NotSupportedException($"{network.Name} has no peers: its only Bitcoin node is the market's.");
        if (options.Named.Length > PeerOptions.MostNamed)
        {
            throw new NotSupportedException($"Name at most {PeerOptions.MostNamed} peers.");
        }

        if (options.Named.IsEmpty && network.Peers!.Seeds.IsEmpty)
        {
            throw new NotSupportedException($"Nobody announces peers of {network.Name}: name them, --peers HOST:PORT,HOST:PORT.");
        }

        (_options, _clock, _memory) = (options, clock, new PeerMemory(clock));
    }

    /// <inheritdoc/>
    public ImmutableArray<ILightSource> Current => [.. _peers.Where(peer => peer.IsUsable)];

    /// <inheritdoc/>
    public int Least => _network.BlocksAreFree ? 1 : PeerOptions.Least;

    /// <inheritdoc/>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <inheritdoc/>
    public void Start(Func<Transaction, bool> seen, Action moved) =>
        _keeping = Task.Run(() => KeepAsync(seen, moved, _stop.Token), CancellationToken.None);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _keeping.ConfigureAwait(false);
        foreach (var peer in _peers)
        {
            peer.Dispose();
        }

        _stop.Dispose();
    }

    private async Task KeepAsync(Func<Transaction, bool> seen, Action moved, CancellationToken cancellation)
    {
        var keeping = new Supervised(
            "Keeping of peers", _clock, error => error is ChainUnavailableException,
            failure => Volatile.Write(
                ref _trouble, failure.IsPassing ? failure.Words : $"{failure.Words} ({failure.Error.Message})"));
        await keeping.RepeatAsync(stop => KeepOnceAsync(seen, moved, stop), _options.Pause, cancellation).ConfigureAwait(false);

        // Those that are being greeted end by the same token.
        await Task.WhenAll(_greeting.Values.Select(each => each.Task)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task KeepOnceAsync(Func<Transaction, bool> seen, Action moved, CancellationToken cancellation)
    {
        Prune();
        foreach (var (id, name) in _memory.Due())
        {
            _peers.FirstOrDefault(peer => peer.Name == name)?.AskFor([id]);
        }

        if (_peers.Length + _greeting.Count < WantedNow)
        {
            await FillAsync(seen, moved, cancellation).ConfigureAwait(false);
        }
    }

    private int WantedNow => _options.Named.IsEmpty ? PeerOptions.Wanted : _options.Named.Length;

    private void Prune()
    {
        foreach (var done in _greeting.Where(each => each.Value.Task.IsCompleted).Select(each => each.Key).ToList())
        {
            _greeting.Remove(done);
        }

        foreach (var peer in _peers.Where(peer => !peer.IsUsable))
        {
            var why = peer.Blamed;
            _memory.Shun(
                peer.Name, why is null ? _options.Away : _options.Banned,
                why is null ? "it is away or slow" : $"it is not believed: {why}");
            Volatile.Write(ref _trouble, $"{peer.Name}: {_memory.WhyShunned(peer.Name)}");
            ImmutableInterlocked.Update(ref _peers, (all, gone) => all.Remove(gone), peer);
            peer.Dispose();
        }
    }

    // All at once, and nobody waits for them: one that hangs keeps nobody else from being greeted, now or again later.
    private async Task FillAsync(Func<Transaction, bool> seen, Action moved, CancellationToken cancellation)
    {
        var groups = _peers.Select(peer => peer.Group).Concat(_greeting.Values.Select(each => each.Group)).ToHashSet();
        foreach (var endpoint in await FindAsync(cancellation).ConfigureAwait(false))
        {
            if (_peers.Length + _greeting.Count >= WantedNow)
            {
                break;
            }

            var (name, group) = (endpoint.ToString(), PeerGroups.Of(endpoint, _network.BlocksAreFree));
            if (_peers.Any(peer => peer.Name == name) || _greeting.ContainsKey(name) || _memory.WhyShunned(name) is not null)
            {
                continue;
            }

            if (groups.Add(group))
            {
                _greeting.Add(name, (group, GreetAsync(endpoint, name, group, seen, moved, cancellation)));
            }
            else
            {
                Volatile.Write(ref _trouble, $"{name} is in {group}, as another peer is: one party may hold both.");
            }
        }
    }

    private async Task GreetAsync(
        IPEndPoint endpoint, string name, string group, Func<Transaction, bool> seen, Action moved, CancellationToken cancellation)
    {
        if (await ConnectAsync(endpoint, name, group, seen, moved, cancellation).ConfigureAwait(false) is { } connected)
        {
            ImmutableInterlocked.Update(ref _peers, (all, more) => all.Add(more), connected);
            moved();
        }
    }

    private async Task<PeerSource?> ConnectAsync(
        IPEndPoint endpoint, string name, string group, Func<Transaction, bool> seen, Action moved, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource(_options.Greeting, _clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        P2P.Node? node = null;
        var (gate, relay) = (new GreetingGate(), new WitnessIdRelay());
        try
        {
            var parameters = new P2P.NodeConnectionParameters
            {
                ConnectCancellation = limit.Token,
                IsRelay = true,
                UserAgent = UserAgent,
                Services = P2P.NodeServices.Nothing,
            };
            parameters.TemplateBehaviors.Add(new GreetingGate.FromTheStart(gate, relay));
            node = await P2P.Node.ConnectAsync(_library, endpoint, parameters).WaitAsync(limit.Token).ConfigureAwait(false);
            await node.VersionHandshakeAsync(limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
            if (!node.PeerVersion.Services.HasFlag(P2P.NodeServices.NODE_WITNESS))
            {
                throw new ChainUnavailableException("it serves no witnesses");
            }

            return new PeerSource(node, name, group, relay.IsAgreed, _options, _clock, _memory, seen, moved);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            // Whatever the library throws where a stranger hangs, breaks off or greets with garbage.
            PeerNodes.Close(node);
            _memory.Shun(name, _options.Away, $"it did not greet: {error.Message}");
            Volatile.Write(ref _trouble, $"{name} did not greet: {error.Message}");
            return null;
        }
        catch
        {
            PeerNodes.Close(node);
            throw;
        }
        finally
        {
            // Whoever waits at it is let go, also where the greeting came to nothing.
            gate.Open();
        }
    }

    private async Task<List<IPEndPoint>> FindAsync(CancellationToken cancellation)
    {
        var found = new List<IPEndPoint>();
        var names = _options.Named.IsEmpty ? _network.Peers!.Seeds : _options.Named;
        foreach (var name in names)
        {
            try
            {
                found.AddRange(await ResolveAsync(name, cancellation).ConfigureAwait(false));
            }
            catch (Exception error) when (error is SocketException or ArgumentException or FormatException)
            {
                Volatile.Write(ref _trouble, $"{name} cannot be found: {error.Message}");
            }
        }

        if (_options.Named.IsEmpty)
        {
            Random.Shared.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(found));
        }

        return [.. found.Take(MostFound)];
    }

    private async Task<IEnumerable<IPEndPoint>> ResolveAsync(string name, CancellationToken cancellation)
    {
        var port = _network.Peers!.Port;
        if (IPEndPoint.TryParse(name, out var literal))
        {
            return [literal.Port == 0 ? new IPEndPoint(literal.Address, port) : literal];
        }

        var colon = name.LastIndexOf(':');
        if (colon > 0 && int.TryParse(name.AsSpan(colon + 1), out var named) && named is > 0 and <= IPEndPoint.MaxPort)
        {
            (name, port) = (name[..colon], named);
        }

        var addresses = await Dns.GetHostAddressesAsync(name, cancellation).WaitAsync(_options.Greeting, _clock, cancellation)
            .ConfigureAwait(false);
        return addresses.Select(address => new IPEndPoint(address, port));
    }
}
