using System.Diagnostics;
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
public sealed record OrderDraft(string Key, string ClientOrderId, byte[] Body, IReadOnlyList<Backing> Backing)
{
    /// <summary>The largest worth of an order in satoshis; null for any.</summary>
    public long? MostWorth { get; init; }

    /// <summary>The part of face value at which it stands; null where its price is its own.</summary>
    public DiscountFactor? Discount { get; init; }

    /// <summary>The worst price that it ever takes, satoshis per whole share.</summary>
    public long WorstPrice { get; init; }

    /// <summary>How its coins stand behind it. Where it draws on proved ones, its turn says on which and how much of
    /// each.</summary>
    public CoinHold Hold { get; init; }
}

/// <summary>What became of a command that was committed.</summary>
public sealed record Outcome
{
    /// <summary>Number of the command.</summary>
    public ulong Sequence { get; init; }

    /// <summary>The orders it is about, as they stand after its batch; the placed or cancelled one first.</summary>
    public IReadOnlyList<Order> Orders { get; init; } = [];

    /// <summary>What a placed or amended order traded at once.</summary>
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

    /// <summary>The span of its waiting; null where nobody traces.</summary>
    public Activity? Queued { get; set; }

    /// <summary>How many it is in the queue.</summary>
    public virtual int Count => 1;

    public TaskCompletionSource<Result<Outcome>> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Works of one rank that are taken together, and so are of one batch. It is done when they are.</summary>
    public sealed class Together(IReadOnlyList<Work> parts) : Work
    {
        public override WorkRank Rank => Parts[0].Rank;

        public override int Count => Parts.Count;

        public IReadOnlyList<Work> Parts { get; } = parts;
    }

    /// <summary>A new order, its shape and coins already checked.</summary>
    public sealed class Placing(Command command, OrderDraft draft) : Work
    {
        public override WorkRank Rank => WorkRank.Orders;

        /// <summary>What is asked; of one that names a discount at its worst price, until its turn gives it another.</summary>
        public Command Command { get; set; } = command;

        /// <summary>What the engine does not need to know; in its turn with what is drawn on proved coins.</summary>
        public OrderDraft Draft { get; set; } = draft;

        /// <summary>The order that was placed before under its name, where the tables know it and the engine does not.</summary>
        public OrderId First { get; set; }
    }

    /// <summary>Another price or quantity for an order.</summary>
    /// <param name="command">What is asked.</param>
    /// <param name="key">The account's key, x-only hex.</param>
    /// <param name="legs">What the order's swaps ask of its coins, as it was read before.</param>
    /// <param name="seen">Proved coins that were looked at for it.</param>
    /// <param name="mostWorth">The largest worth of an order in satoshis; null for any.</param>
    /// <param name="discount">Another part of face value for it; null for as it is.</param>
    public sealed class Amending(
        Command command, string key, OwnLegs legs, IReadOnlySet<OutPoint> seen, long? mostWorth, DiscountFactor? discount) : Work
    {
        public override WorkRank Rank => WorkRank.Orders;

        /// <summary>What is asked; of an order that is priced by face value its turn makes of a worst price the one at which it
        /// stands.</summary>
        public Command Command { get; set; } = command;

        public DiscountFactor? Discount { get; } = discount;

        /// <summary>How the order shall follow face value, set in its turn; null where that is as it is.</summary>
        public (DiscountFactor Discount, long WorstPrice)? Follows { get; set; }

        /// <summary>What it draws on proved coins then, or more of them: set in its turn.</summary>
        public IReadOnlyList<Backing> Joins { get; set; } = [];

        public string Key { get; } = key;

        public OwnLegs Legs { get; } = legs;

        /// <summary>The coins on which it may draw beside those that stand behind it.</summary>
        public IReadOnlySet<OutPoint> Seen { get; } = seen;

        public long? MostWorth { get; } = mostWorth;
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

    /// <summary>Resting orders are taken off the book: all, or those of which more is worth than so many satoshis.</summary>
    public sealed class Closing(long? mostWorth) : Work
    {
        public override WorkRank Rank => WorkRank.Swaps;

        public long? MostWorth { get; } = mostWorth;
    }

    /// <summary>Nothing but a batch, for what is done before the works of each: orders whose time has come.</summary>
    public sealed class Waking : Work
    {
        public override WorkRank Rank => WorkRank.Swaps;
    }

    /// <summary>Something new was said of face value: orders that follow it get another price, so many in a batch.</summary>
    public sealed class Repricing : Work
    {
        public override WorkRank Rank => WorkRank.Swaps;
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

    /// <summary>It stands behind the order from now on, or with another part of it than before.</summary>
    public sealed record Joined(OrderId Order, Backing Coin) : CoinChange(Order);

    /// <summary>It is what a swap left of a proved coin, and is proved as that was.</summary>
    public sealed record Proved(OrderId Order, ProvedCoin Coin) : CoinChange(Order);
}
