using System.Collections.Immutable;
using Market.Bitcoin;

namespace Market.Swaps.Agent;

/// <summary>A try of this process to broadcast or make something.</summary>
/// <param name="Height">The chain's height at the time.</param>
/// <param name="At">The clock, Unix seconds.</param>
/// <param name="Outcome">What came of it.</param>
public sealed record AgentTry(int Height, long At, SendOutcome Outcome);

/// <summary>
/// What an agent's process remembers of a swap besides its journal: tries, so that a node is not asked the same several times a
/// second, and sentences, so that a trouble is told once. Lost with the process; then all is tried and told again.
/// </summary>
public sealed record AgentMemory
{
    private const int MostEntries = 256;

    /// <summary>Nothing tried, nothing said.</summary>
    public static AgentMemory Empty { get; } = new();

    /// <summary>The last try to broadcast a transaction.</summary>
    public ImmutableDictionary<TxId, AgentTry> Sends { get; init; } = ImmutableDictionary<TxId, AgentTry>.Empty;

    /// <summary>Things that could not be made, with the height at which they could not.</summary>
    public ImmutableDictionary<string, int> Unmade { get; init; } = ImmutableDictionary<string, int>.Empty;

    /// <summary>The last sentence said about a matter.</summary>
    public ImmutableDictionary<string, string> Said { get; init; } = ImmutableDictionary<string, string>.Empty;

    internal AgentMemory With(TxId id, AgentTry tried) =>
        this with { Sends = (Sends.Count < MostEntries ? Sends : Sends.Clear()).SetItem(id, tried) };

    internal AgentMemory WithUnmade(string what, int height) =>
        this with { Unmade = (Unmade.Count < MostEntries ? Unmade : Unmade.Clear()).SetItem(what, height) };

    internal AgentMemory WithSaid(string matter, string text) =>
        this with { Said = (Said.Count < MostEntries ? Said : Said.Clear()).SetItem(matter, text) };
}
