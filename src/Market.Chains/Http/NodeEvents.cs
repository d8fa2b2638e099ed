using System.Runtime.CompilerServices;
using System.Text.Json;
using Market.Bitcoin.Encoding;

namespace Market.Chains.Http;

/// <summary>A chain's events as server-sent events.</summary>
internal static class NodeEvents
{
    /// <summary>The chain's tip, and then each event as it happens, until it is cancelled.</summary>
    public static async IAsyncEnumerable<string> ReadAsync(
        IChain chain, [EnumeratorCancellation] CancellationToken cancellation)
    {
        // Left after any event, this ends the subscription too.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var ending = new CancelAtEnd(ended);
        var events = chain.SubscribeAsync(ended.Token);
        yield return Event("tip", new TipChangedPayload(
            TipPayload.Of(chain, await chain.GetTipAsync(cancellation).ConfigureAwait(false)), [], []));
        await foreach (var happened in events.ConfigureAwait(false))
        {
            yield return happened switch
            {
                ChainEvent.TipChanged tip => Event("tip", new TipChangedPayload(
                    TipPayload.Of(chain, tip.Tip),
                    [.. tip.Disconnected.Select(block => block.Id.ToString())],
                    [.. tip.Connected.Select(block => block.Id.ToString())])),
                ChainEvent.TransactionSeen seen =>
                    Event("tx", new SeenPayload(seen.Transaction.Id.ToString(), seen.Transaction.ToHex())),
                ChainEvent.TransactionDropped gone =>
                    Event("dropped", new DroppedPayload(gone.TxId.ToString(), gone.Reason)),
                ChainEvent.WeakSeen weak =>
                    Event("weak", new SeenPayload(weak.Share.Id.ToString(), Hex.Encode(weak.Share.ToArray()))),
                ChainEvent.FateChanged changed => Event("found", FoundPayload.Of(changed.Block)),
                _ => Event("gap", new GapPayload()),
            };
        }
    }

    // Disposed before the source that it cancels.
    private sealed class CancelAtEnd(CancellationTokenSource source) : IDisposable
    {
        public void Dispose() => source.Cancel();
    }

    private static string Event<T>(string name, T data) =>
        $"event: {name}\ndata: {JsonSerializer.Serialize(data, NodeJson.Options)}\n\n";
}
