using Market.Swaps.Agent;

namespace Market.Client.Agent;

/// <summary>Something that an agent says. Never holds a key or an unrevealed preimage.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="SwapId">Of which swap; null where of none.</param>
/// <param name="Text">For a person.</param>
public sealed record AgentNotice(AgentSayingKind Kind, string? SwapId, string Text);
