namespace Market.Client.NBitcoin;

/// <summary>What a peer may send in a minute. One thread at a time.</summary>
internal sealed class PeerBudget(TimeProvider clock, long mostBytes, int mostMessages)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private long _from = clock.GetTimestamp();
    private long _bytes;
    private int _messages;

    /// <summary>Counts a message. False where it is too much.</summary>
    public bool Take(long bytes)
    {
        if (clock.GetElapsedTime(_from) >= Minute)
        {
            (_from, _bytes, _messages) = (clock.GetTimestamp(), 0, 0);
        }

        _bytes += bytes;
        _messages++;
        return _bytes <= mostBytes && _messages <= mostMessages;
    }
}
