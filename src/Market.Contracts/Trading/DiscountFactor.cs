using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Market.Contracts;

/// <summary>
/// d, by which an order names its price: the part of a share's face value that it asks or pays. On the wire a decimal string in its
/// one form, such as "0.97": no sign, no exponent, no leading nought but that before the point, no nought at the end of a fraction.
/// </summary>
/// <param name="Millionths">So many millionths; not negative.</param>
[JsonConverter(typeof(Converter))]
public readonly record struct DiscountFactor(int Millionths) : IComparable<DiscountFactor>
{
    /// <summary>The regular expression that its text matches, as OpenAPI states it.</summary>
    public const string Pattern = @"^(0|[1-9][0-9]?)(\.[0-9]{0,5}[1-9])?$";

    /// <summary>Millionths in a whole face value.</summary>
    public const int One = 1_000_000;

    private const int LongestText = 9;

    /// <summary>The least that an order may name.</summary>
    public static DiscountFactor Least { get; } = new(One / 100);

    /// <summary>The most that an order may name.</summary>
    public static DiscountFactor Most { get; } = new(10 * One);

    /// <inheritdoc/>
    public int CompareTo(DiscountFactor other) => Millionths.CompareTo(other.Millionths);

    /// <summary>Reads its one form: "0.970", ".97", "+0.97" and "9.7e-1" are refused, and so is more than six digits of a
    /// fraction.</summary>
    /// <param name="text">The text.</param>
    /// <param name="factor">What it says.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out DiscountFactor factor)
    {
        factor = default;
        if (text.IsEmpty || text.Length > LongestText) return false;
        var point = text.IndexOf('.');
        var whole = point < 0 ? text : text[..point];
        var fraction = point < 0 ? [] : text[(point + 1)..];
        if (whole.Length is 0 or > 2 || (whole.Length > 1 && whole[0] == '0')) return false;
        if (point >= 0 && (fraction.Length is 0 or > 6 || fraction[^1] == '0')) return false;
        if (whole.ContainsAnyExceptInRange('0', '9') || fraction.ContainsAnyExceptInRange('0', '9')) return false;
        var millionths = 0;
        foreach (var c in whole) millionths = millionths * 10 + (c - '0');
        for (var i = 0; i < 6; i++) millionths = millionths * 10 + (i < fraction.Length ? fraction[i] - '0' : 0);
        factor = new DiscountFactor(millionths);
        return true;
    }

    /// <summary>The decimal string of the wire.</summary>
    public override string ToString() => (Millionths / (decimal)One).ToString("0.######", CultureInfo.InvariantCulture);

    private sealed class Converter : JsonConverter<DiscountFactor>
    {
        public override DiscountFactor Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped)
            {
                Span<char> text = stackalloc char[LongestText];
                var length = reader.HasValueSequence ? reader.ValueSequence.Length : reader.ValueSpan.Length;
                if (length <= LongestText && TryParse(text[..reader.CopyString(text)], out var factor)) return factor;
            }
            throw new JsonException("A discount factor is a decimal string, like \"0.97\".");
        }

        public override void Write(Utf8JsonWriter writer, DiscountFactor value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
