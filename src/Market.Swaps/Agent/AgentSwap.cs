using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Market.Bitcoin;

namespace Market.Swaps.Agent;

/// <summary>
/// One swap as its agent keeps it: written to disk before anything that it names is broadcast, so that a crash between any two
/// steps resumes. Holds no key, and no preimage but in a claim that was written down to be broadcast.
/// </summary>
public sealed record AgentSwap
{
    /// <summary>The machine's record.</summary>
    public required Swap Swap { get; init; }

    /// <summary>The own role.</summary>
    public required Role Role { get; init; }

    /// <summary>The number that the swap's keys and preimage derive from: the agent's own counter, never used twice.</summary>
    public required uint KeyIndex { get; init; }

    /// <summary>The instrument traded.</summary>
    public required string Instrument { get; init; }

    /// <summary>Where shares expire, the lowest root height that those of the instrument have: known from the own order, and null
    /// where there was none, as with a swap that was found on the chains. Null where they never expire.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? LeastRoot { get; init; }

    /// <summary>Satoshis per whole share.</summary>
    public required long Price { get; init; }

    /// <summary>The own order that it came from; null where it was found on the chains.</summary>
    public string? ClientOrderId { get; init; }

    /// <summary>Whether the own order draws on proved coins, where it was noted rather than sent by this program; null where its id
    /// says so.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? DrawsOnProved { get; init; }

    /// <summary>It was found from the seed alone: the journal may not know every own lock that was handed out.</summary>
    public bool IsFound { get; init; }

    /// <summary>The sharechain's height when it was opened.</summary>
    public required int ShareHeight { get; init; }

    /// <summary>The mainchain's height when it was opened.</summary>
    public required int CoinHeight { get; init; }

    /// <summary>The transactions written down, in the order they were.</summary>
    public ImmutableArray<OwnTransaction> Transactions { get; init; } = [];

    /// <summary>Why the agent will not go on with it; it locks nothing then, and only takes back what it locked before.</summary>
    public string? Refused { get; init; }

    /// <summary>The script that what is claimed goes to, on the counterparty's chain, once one was given out.</summary>
    public Script? Destination { get; init; }

    /// <summary>The script that what is taken back goes to, on the own chain, once one was given out.</summary>
    public Script? WayBack { get; init; }

    /// <summary>
    /// Another entry of the journal sees to the own leg, whose contract both share: this one only claims what it can of the
    /// other leg. As after a restore, where a counterparty locked to other terms with the same hash and keys, too.
    /// </summary>
    public bool ClaimsOnly { get; init; }

    /// <summary>Every own lock is settled: its coins are spent, and buried, by itself or elsewhere.</summary>
    public bool LocksResolved { get; init; } = true;

    /// <summary>
    /// The own side is done though the machine waits for the other's: nothing of the own leg is left, nothing is left to claim with
    /// a public preimage, and T_long is long past. What the counterparty leaves locked is its own to take back.
    /// </summary>
    public bool LetGo { get; init; }

    /// <summary>What this process tried and said: not written down, and nothing depends on it.</summary>
    [JsonIgnore]
    public AgentMemory Memory { get; init; } = AgentMemory.Empty;

    /// <summary>The swap's id.</summary>
    [JsonIgnore]
    public string Id => Swap.Id;

    /// <summary>
    /// Nothing is left to do: the machine is done, and no own lock that was handed out can come into a block any more. A payment to
    /// one of its scripts opens it again.
    /// </summary>
    [JsonIgnore]
    public bool IsOver => Swap.Terms is null
        ? Swap.Closed || Refused is not null
        : (Swap.Closed || LetGo) && LocksResolved;

    /// <summary>The height from which a chain is looked at for this swap.</summary>
    public int HeightOn(SwapChain chain) => chain == SwapChain.Share ? ShareHeight : CoinHeight;

    /// <summary>The own locks, oldest first: made by this agent, or found on the chain with the wallet's signatures.</summary>
    public IEnumerable<OwnTransaction> Locks() =>
        Transactions.Where(known => known.Kind == OwnTransactionKind.Funding && known.Leg == Role);

    /// <summary>The newest transaction of a kind for a leg; null where there is none.</summary>
    public OwnTransaction? Newest(OwnTransactionKind kind, Role leg, OutPoint? spends = null)
    {
        for (var i = Transactions.Length - 1; i >= 0; i--)
        {
            var candidate = Transactions[i];
            if (candidate.Kind == kind && candidate.Leg == leg && (spends is null || candidate.OutPoint == spends))
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>True where what is written down is the same: only then a journal need not be written again.</summary>
    public bool IsSameJournal(AgentSwap other) => this with { Memory = other.Memory } == other;

    internal AgentSwap With(OwnTransaction before, OwnTransaction after) =>
        this with { Transactions = Transactions.Replace(before, after) };
}
