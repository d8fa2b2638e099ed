using Market.Cli.Verbs;

namespace Market.Cli.Tests;

public sealed class LeftToDoTests
{
    [Theory]
    [InlineData(true, true, 0, 0, true, "Nothing is left to do: no swap is under way and no order stands.")]
    [InlineData(false, true, 0, 0, false, "Looking at the chains")]
    [InlineData(true, false, 0, 0, false, "The market does not answer: whether orders stand is not known.")]
    [InlineData(true, true, 2, 0, false, "Orders that stand or settle: 2; to take them out of the book: market orders cancel all")]
    [InlineData(true, true, 0, 1, false, "Swaps under way: 1.")]
    [InlineData(true, true, 3, 1, false, "Swaps under way: 1; orders that stand or settle: 3.")]
    [InlineData(true, false, 0, 1, false, "Swaps under way: 1.")]
    public void Nothing_is_left_only_where_all_is_known_and_nothing_stands(
        bool known, bool answers, int orders, int swaps, bool nothing, string words)
    {
        var left = new LeftToDo
        {
            IsKnown = known,
            Answers = answers,
            Orders = orders,
            Swaps = swaps,
        };
        Assert.Equal(nothing, left.IsNothing);
        Assert.Contains(words, left.Words, StringComparison.Ordinal);
    }
}
