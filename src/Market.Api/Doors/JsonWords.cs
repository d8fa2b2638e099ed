using System.Text.Json;
using System.Text.RegularExpressions;

namespace Market.Api.Doors;

/// <summary>What is wrong with a body, in words of the interface: the reader's own name types of the server's language.</summary>
public static partial class JsonWords
{
    /// <summary>The first sentence of every message that a converter of <see cref="Contracts"/> writes itself.</summary>
    private const string OwnWords = "A ";

    /// <summary>Words for a body that cannot be read.</summary>
    public static string Of(JsonException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        var message = error.Message;
        if (Missing().Match(message) is { Success: true } missing)
            return At(error.Path) + "these members must be given: "
                + missing.Groups[1].Value.Replace("'", "", StringComparison.Ordinal);
        if (Unknown().Match(message) is { Success: true } unknown)
            return $"{At(error.Path)}there is no member '{unknown.Groups[1].Value}' here.";
        if (Twice().IsMatch(message)) return $"{At(error.Path)}a member is given twice.";
        if (message.StartsWith(OwnWords, StringComparison.Ordinal)) return At(error.Path) + FirstSentence(message);
        return error.Path is { Length: > 1 } path && message.Contains("could not be converted", StringComparison.Ordinal)
            ? $"{path}: this is not of the kind that is taken here."
            : $"This is no JSON that is taken here: line {1 + error.LineNumber ?? 1}, byte {1 + error.BytePositionInLine ?? 1}.";
    }

    private static string At(string? path) => path is { Length: > 1 } ? $"{path}: " : "";

    private static string FirstSentence(string message)
    {
        var end = message.IndexOf(". Path:", StringComparison.Ordinal);
        return end < 0 ? message : message[..(end + 1)];
    }

    [GeneratedRegex(@"missing required properties[^:]*: (('[^']{1,64}'(, )?)+)")]
    private static partial Regex Missing();

    [GeneratedRegex("The JSON property '([^']{1,64})' could not be mapped")]
    private static partial Regex Unknown();

    [GeneratedRegex("[Dd]uplicate")]
    private static partial Regex Twice();
}
