using Market.Api.Data;
using Market.Api.Results;
using Market.Bitcoin;
using Market.Chains;
using Market.Contracts;
using Market.Trading;

namespace Market.Api.Trading;

/// <summary>What the engine does not need to know about a new order, and its projection does.</summary>
/// <param name="Key">The account's key, x-only hex.</param>
/// <param name="ClientOrderId">The client's name for it.</param>
/// <param name="Body">16 bytes of the digest of the order as it was sent.</param>
/// <param name="Backing">The coins behind it, checked.</param>
public sealed record OrderDraft(string Key, string ClientOrderId, byte[] Body, IReadOnlyList<Backing> Backing);

/// <summary>What became of a command that was committed.</summary>
public sealed record Outcome
{
    /// <summary>Number of the command.</summary>
    public ulong Sequence { get; init; }

    /// <summary>The orders it is about, as they stand after its batch; the placed or cancelled one first.</summary>
    public IReadOnlyList<Order> Orders { get; init; } = [];

    /// <summary>What a placed order traded at once.</summary>
    public IReadOnlyList<Fill> Fills { get; init; } = [];

    /// <summary>The order placed before under the same client order id with the same body, if so.</summary>
    public OrderId First { get; init; }
}

/// <summary>Who is served first when there is more to do than can be done: the oldest promises.</summary>
public enum WorkRank
{
    /// <summary>Ends of swaps and the market's own doings.</summary>
    Swaps = 0,

    /// <summary>Cancels.</summary>
    Cancels = 1,

    /// <summary>New orders.</summary>
    Orders = 2,
}

/// <summary>One thing for the sequencer to do, and who waits for it.</summary>
internal sealed class Work
{
    public required Command Command { get; init; }

    /// <summary>With a new order.</summary>
    public OrderDraft? Draft { get; init; }

    /// <summary>In place of a command: a coin was spent by a funding of the order's own, and this is its change.</summary>
    public BackingChange? Change { get; init; }

    public WorkRank Rank { get; init; }

    /// <summary>Number of arrival: the order within a rank.</summary>
    public long Ticket { get; init; }

    /// <summary>First event of it in its batch, and the one after its last.</summary>
    public (int From, int To) Events { get; set; }

    /// <summary>Set where the sequencer refused it without asking the engine.</summary>
    public Refusal? Refusal { get; set; }

    public TaskCompletionSource<Result<Outcome>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>A backing coin is gone from behind its order, or gave place to change.</summary>
/// <param name="Order">The order.</param>
/// <param name="Spent">The coin.</param>
/// <param name="Next">What takes its place, or null.</param>
internal sealed record BackingChange(OrderId Order, OutPoint Spent, Backing? Next);
