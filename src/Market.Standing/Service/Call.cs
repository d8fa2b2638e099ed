namespace Market.Standing;

/// <summary>A call that asks to be served.</summary>
/// <param name="Weight">What it weighs, at least 1.</param>
/// <param name="Key">Hex of the x-only key that asks; null where none has proved itself.</param>
/// <param name="Address">The address that asks; null where all on it are trusted to be one house, as on this machine.</param>
/// <param name="Offer">The most that the caller is willing to pay; null where it did not say: the price, of a read nothing.</param>
/// <param name="Bytes">What it takes of memory while it waits.</param>
public readonly record struct Call(int Weight, string? Key, string? Address, long? Offer, int Bytes);

/// <summary>Why a call is not served.</summary>
public enum CallRefusal
{
    /// <summary>None: it is served or waits.</summary>
    None,

    /// <summary>As much waits as may, and all of it goes before this call.</summary>
    QueueFull,

    /// <summary>As many calls of this caller wait as may.</summary>
    TooManyOfOne,

    /// <summary>It waited as long as a call may.</summary>
    WaitedTooLong,
}

/// <summary>Where a call stands.</summary>
public enum CallState
{
    /// <summary>In the queue.</summary>
    Waiting,

    /// <summary>It has its place, which is to be given back.</summary>
    Served,

    /// <summary>It is refused.</summary>
    Refused,

    /// <summary>It gave its place back, or gave up.</summary>
    Over,
}
