namespace Market.Api.Features.Swaps;

/// <summary>What requests about swaps share.</summary>
public static class SwapRequests
{
    /// <summary>Whether a text can be a swap's id.</summary>
    public static bool IsId(string? text) => text is { Length: 32 } && text.All(char.IsAsciiHexDigitLower);
}
