using System.Buffers;
using FluentValidation;

namespace Market.Api.Doors;

/// <summary>Shapes that several requests share.</summary>
public static class Shapes
{
    /// <summary>Lower case hex of exactly so many bytes.</summary>
    public static IRuleBuilderOptions<T, string> Hex<T>(this IRuleBuilder<T, string> rule, int bytes) => rule
        .Must(text => IsHex(text, bytes))
        .WithMessage($"must be {2 * bytes} lower case hex digits");

    /// <summary>Whether a text is lower case hex of exactly so many bytes.</summary>
    public static bool IsHex(ReadOnlySpan<char> text, int bytes) =>
        text.Length == 2 * bytes && !text.ContainsAnyExcept(LowerHex);

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>An x-only public key in hex.</summary>
    public static IRuleBuilderOptions<T, string> XOnlyKey<T>(this IRuleBuilder<T, string> rule) => rule.Hex(32);

    /// <summary>An x-only public key in hex that is a point of the curve: no other can ever sign.</summary>
    public static IRuleBuilderOptions<T, string> RealKey<T>(this IRuleBuilder<T, string> rule) => rule
        .Must(text => IsHex(text, 32) && Bitcoin.PublicKey.TryParse("02" + text, out _))
        .WithMessage("must be a public key: 64 lower case hex digits, the x of a point of the curve");

    /// <summary>A compressed public key in hex.</summary>
    public static IRuleBuilderOptions<T, string> CompressedKey<T>(this IRuleBuilder<T, string> rule) => rule
        .Must(text => text is { Length: 66 } && text[0] == '0' && text[1] is '2' or '3' &&
            text.All(char.IsAsciiHexDigitLower))
        .WithMessage("must be a compressed public key: 66 lower case hex digits that begin with 02 or 03");

    /// <summary>A page size.</summary>
    public static IRuleBuilderOptions<T, int> PageSize<T>(this IRuleBuilder<T, int> rule) => rule
        .InclusiveBetween(1, ServerLimits.MaxPageSize)
        .WithMessage($"must be from 1 to {ServerLimits.MaxPageSize}");

    /// <summary>A cursor of a list that can be read both ways.</summary>
    public static IRuleBuilderOptions<T, string?> TwoWayCursor<T>(this IRuleBuilder<T, string?> rule) => rule
        .Must(text => Results.PageCursor.TryParse(text, out _))
        .WithMessage("must be a cursor from an earlier page");

    /// <summary>A cursor from an earlier page: the number of the last item seen.</summary>
    public static IRuleBuilderOptions<T, string?> Cursor<T>(this IRuleBuilder<T, string?> rule) => rule
        .Must(text => text is null || Contracts.DecimalStrings.TryParse(text, out _))
        .WithMessage("must be a cursor from an earlier page");
}
