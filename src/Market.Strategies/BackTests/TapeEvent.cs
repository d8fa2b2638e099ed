using Market.Contracts;

namespace Market.Strategies;

/// <summary>Something that was recorded of an instrument.</summary>
/// <param name="At">When it was told, by the market's clock.</param>
public abstract record TapeEvent(DateTimeOffset At)
{
    /// <summary>The whole book.</summary>
    /// <param name="At">When it was told.</param>
    /// <param name="Snapshot">The book.</param>
    public sealed record Book(DateTimeOffset At, BookSnapshot Snapshot) : TapeEvent(At);

    /// <summary>A change of the book.</summary>
    /// <param name="At">When it was told.</param>
    /// <param name="Delta">The change.</param>
    public sealed record Change(DateTimeOffset At, BookDelta Delta) : TapeEvent(At);

    /// <summary>A trade as it was made; that it became final or was withdrawn is no event here.</summary>
    /// <param name="At">When it was told.</param>
    /// <param name="Trade">The trade.</param>
    public sealed record Traded(DateTimeOffset At, Trade Trade) : TapeEvent(At);

    /// <summary>What was said of a share's worth.</summary>
    /// <param name="At">When it was told.</param>
    /// <param name="Worth">What the model would pay, satoshis a share.</param>
    /// <param name="Face">Face value, satoshis a share.</param>
    public sealed record Valued(DateTimeOffset At, decimal Worth, decimal Face) : TapeEvent(At);

    /// <summary>From here until the next whole book nothing was recorded.</summary>
    /// <param name="At">Since when.</param>
    public sealed record Gap(DateTimeOffset At) : TapeEvent(At);
}
