namespace Market.Cli.Common;

/// <summary>What is not undone is asked for before it is done.</summary>
internal static class Confirmation
{
    /// <summary>Asks, unless it was said beforehand.</summary>
    /// <param name="yes">Whether it was (<c>--yes</c>).</param>
    /// <param name="question">What is asked; "[y/N]" is added.</param>
    /// <param name="nothing">What is so where the answer is no, such as "Nothing was sent".</param>
    /// <exception cref="CliException">The answer is no, or nobody is there to give one.</exception>
    public static void Ask(bool yes, string question, string nothing)
    {
        if (yes)
        {
            return;
        }

        if (Console.IsInputRedirected)
        {
            throw new CliException("not-confirmed", $"{nothing}: say --yes, or run this in a terminal.");
        }

        Console.Error.Write($"{question} [y/N] ");
        if (Console.ReadLine()?.Trim() is not ("y" or "Y" or "yes"))
        {
            throw new CliException("not-confirmed", $"{nothing}.");
        }
    }
}
