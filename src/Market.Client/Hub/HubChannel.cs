using System.Text.Json;
using Market.Client.Api;
using Market.Contracts;

namespace Market.Client.Hub;

/// <summary>One channel that is followed over the hub, for as long as its connection lives and through all its breaks. Safe from
/// any thread.</summary>
public abstract class HubChannel
{
    private readonly Lock _gate = new();
    private readonly ChannelPlace _place;
    private bool _hasBegun;
    private bool _isToAsk = true;

    /// <summary>A channel that is not subscribed yet.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="tellsWhole">Whether each message is the whole state.</param>
    private protected HubChannel(string name, bool tellsWhole) => (Name, _place) = (name, new ChannelPlace(tellsWhole));

    /// <summary>The channel's name: see <see cref="Channels"/>.</summary>
    public string Name { get; }

    /// <summary>Snapshots that were asked for since something was missing or wrong.</summary>
    public int Repairs { get; private set; }

    /// <summary>Guards what is told.</summary>
    private protected Lock Gate => _gate;

    /// <summary>Whether the market must be asked for it, and after which position; null for a snapshot. Asked for once.</summary>
    internal bool MustAsk(out string? since)
    {
        lock (_gate)
        {
            since = _place.Position;
            var must = _isToAsk;
            _isToAsk = false;
            return must;
        }
    }

    /// <summary>It must be asked for: on a new connection, or since asking failed.</summary>
    internal void AskAgain()
    {
        lock (_gate) _isToAsk = true;
    }

    /// <summary>Takes a message.</summary>
    /// <returns>True where a snapshot must be asked for.</returns>
    internal bool Take(StreamEvent told)
    {
        lock (_gate)
        {
            var step = _place.Take(told);
            if (step is ChannelStep.Taken or ChannelStep.Anew)
            {
                var isSnapshot = told.Type == StreamEventType.Snapshot;
                if (Fits(told, isSnapshot))
                {
                    _hasBegun = true;
                    return false;
                }

                step = _place.Lose();
            }

            if (step != ChannelStep.Lost)
            {
                return false;
            }

            Repairs++;
            _isToAsk = true;
            Miss();
            return true;
        }
    }

    /// <summary>It ends: the market refuses it for good, or the client is closed.</summary>
    internal abstract void End(MarketApiException? refusal);

    // What cannot be read is as good as lost.
    private bool Fits(StreamEvent told, bool isSnapshot)
    {
        try
        {
            return Tell(told, isSnapshot, isSnapshot && _hasBegun);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Something is missing, until the next snapshot. Under <see cref="Gate"/>.</summary>
    private protected virtual void Miss()
    {
        // Whoever only hands on has nothing that is wrong now.
    }

    /// <summary>Hands a message on. Under <see cref="Gate"/>.</summary>
    /// <param name="told">What follows from what was told before, or begins anew.</param>
    /// <param name="isSnapshot">Whether it begins anew.</param>
    /// <param name="hasGap">Whether something before it is not known.</param>
    /// <returns>False where it does not fit after all, or nobody takes it.</returns>
    private protected abstract bool Tell(StreamEvent told, bool isSnapshot, bool hasGap);
}
