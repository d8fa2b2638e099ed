namespace Market.Contracts;

/// <summary>Sets the dead man's switch of the account, or renews it: all its orders are cancelled after so long.</summary>
public sealed record SetDeadMan
{
    /// <summary>The longest time.</summary>
    public const int LongestSeconds = 86_400;

    /// <summary>Seconds, up to a day; 0 turns it off.</summary>
    public required int Seconds { get; init; }
}

/// <summary>The dead man's switch of the account.</summary>
public sealed record DeadMan
{
    /// <summary>When all orders of the account are cancelled unless it is renewed before; absent while it is off.</summary>
    public DateTimeOffset? FiresAt { get; init; }
}
