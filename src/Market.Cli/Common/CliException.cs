namespace Market.Cli.Common;

/// <summary>Something the user can mend: printed as it stands, without a stack, and the program ends with 1.</summary>
/// <param name="code">A stable code for scripts, in lower-case words joined by hyphens.</param>
/// <param name="message">What is wrong and what to do, for a person.</param>
public sealed class CliException(string code, string message) : Exception(message)
{
    /// <summary>The stable code.</summary>
    public string Code { get; } = code;
}
