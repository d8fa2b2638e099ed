namespace Market.Client.Agent;

/// <summary>What kind of thing an agent says.</summary>
public enum AgentNoticeKind
{
    /// <summary>A swap was taken on.</summary>
    Opened,

    /// <summary>A swap moved to another phase.</summary>
    Moved,

    /// <summary>A transaction was broadcast.</summary>
    Broadcast,

    /// <summary>A transaction was not taken by the network; it is tried again.</summary>
    NotTaken,

    /// <summary>The agent refuses terms, or to go on.</summary>
    Refused,

    /// <summary>Something is off on a chain.</summary>
    Alarm,

    /// <summary>A chain or the market cannot be reached; the agent goes on with what is left.</summary>
    Unreachable,
}

/// <summary>Something that an agent says. Never holds a key or an unrevealed preimage.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="SwapId">Of which swap; null where of none.</param>
/// <param name="Text">For a person.</param>
public sealed record AgentNotice(AgentNoticeKind Kind, string? SwapId, string Text);
