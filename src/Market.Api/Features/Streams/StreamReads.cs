using Market.Api.Doors.Clients;
using Market.Api.Realtime;
using Market.Standing;

namespace Market.Api.Features.Streams;

/// <summary>What subscriptions cost: of their client's window, and before the gate of reads. A channel whose state is read from the
/// tables for each reader costs what a request for it does, however it is asked for: by a subscription, a resync or a reader that
/// fell behind.</summary>
public sealed class StreamReads(ServiceDoor door, CapTable caps, Topics topics)
{
    /// <summary>What it weighs to subscribe to a channel, or to be told it anew.</summary>
    public int WeightOf(string channel) => topics.IsLoaded(channel) ? CallWeight.Middling : CallWeight.Least;

    /// <summary>What it weighs to subscribe to so many; those beyond the most are refused and weigh nothing more.</summary>
    public int WeightOf(IEnumerable<string> channels) =>
        Math.Max(CallWeight.Least, channels.Take(StreamClient.MaxChannels).Sum(channel => WeightOf(channel ?? "")));

    /// <summary>Waits for a place among the reads; dispose it.</summary>
    /// <param name="client">Where the reader is.</param>
    /// <param name="key">Who it is; null for nobody.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="ReadRefusedException">More waits than can be served.</exception>
    public async ValueTask<IDisposable> EnterAsync(ClientAddress client, string? key, CancellationToken cancel)
    {
        var asked = await door.EnterAsync(
            GateKind.Reads, GateCalls.Of(caps, client, CallWeight.Middling, key, offer: null, body: 0), 0, cancel);
        return asked.State == CallState.Refused
            ? throw new ReadRefusedException(GateCalls.RefusalOf(asked))
            : new Place(door, asked);
    }

    private sealed class Place(ServiceDoor door, AskedCall asked) : IDisposable
    {
        public void Dispose() => door.Leave(GateKind.Reads, asked);
    }
}
