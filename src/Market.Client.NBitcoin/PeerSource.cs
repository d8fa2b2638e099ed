using System.Collections.Concurrent;
using Market.Bitcoin;
using Market.Chains;
using Market.Chains.Light;
using static Market.Client.NBitcoin.PeerHashes;
using NB = global::NBitcoin;
using P2P = global::NBitcoin.Protocol;

namespace Market.Client.NBitcoin;

/// <summary>One peer: asks it, answers what it asks, and lets go of it where it lies, floods or is too slow.</summary>
internal sealed class PeerSource : ILightSource, IDisposable
{
    private const int MostInventory = 1_000;
    private const int MostOffers = 256;
    private const int MostFailures = 3;
    private const int MostRemembered = 20_000;

    private readonly P2P.Node _node;
    private readonly bool _usesWitnessIds;
    private readonly PeerOptions _options;
    private readonly TimeProvider _clock;
    private readonly PeerMemory _memory;
    private readonly Func<Transaction, bool> _seen;
    private readonly Action _moved;
    private readonly PeerBudget _budget;
    private readonly SemaphoreSlim _headersTurn = new(1, 1);
    private readonly ConcurrentDictionary<NB.uint256, TaskCompletionSource<Block?>> _blocks = new();
    private readonly ConcurrentDictionary<NB.uint256, (Transaction Transaction, TaskCompletionSource Asked)> _offers = new();
    private readonly PeerFilters? _filters;
    private readonly RecentIds _announced = new(MostRemembered);
    private readonly RecentIds _requested = new(MostRemembered);
    private readonly RecentIds _delivered = new(MostRemembered);
    private TaskCompletionSource<IReadOnlyList<BlockHeader>>? _headers;
    private string? _blame;
    private int _failures;
    private long _leastRate = -1;

    public PeerSource(
        P2P.Node node, string name, string group, bool usesWitnessIds, PeerOptions options, TimeProvider clock, PeerMemory memory,
        Func<Transaction, bool> seen, Action moved)
    {
        _usesWitnessIds = usesWitnessIds;
        (_node, Name, Group, _options, _clock, _memory, _seen, _moved) = (node, name, group, options, clock, memory, seen, moved);
        _budget = new PeerBudget(clock, options.MostBytesAMinute, options.MostMessagesAMinute);
        _filters = node.PeerVersion.Services.HasFlag(P2P.NodeServices.NODE_COMPACT_FILTERS) ? new PeerFilters(this) : null;
        node.MessageReceived += Receive;
    }

    public string Name { get; }

    /// <summary>See <see cref="PeerGroups"/>.</summary>
    public string Group { get; }

    /// <summary>Why it was let go of for good; null where it was not.</summary>
    public string? Blamed => Volatile.Read(ref _blame);

    public bool IsUsable => Blamed is null && _node.State == P2P.NodeState.HandShaked
        && Volatile.Read(ref _failures) < MostFailures;

    public FeeRate? LeastFeeRate => Interlocked.Read(ref _leastRate) is var rate and >= 0 ? new FeeRate(rate) : null;

    /// <summary>Its compact filters; null where it did not greet as one that serves them.</summary>
    public IFilterSource? Filters => _filters;

    public void Blame(string reason) => Interlocked.CompareExchange(ref _blame, reason, null);

    public async ValueTask<IReadOnlyList<BlockHeader>> HeadersAsync(
        IReadOnlyList<Hash256> locator, CancellationToken cancellation)
    {
        await _headersTurn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var waiting = new TaskCompletionSource<IReadOnlyList<BlockHeader>>(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _headers, waiting);
            var ask = new P2P.GetHeadersPayload(new NB.BlockLocator { Blocks = [.. locator.Select(Of)] });
            return await AskAsync(ask, waiting.Task, cancellation).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _headers, null);
            _headersTurn.Release();
        }
    }

    public async ValueTask<Block?> BlockAsync(BlockId id, CancellationToken cancellation)
    {
        var hash = Of(id.Value);
        var waiting = new TaskCompletionSource<Block?>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_blocks.TryAdd(hash, waiting))
        {
            // Asked for already: asked twice it would answer twice.
            return _blocks.TryGetValue(hash, out var first)
                ? await first.Task.WaitAsync(cancellation).ConfigureAwait(false)
                : null;
        }

        try
        {
            _requested.Add(hash);
            var ask = new P2P.GetDataPayload(new P2P.InventoryVector(P2P.InventoryType.MSG_WITNESS_BLOCK, hash));
            return await AskAsync(ask, waiting.Task, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _blocks.TryRemove(hash, out _);
        }
    }

    /// <summary>
    /// Tells the peer of the transaction and gives it out when it asks. Peers never say whether they keep it: that it asked, or
    /// has told of it itself, is all there is to know.
    /// </summary>
    public async ValueTask<BroadcastResult> OfferAsync(Transaction transaction, CancellationToken cancellation)
    {
        var hash = _usesWitnessIds ? Of(transaction.WitnessId.Value) : Of(transaction.Id.Value);
        if (_announced.Contains(hash))
        {
            return new BroadcastResult(transaction.Id, BroadcastCode.AlreadyInMempool);
        }

        if (_offers.Count >= MostOffers)
        {
            throw new ChainUnavailableException($"{Name} has not asked for the {MostOffers} transactions that it was offered.");
        }

        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _offers[hash] = (transaction, asked);
        try
        {
            var kind = _usesWitnessIds ? P2P.InventoryType.MSG_WTX : P2P.InventoryType.MSG_TX;
            await SendAsync(new P2P.InvPayload(kind, hash)).ConfigureAwait(false);
            await asked.Task.WaitAsync(_options.Offer, _clock, cancellation).ConfigureAwait(false);
            return new BroadcastResult(
                transaction.Id, BroadcastCode.Accepted, "asked for it and was sent it; whether it keeps it a peer never says");
        }
        catch (TimeoutException)
        {
            return _announced.Contains(hash)
                ? new BroadcastResult(transaction.Id, BroadcastCode.AlreadyInMempool)
                : throw new ChainUnavailableException($"{Name} did not ask for the transaction: it has it, or does not want it.");
        }
        finally
        {
            _offers.TryRemove(hash, out _);
        }
    }

    public void Dispose()
    {
        _node.MessageReceived -= Receive;

        PeerNodes.Close(_node);
        var gone = new ChainUnavailableException($"{Name} is gone{(Blamed is { } why ? $": {why}" : ".")}");
        Volatile.Read(ref _headers)?.TrySetException(gone);
        foreach (var waiting in _blocks.Values)
        {
            waiting.TrySetException(gone);
        }

        _filters?.Dispose();
    }

    /// <summary>Sends a question and waits for its answer; counts how often none came.</summary>
    internal async ValueTask<T> AskAsync<T>(P2P.Payload question, Task<T> answer, CancellationToken cancellation)
    {
        try
        {
            await SendAsync(question).ConfigureAwait(false);
            var given = await answer.WaitAsync(cancellation).ConfigureAwait(false);
            Volatile.Write(ref _failures, 0);
            return given;
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _failures);
            throw;
        }
    }

    private async ValueTask SendAsync(P2P.Payload message)
    {
        try
        {
            await _node.SendMessageAsync(message).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw new ChainUnavailableException($"{Name} is gone: {error.Message}", error);
        }
    }

    // Nobody waits for it: where the connection is gone the pool sees that.
    private void Send(P2P.Payload message) => _ = _node.SendMessageAsync(message).ContinueWith(
        sent => _ = sent.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    // On the library's thread: never waits, never throws.
    private void Receive(P2P.Node node, P2P.IncomingMessage message)
    {
        try
        {
            var payload = message.Message.Payload;
            if (_filters?.TryHear(payload) == true)
            {
                return;
            }

            // What it was asked for, once, is not its own talk: however often it is asked, an honest peer may answer.
            var wanted = (payload is P2P.BlockPayload block && _blocks.ContainsKey(block.Object.GetHash()))
                || (payload is P2P.HeadersPayload && Volatile.Read(ref _headers) is { Task.IsCompleted: false });
            if (!_budget.Take(wanted ? 0 : message.Length))
            {
                Blame("it sends more than a peer has to say");
                return;
            }

            Hear(payload);
        }
        catch (Exception error) when (error is FormatException or ArgumentException or InvalidOperationException
            or OverflowException or IndexOutOfRangeException or EndOfStreamException)
        {
            Blame($"it sent what cannot be read ({error.Message})");
        }
    }

    private void Hear(P2P.Payload payload)
    {
        switch (payload)
        {
            case P2P.HeadersPayload headers:
                HearHeaders(headers);
                break;
            case P2P.BlockPayload block:
                HearBlock(block.Object);
                break;
            case P2P.TxPayload tx:
                HearTransaction(tx.Object);
                break;
            case P2P.NotFoundPayload missing:
                foreach (var vector in missing.Inventory)
                {
                    if (_blocks.TryGetValue(vector.Hash, out var waiting))
                    {
                        waiting.TrySetResult(null);
                    }
                }

                break;
            case P2P.InvPayload inventory:
                HearInventory(inventory);
                break;
            case P2P.GetDataPayload wanted:
                Give(wanted);
                break;
            case P2P.FeeFilterPayload filter:
                Interlocked.Exchange(ref _leastRate, Math.Max(0, filter.FeeRate.FeePerK.Satoshi));
                break;
            default:
                break;
        }
    }

    private void HearHeaders(P2P.HeadersPayload payload)
    {
        if (Volatile.Read(ref _headers) is not { } waiting)
        {
            _moved();
            return;
        }

        var headers = new List<BlockHeader>(payload.Headers.Count);
        foreach (var each in payload.Headers)
        {
            if (BlockHeader.TryParse(NB.BitcoinSerializableExtensions.ToBytes(each), out var header))
            {
                headers.Add(header);
            }
        }

        // An announcement that comes in between answers too: what it does not connect to is asked for the next time.
        waiting.TrySetResult(headers);
    }

    private void HearBlock(NB.Block sent)
    {
        if (!_blocks.TryGetValue(sent.GetHash(), out var waiting))
        {
            // One that comes late was asked for once.
            if (!_requested.Contains(sent.GetHash()))
            {
                Blame("it sent a block that nobody asked for");
            }

            return;
        }

        if (Block.TryParse(NB.BitcoinSerializableExtensions.ToBytes(sent), out var block, out var error))
        {
            waiting.TrySetResult(block);
        }
        else
        {
            Blame($"it sent a block that cannot be read ({error})");
            waiting.TrySetResult(null);
        }
    }

    private void HearTransaction(NB.Transaction sent)
    {
        var id = _usesWitnessIds ? sent.GetWitHash() : sent.GetHash();
        if (!_requested.Contains(id))
        {
            Blame("it sent a transaction that nobody asked for");
        }
        else if (_delivered.Add(id)
            && Transaction.TryParse(NB.BitcoinSerializableExtensions.ToBytes(sent), out var transaction, out _))
        {
            var isEnough = !_seen(transaction);
            _memory.Heard(Of(transaction.Id.Value), isEnough);
            if (_usesWitnessIds)
            {
                _memory.Heard(id, true);
            }
        }
    }

    // Without the bits that only say how it is to be served (BIP144).
    private static P2P.InventoryType KindOf(P2P.InventoryType type) =>
        (P2P.InventoryType)((uint)type & (uint)P2P.InventoryType.MSG_TYPE_MASK);

    private void HearInventory(P2P.InvPayload payload)
    {
        var wanted = new List<NB.uint256>();
        var transactions = _usesWitnessIds ? P2P.InventoryType.MSG_WTX : P2P.InventoryType.MSG_TX;
        foreach (var vector in payload.Inventory.Take(MostInventory))
        {
            if (KindOf(vector.Type) == P2P.InventoryType.MSG_BLOCK)
            {
                _moved();
            }
            else if (KindOf(vector.Type) == transactions)
            {
                _announced.Add(vector.Hash);

                // Once on a connection: who is asked twice may answer twice.
                if (!_requested.Contains(vector.Hash) && _memory.ShouldAsk(vector.Hash, Name))
                {
                    wanted.Add(vector.Hash);
                }
            }
        }

        AskFor(wanted);
    }

    /// <summary>Asks for transactions that it announced.</summary>
    public void AskFor(IReadOnlyList<NB.uint256> wanted)
    {
        if (wanted.Count == 0)
        {
            return;
        }

        var kind = _usesWitnessIds ? P2P.InventoryType.MSG_WTX : P2P.InventoryType.MSG_WITNESS_TX;
        foreach (var id in wanted)
        {
            _requested.Add(id);
        }

        Send(new P2P.GetDataPayload([.. wanted.Select(id => new P2P.InventoryVector(kind, id))]));
    }

    private void Give(P2P.GetDataPayload payload)
    {
        foreach (var vector in payload.Inventory.Take(MostInventory))
        {
            // A parent is asked for by its txid even where others are asked for by the witness's hash.
            var offer = _offers.GetValueOrDefault(vector.Hash);
            if (offer.Transaction is null)
            {
                offer = _offers.Values.FirstOrDefault(each => Of(each.Transaction.Id.Value) == vector.Hash);
            }

            if (offer.Transaction is not null)
            {
                Send(new P2P.TxPayload(NB.Transaction.Load(offer.Transaction.ToArray(), _node.Network)));
                offer.Asked.TrySetResult();
            }
        }
    }
}
