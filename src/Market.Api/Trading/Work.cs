using Market.Api.Data;
using Market.Api.Results;
using Market.Bitcoin;
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
internal abstract class Work
{
    private Work()
    {
    }

    /// <summary>Who is served first.</summary>
    public abstract WorkRank Rank { get; }

    /// <summary>Number of arrival: the order within a rank.</summary>
    public required long Ticket { get; init; }

    /// <summary>First event of it in its batch, and the one after its last.</summary>
    public (int From, int To) Events { get; set; }

    /// <summary>Set where the sequencer refused it without asking the engine.</summary>
    public Refusal? Refusal { get; set; }

    public TaskCompletionSource<Result<Outcome>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A new order, its shape and coins already checked.</summary>
    public sealed class Placing(Command command, OrderDraft draft) : Work
    {
        public override WorkRank Rank => WorkRank.Orders;

        public Command Command { get; } = command;

        public OrderDraft Draft { get; } = draft;
    }

    /// <summary>Any other command of the engine: cancels as such, the rest ahead of them.</summary>
    public sealed class Telling(Command command) : Work
    {
        public override WorkRank Rank => Command.Account.Exists
            && Command.Kind is CommandKind.Cancel or CommandKind.CancelByClientId or CommandKind.CancelAll
                ? WorkRank.Cancels
                : WorkRank.Swaps;

        public Command Command { get; } = command;
    }

    /// <summary>Something was seen of a coin behind an order; what follows is decided when its turn comes.</summary>
    public sealed class Judging(BackingSight sight) : Work
    {
        public override WorkRank Rank => WorkRank.Swaps;

        public BackingSight Sight { get; } = sight;
    }
}

/// <summary>What happened to a coin behind an order.</summary>
/// <param name="Order">The order.</param>
internal abstract record CoinChange(OrderId Order)
{
    /// <summary>It stands behind the order no more.</summary>
    public sealed record Left(OrderId Order, OutPoint Coin) : CoinChange(Order);

    /// <summary>It stands behind the order from now on.</summary>
    public sealed record Joined(OrderId Order, Backing Coin) : CoinChange(Order);
}
